"""Heads: from embeddings to logits, with the embeddings standardised in front."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import Above, AtLeast, Below


class Head(nn.Module):
    """Base of all heads: standardisation with fixed statistics, dropout, and what a subclass makes of that.

    A layer on frozen features whose scales differ by orders of magnitude trains slowly; standardised by the training
    embeddings it trains in a few epochs. The statistics are part of the head, so what is served has them too.

    Args:
        embedding_dim: D.
        classes: C.
        dropout: rate, in training.

    Attributes:
        scale: what one unit of a logit is; margins in units of cosines are multiplied by it.
    """

    scale = 1.0
    solved: ClassVar[bool] = False
    """Whether it is found from all training embeddings at once, see `assay.models.solved_head`."""

    def __init__(self, embedding_dim: int, classes: int, *, dropout: float = 0.0) -> None:
        super().__init__()
        self.embedding_dim = embedding_dim
        self.classes = classes
        self.standardize = Standardize(embedding_dim)
        self.dropout = nn.Dropout(dropout)

    def fit_(self, embeddings: Tensor | NDArray[np.floating], labels: NDArray[np.int64] | None = None) -> None:
        """Take the statistics of training embeddings [N, D] of classes [N]; what is trained stays as it is."""
        self.standardize.fit_(embeddings)

    def reset_(self) -> None:
        """Draw what is trained anew from torch's global generator; the statistics stay as they are."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """What beside the weights decides what the head does, for `head_from_state`."""
        raise NotImplementedError


class LinearHead(Head):
    """A linear layer on standardised embeddings.

    Args:
        dropout: rate, in training.
        embedding_dim: D.
        classes: C.
    """

    def __init__(
        self, embedding_dim: int, classes: int, *, dropout: Annotated[float, AtLeast(0), Below(1)] = 0.0
    ) -> None:
        super().__init__(embedding_dim, classes, dropout=dropout)
        self.linear = nn.Linear(embedding_dim, classes)
        self.reset_()

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C] of embeddings [B, D]."""
        return self.linear(self.dropout(self.standardize(embeddings)))

    def reset_(self) -> None:
        """Small random weights, no bias."""
        nn.init.normal_(self.linear.weight, std=0.01)
        nn.init.zeros_(self.linear.bias)

    def state(self) -> dict[str, Any]:
        """Kind and dropout."""
        return {"kind": "linear", "dropout": self.dropout.p}


class CosineHead(Head):
    """Cosines between standardised embeddings and one direction per class, times a scale.

    The length of an embedding and of a class's weights says nothing, so frequent classes cannot win by growing theirs.

    Args:
        scale: of the logits, which lie between -scale and scale.
        dropout: rate, in training.
        embedding_dim: D.
        classes: C.

    Source: Gidaris and Komodakis (2018), equation 5; with the scale fixed as in Cao et al. (2019), who take 30.
    """

    gives_cosines: ClassVar[bool] = True

    def __init__(
        self,
        embedding_dim: int,
        classes: int,
        *,
        scale: Annotated[float, Above(0)] = 30.0,
        dropout: Annotated[float, AtLeast(0), Below(1)] = 0.0,
    ) -> None:
        super().__init__(embedding_dim, classes, dropout=dropout)
        self.scale = scale
        self.weight = nn.Parameter(torch.empty(classes, embedding_dim))
        self.reset_()

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C] of embeddings [B, D]; an embedding at the mean has logits of zero."""
        directions = functional.normalize(self.dropout(self.standardize(embeddings)), dim=1)
        return self.scale * functional.linear(directions, functional.normalize(self.weight, dim=1))

    def reset_(self) -> None:
        """Random directions of about unit length."""
        nn.init.normal_(self.weight, std=self.embedding_dim**-0.5)

    def state(self) -> dict[str, Any]:
        """Kind, scale and dropout."""
        return {"kind": "cosine", "scale": self.scale, "dropout": self.dropout.p}


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
        rows = torch.as_tensor(values)
        if rows.ndim != 2 or rows.shape[1] != self.mean.shape[0] or not len(rows):
            raise ValueError(f"must be [N, {self.mean.shape[0]}] with N of 1 or more, got {list(rows.shape)}")
        if not torch.isfinite(rows).all():
            raise ValueError("embeddings hold values that are not finite")
        rows = rows.to(torch.float64, copy=True)  # in place from here: of 70,000 images a copy more is half a gigabyte
        mean = rows.mean(0)
        std = rows.sub_(mean).square_().mean(0).sqrt()  # a third of the time of std(0), which strides over the rows
        varying = std[std > 0]
        floor = varying.median() if len(varying) else torch.ones(())
        self.mean.copy_(mean)
        self.std.copy_(std.clamp(min=float(floor)))
