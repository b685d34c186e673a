"""Grad-CAM: channels of the last feature map, weighted by their mean gradient."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from torch import Tensor

from assay.config.bounds import AtLeast
from assay.explain.layers import FeatureLayer, tapped
from assay.explain.method import Method
from assay.models.network import Network


class GradCam(Method):
    """ReLU of the sum over channels of (mean gradient of the logit) times activation.

    Where the logit is linear in the mean of the map, as behind global average pooling, a cell's value is its exact
    share in the logit. The maps are captum's, with the ReLU that captum leaves out unless asked.

    Args:
        layer: name of the module whose map is explained; null takes the last feature map.
        batch_size: pictures that are explained together.

    Source: Selvaraju et al. (2017), equations 1 and 2.
    """

    name = "gradcam"
    title = "Grad-CAM"
    layered = True

    def __init__(self, *, layer: str | None = None, batch_size: Annotated[int, AtLeast(1)] = 16) -> None:
        super().__init__(layer=layer, batch_size=batch_size)

    def attribute(self, network: Network, inputs: Tensor, targets: Tensor, layer: FeatureLayer | None) -> Tensor:
        """Maps [B, h, w] of the size of the feature map."""
        from captum.attr import LayerGradCam

        assert layer is not None
        with tapped(network, layer) as tap:
            gradcam: Any = LayerGradCam(network.forward_normalized, tap)
            maps: Tensor = gradcam.attribute(inputs, targets, relu_attributions=True)
        return torch.squeeze(maps, 1)
