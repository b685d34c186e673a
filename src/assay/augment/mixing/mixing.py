"""Mixing: blends of the images of a batch, with soft targets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


class Mixing(ABC):
    """Base of all ways to mix a batch with a shuffled copy of itself.

    Attributes:
        any_input: whether embeddings can be mixed too; what cuts pictures cannot.
    """

    any_input: ClassVar[bool] = False

    @abstractmethod
    def __call__(
        self, inputs: Tensor, labels: Tensor, classes: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mix one batch.

        Args:
            inputs: float [B, ...]; left alone.
            labels: int64 [B], class indices.
            classes: number of classes, C.
            generator: the only source of randomness.

        Returns:
            Mixed inputs, shaped like `inputs`, and float32 targets [B, C] whose rows sum to one.
        """


def draw_beta(alpha: float, generator: torch.Generator) -> float:
    """One draw from Beta(alpha, alpha)."""
    # torch's own Beta takes no generator.
    seed = int(torch.randint(2**63 - 1, (), generator=generator, device=generator.device))
    return float(np.random.default_rng(seed).beta(alpha, alpha))


def draw_partners(size: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """Int64 [size], which image each image of the batch is mixed with."""
    return torch.randperm(size, generator=generator, device=generator.device).to(device)


def soft_targets(labels: Tensor, partners: Tensor, weight: float, classes: int) -> Tensor:
    """Float32 [B, C], `weight` on the label of an image and the rest on that of its partner."""
    own = functional.one_hot(labels, classes).float()
    return own * weight + own[partners] * (1 - weight)
