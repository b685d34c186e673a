"""Rounding of INT8 weights by what they do to real activations, instead of each weight to its nearest number."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

LARGEST = 2048
"""Inputs of one output beyond which second moments take too long; such weights are rounded to the nearest."""
ROWS = 16_384
"""Places of the activations that moments are taken from, at most."""
DAMPING = 0.01
"""Share of the mean variance that is added to every input's, so that the moments can be inverted."""


@dataclass(frozen=True)
class ConvShape:
    """How a convolution reads its input.

    Attributes:
        kernel, strides, dilations: for the two sides.
        pads: left, right, top, bottom.
        groups: of channels.
    """

    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    groups: int = 1


def rounded(
    weights: Tensor, scales: Tensor, inputs: Tensor, shape: ConvShape, *, largest: int
) -> tuple[Tensor, Tensor]:
    """Whole numbers for the weights of a convolution, and what its bias has to make up for.

    Weights are fixed one after the other; each one's error is made up for by those that follow, as far as their
    inputs go together in the activations (Frantar et al. 2023, GPTQ). What is left in the mean goes into the bias
    (Nagel et al. 2019, section 4.2), so moments are about the mean.

    Args:
        weights: [O, I / groups, h, w].
        scales: [O], of one step.
        inputs: [B, I, H, W], as the float network has them.
        shape: of the convolution.
        largest: whole number that no weight passes, 127 or 63.

    Returns:
        Whole numbers [O, I / groups, h, w], and what to add to the bias, [O].
    """
    groups, outputs = shape.groups, weights.shape[0]
    per_group = outputs // groups
    flat = weights.double().reshape(groups, per_group, -1)
    steps = scales.double().reshape(groups, per_group, 1)
    nearest = (flat / steps).round().clamp(-largest, largest)
    rows = _rows(inputs, shape)  # [groups, places, inputs of one output]
    mean = rows.mean(dim=1)
    width = flat.shape[2]
    steps_taken = nearest
    if 1 < width <= LARGEST and rows.shape[1] > 1:
        centred = rows - mean[:, None]
        moments = (centred.transpose(1, 2) @ centred).double() / rows.shape[1]
        candidate = _one_by_one(flat, steps, moments, largest)
        better = _error(flat - candidate * steps, moments) < _error(flat - nearest * steps, moments)
        steps_taken = torch.where(better[..., None], candidate, nearest)
    missing = flat - steps_taken * steps
    shift = (missing * mean[:, None].double()).sum(dim=2).reshape(outputs)
    return steps_taken.reshape(weights.shape), shift


def _rows(inputs: Tensor, shape: ConvShape) -> Tensor:
    """What one output reads at some of the places, [groups, places, inputs of one output]."""
    padded = functional.pad(inputs.float(), shape.pads)
    if shape.kernel == (1, 1):
        patches = padded[:, :, :: shape.strides[0], :: shape.strides[1]].flatten(2)
    else:
        patches = functional.unfold(padded, shape.kernel, dilation=shape.dilations, stride=shape.strides)
    batch, channels, places = patches.shape
    step = max(1, -(-batch * places // ROWS))
    chosen = patches.permute(1, 0, 2).reshape(channels, -1)[:, ::step]
    return chosen.reshape(shape.groups, channels // shape.groups, -1).transpose(1, 2)


def _one_by_one(weights: Tensor, steps: Tensor, moments: Tensor, largest: int) -> Tensor:
    """GPTQ, all groups at once: [groups, outputs, inputs]."""
    spread = moments.diagonal(dim1=1, dim2=2).mean(dim=1)
    damping = (DAMPING * spread).clamp(min=torch.finfo(torch.float32).tiny)
    whole = moments + damping[:, None, None] * torch.eye(moments.shape[1], dtype=moments.dtype)
    upper = torch.linalg.cholesky(torch.linalg.inv(whole), upper=True)
    left = weights.clone()
    rounded_weights = torch.zeros_like(weights)
    for index in range(weights.shape[2]):
        column = left[:, :, index : index + 1]
        rounded_weights[:, :, index : index + 1] = (column / steps).round().clamp(-largest, largest)
        error = (column - rounded_weights[:, :, index : index + 1] * steps) / upper[:, index, index, None, None]
        left[:, :, index:] -= error * upper[:, None, index, index:]
    return rounded_weights


def _error(difference: Tensor, moments: Tensor) -> Tensor:
    """Mean squared error of each output, [groups, outputs]."""
    return ((difference @ moments) * difference).sum(dim=2)
