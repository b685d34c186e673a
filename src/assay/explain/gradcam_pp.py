"""Grad-CAM++: Grad-CAM whose weights prefer the places that raise the score, so that several objects all show."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from torch import Tensor, nn

from assay.config.bounds import AtLeast
from assay.explain.layers import FeatureLayer, tapped
from assay.explain.method import Method
from assay.models.network import Network


class GradCamPlusPlus(Method):
    """ReLU of the sum over channels of w times activation, with w = Σ α·ReLU(g) and α = g² / (2g² + g³·ΣA).

    g is the gradient of the logit S, A the activation. The paper takes derivatives of exp(S); for a piecewise linear
    network they are exp(S)·g, exp(S)·g² and exp(S)·g³, so that exp(S) cancels in α. The factor exp(S) that is left in
    front of w is the same for all places of a picture and is dropped, as in other implementations: with it, maps of
    two pictures could not be drawn on one scale. Behind a head that is not linear (MobileNetV3), this closed form is
    the usual approximation.

    Args:
        layer: name of the module whose map is explained; null takes the last feature map.
        batch_size: pictures that are explained together.

    Source: Chattopadhay et al. (2018), equations 5, 7 and 19.
    """

    name = "gradcam_pp"
    title = "Grad-CAM++"
    layered = True

    def __init__(self, *, layer: str | None = None, batch_size: Annotated[int, AtLeast(1)] = 16) -> None:
        super().__init__(layer=layer, batch_size=batch_size)

    def attribute(self, network: Network, inputs: Tensor, targets: Tensor, layer: FeatureLayer | None) -> Tensor:
        """Maps [B, h, w] of the size of the feature map."""
        assert layer is not None
        activations, gradients = activations_and_gradients(network, layer, inputs, targets)
        squared = gradients.square()
        denominator = 2 * squared + squared * gradients * activations.sum(dim=(2, 3), keepdim=True)
        shares = torch.where(denominator == 0, 0, squared / torch.where(denominator == 0, 1, denominator))
        weights = (shares * gradients.relu()).sum(dim=(2, 3), keepdim=True)
        return (weights * activations).sum(dim=1).relu()


def activations_and_gradients(
    network: Network, layer: FeatureLayer, inputs: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """The layer's map and the gradient of each picture's target logit with respect to it, both [B, C, h, w]."""
    kept: list[Tensor] = []

    def keep(module: nn.Module, arguments: Any, output: Tensor) -> None:
        kept.append(output)

    with tapped(network, layer) as tap:
        tap.register_forward_hook(keep)
        logits = network.forward_normalized(inputs)
    scores = logits.gather(1, targets[:, None]).sum()
    (gradients,) = torch.autograd.grad(scores, kept[0])
    return kept[0].detach(), gradients
