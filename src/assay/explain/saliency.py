"""Saliency: how much each pixel moves the logit."""

from __future__ import annotations

from typing import Annotated, Any

from torch import Tensor

from assay.config.bounds import AtLeast
from assay.explain.layers import FeatureLayer
from assay.explain.method import Method
from assay.models.network import Network


class Saliency(Method):
    """Largest absolute gradient of the logit over the three channels of a pixel.

    Args:
        batch_size: pictures that are explained together.

    Source: Simonyan et al. (2014), section 3.1; computed by captum.
    """

    name = "saliency"
    title = "Saliency"

    def __init__(self, *, batch_size: Annotated[int, AtLeast(1)] = 16) -> None:
        super().__init__(batch_size=batch_size)

    def attribute(self, network: Network, inputs: Tensor, targets: Tensor, layer: FeatureLayer | None) -> Tensor:
        """Maps [B, S, S]."""
        from captum.attr import Saliency as Captum

        saliency: Any = Captum(network.forward_normalized)
        gradients: Tensor = saliency.attribute(inputs.requires_grad_(), targets, abs=True)
        return gradients.amax(dim=1)
