"""Integrated gradients: what each pixel adds to the logit on the way from a picture without content."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from assay.config.bounds import AtLeast
from assay.explain.layers import FeatureLayer
from assay.explain.method import Method
from assay.models.network import Network

Baseline = Literal["blur", "mean", "black"]


class IntegratedGradients(Method):
    """Gradients averaged on the straight way from a baseline to the picture, times the difference of the two.

    Before what speaks against the class is cut off, the values of a picture add up to the difference of the logits of
    picture and baseline.

    Args:
        steps: points on the way.
        baseline: "blur" is the picture without its details; "mean" the mean colour that the backbone expects; "black"
            is blind to what is dark.
        batch_size: pictures that go through the network at once.

    Source: Sundararajan et al. (2017), equation 1; computed by captum with Gauss-Legendre points. Blurred baseline:
        Sturmfels et al. (2020).
    """

    name = "integrated_gradients"
    title = "Integrated gradients"

    def __init__(
        self,
        *,
        steps: Annotated[int, AtLeast(2)] = 24,
        baseline: Baseline = "blur",
        batch_size: Annotated[int, AtLeast(1)] = 16,
    ) -> None:
        super().__init__(batch_size=batch_size)
        self.steps = steps
        self.baseline: Baseline = baseline

    @property
    def settings(self) -> dict[str, Any]:
        """Steps and baseline."""
        return {**super().settings, "steps": self.steps, "baseline": self.baseline}

    def attribute(self, network: Network, inputs: Tensor, targets: Tensor, layer: FeatureLayer | None) -> Tensor:
        """Maps [B, S, S]: what speaks for the class, summed over channels."""
        return self.signed(network, inputs, targets).relu()

    def signed(self, network: Network, inputs: Tensor, targets: Tensor) -> Tensor:
        """[B, S, S], with what speaks against the class as negative values."""
        from captum.attr import IntegratedGradients as Captum

        integrated: Any = Captum(network.forward_normalized)
        values: Tensor = integrated.attribute(
            inputs,
            self.baseline_of(network, inputs),
            targets,
            n_steps=self.steps,
            internal_batch_size=max(self.batch_size, len(inputs)),
        )
        return values.sum(dim=1)

    def baseline_of(self, network: Network, inputs: Tensor) -> Tensor:
        """The picture without content that each of the normalised pictures [B, 3, S, S] is compared with."""
        if self.baseline == "mean":
            return torch.zeros_like(inputs)
        if self.baseline == "black":
            return (-network.mean / network.std).expand_as(inputs)
        return blurred(inputs)


def blurred(pictures: Tensor) -> Tensor:
    """Pictures [B, 3, S, S] under a Gaussian blur of a twelfth of their side, in which no detail is left."""
    from torchvision.transforms.functional import gaussian_blur

    sigma = pictures.shape[-1] / 12
    reach = min(int(3 * sigma), pictures.shape[-1] // 2 - 1)
    return gaussian_blur(pictures, [2 * reach + 1, 2 * reach + 1], [sigma, sigma])
