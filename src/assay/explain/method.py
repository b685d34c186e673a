"""Method: what turns pictures and target classes into maps; one file per method beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from assay.errors import DataError
from assay.explain.layers import FeatureLayer, feature_layer
from assay.explain.undisturbed import undisturbed
from assay.models.network import Network


class Method(ABC):
    """A way to say which parts of a picture speak for a class.

    Attributes:
        name: of the option, e.g. "gradcam".
        title: the name in prose.
        layer: name of the module whose output is explained; None for methods that reach down to the pixels, and for
            the last feature map where it has not been looked up yet.
        layered: whether the method explains a feature map instead of pixels.
        batch_size: pictures that are explained together.
    """

    name: str
    title: str
    layered: bool = False

    def __init__(self, *, layer: str | None = None, batch_size: int = 16) -> None:
        self.layer = layer
        self.batch_size = batch_size

    @property
    def settings(self) -> dict[str, Any]:
        """What a map depends on beside network, picture and target."""
        return {"method": self.name}

    @abstractmethod
    def attribute(self, network: Network, inputs: Tensor, targets: Tensor, layer: FeatureLayer | None) -> Tensor:
        """Maps [B, h, w], not negative, of normalised pictures [B, 3, S, S] and classes int64 [B].

        The network is in eval mode and its parameters want no gradients; `layer` is there for layered methods.
        """

    def layer_of(self, network: Network, size: int) -> FeatureLayer | None:
        """The feature map that is explained in pictures of this size; None for methods that explain pixels.

        Raises:
            ConfigError: the network has no such layer, or no feature map at all.
        """
        return feature_layer(network, size, self.layer) if self.layered else None

    def __call__(
        self, network: Network, pictures: Tensor, targets: Tensor, *, layer: FeatureLayer | None = None
    ) -> Tensor:
        """Maps of pictures, in units of the logit; larger means that the place speaks for the class.

        Args:
            network: left as it was.
            pictures: uint8 [B, 3, S, S].
            targets: int64 [B], the class that is explained in each picture.
            layer: what `layer_of` found; None looks for it.

        Returns:
            float32 [B, h, w] on the CPU; h and w are those of the feature map, or S.

        Raises:
            DataError: a map is not finite.
        """
        device = network.mean.device
        with undisturbed(network), torch.enable_grad():
            inputs = network.normalize(pictures.to(device))
            layer = layer or self.layer_of(network, pictures.shape[-1])
            maps = self.attribute(network, inputs, targets.to(device), layer).detach().float().cpu()
        if not torch.isfinite(maps).all():
            raise DataError(f"{self.title}: a map holds values that are not finite; look at the weights of the network")
        return maps
