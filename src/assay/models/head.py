"""LinearHead: from embeddings to logits, with the embeddings standardised in front of the linear layer."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from assay.config.bounds import Between


class LinearHead(nn.Module):
    """Standardisation with fixed statistics, dropout, and a linear layer.

    A linear layer on frozen features whose scales differ by orders of magnitude trains slowly; standardised by the
    training embeddings it trains in a few epochs. The statistics are part of the head, so what is served has them too.

    Args:
        embedding_dim: D.
        classes: C.
        dropout: rate, in training.
    """

    def __init__(self, embedding_dim: int, classes: int, *, dropout: Annotated[float, Between(0, 1)] = 0.0) -> None:
        super().__init__()
        self.embedding_dim = embedding_dim
        self.classes = classes
        self.standardize = Standardize(embedding_dim)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(embedding_dim, classes)
        nn.init.normal_(self.linear.weight, std=0.01)
        nn.init.zeros_(self.linear.bias)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C] of embeddings [B, D]."""
        return self.linear(self.dropout(self.standardize(embeddings)))

    def fit_(self, embeddings: Tensor | NDArray[np.floating]) -> None:
        """Take the statistics of training embeddings [N, D]; the linear layer stays as it is."""
        self.standardize.fit_(embeddings)


class Standardize(nn.Module):
    """Subtract a mean and divide by a standard deviation, per feature; does nothing until it is fitted.

    Unlike a batch-norm layer it never follows the batches of a training.

    Args:
        features: D.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("std", torch.ones(features))

    def forward(self, values: Tensor) -> Tensor:
        """Standardised values, float [B, D]."""
        return (values - self.mean) / self.std

    def fit_(self, values: Tensor | NDArray[np.floating]) -> None:
        """Take mean and standard deviation of values [N, D].

        No feature is divided by less than the median deviation: scaled up to unit variance, the rarely active features
        of a network with rectifiers would reach hundreds of deviations on new pictures and drown all others.

        Raises:
            ValueError: another number of features, no rows, or values that are not finite.
        """
        rows = torch.as_tensor(values).double()
        if rows.ndim != 2 or rows.shape[1] != self.mean.shape[0] or not len(rows):
            raise ValueError(f"must be [N, {self.mean.shape[0]}] with N of 1 or more, got {list(rows.shape)}")
        if not torch.isfinite(rows).all():
            raise ValueError("embeddings hold values that are not finite")
        mean, std = rows.mean(0), rows.std(0, correction=0)
        varying = std[std > 0]
        floor = varying.median() if len(varying) else torch.ones(())
        self.mean.copy_(mean)
        self.std.copy_(std.clamp(min=float(floor)))
