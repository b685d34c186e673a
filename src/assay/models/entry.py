"""What a backbone looks at: the picture itself, or what is left of it when everything smooth is taken away."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from assay.errors import ConfigError, did_you_mean

Input = Literal["picture", "residual"]
SIGMA, GAIN, LIMIT = 1.0, 4.0, 1.0


class Residual(nn.Module):
    """A picture minus its own blur, amplified: the fine structure in which cameras and generators differ.

    What a picture shows is mostly smooth, how it was made is mostly not; a network that sees the residual alone cannot
    learn the contents of the pictures that one generator happened to make.

    Works on normalised pictures float [B, 3, H, W] with sides of 4 pixels or more; the mean cancels out. Gaussian blur
    of one pixel, four times amplified, limited to ±1, so that edges do not drown everything.

    Source: high-pass filters in front of a network are the rule in forensics since Fridrich and Kodovsky (2012).
    """

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        reach = math.ceil(3 * SIGMA)
        steps = torch.arange(-reach, reach + 1, dtype=torch.float64)
        weights = torch.exp(-(steps**2) / (2 * SIGMA**2))
        # Not among the weights: it never changes, and weights of other origin lack it.
        self.register_buffer("kernel", (weights / weights.sum()).float(), persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Residuals, same shape."""
        reach, kernel = len(self.kernel) // 2, self.kernel
        padded = functional.pad(pictures, (reach, reach, reach, reach), mode="reflect")
        along = functional.conv2d(padded, kernel.view(1, 1, 1, -1).expand(3, -1, -1, -1), groups=3)
        blurred = functional.conv2d(along, kernel.view(1, 1, -1, 1).expand(3, -1, -1, -1), groups=3)
        return (GAIN * (pictures - blurred)).clamp(-LIMIT, LIMIT)


def entry(kind: str) -> nn.Module:
    """What stands between the normalised picture and the network.

    Raises:
        ConfigError: no such kind.
    """
    if kind not in get_args(Input):
        raise ConfigError(f"model.input={kind}: no such option; {did_you_mean(kind, get_args(Input))}")
    return Residual() if kind == "residual" else nn.Identity()
