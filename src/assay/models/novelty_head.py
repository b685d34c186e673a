"""NoveltyHead: a linear layer that also counts how far a picture lies from one class, whatever it looks like."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assay.config.bounds import AtLeast, Below
from assay.models.head import LinearHead


class NoveltyHead(LinearHead):
    """Linear logits, plus the novelty of a picture for every class but the reference.

    A linear layer learns the direction in which the other classes of *this* training lie, and a kind that nobody has
    seen may lie in another. The distance to the reference class needs no other class at all. Together they keep what
    was learned and still notice what was not. The distance stands in the logits while the linear layer is trained, so
    that this learns what is missing there.

    Novelty is the logarithm of the Mahalanobis distance (covariance shrunk by Ledoit and Wolf's rule) of embeddings to
    the mean of the reference class's training images, standardised over those images; see Lee et al. (2018). Where
    those images are of several kinds (compressed and not), one mean and covariance of all is wide enough to take in
    what belongs to none: with `kinds` they are divided by k-means first, and the nearest kind counts.

    Args:
        reference: index of the class that the distance is measured from.
        kinds: of images of that class that are told apart.
        weight: of the novelty, in logits per standard deviation.
        dropout: rate, in training, in front of the linear layer.
        embedding_dim: D.
        classes: C.

    Raises:
        ValueError: there is no such class.
    """

    center: Tensor
    whiten: Tensor
    usual: Tensor
    strength: Tensor

    def __init__(
        self,
        embedding_dim: int,
        classes: int,
        *,
        reference: Annotated[int, AtLeast(0)] = 0,
        kinds: Annotated[int, AtLeast(1)] = 1,
        weight: Annotated[float, AtLeast(0)] = 2.0,
        dropout: Annotated[float, AtLeast(0), Below(1)] = 0.0,
    ) -> None:
        super().__init__(embedding_dim, classes, dropout=dropout)
        if reference >= classes:
            raise ValueError(f"head.reference={reference}: there are {classes} classes, counted from 0")
        self.reference = reference
        self.kinds = kinds
        self.weight = weight
        several = () if kinds == 1 else (kinds,)
        self.register_buffer("center", torch.zeros(*several, embedding_dim))
        self.register_buffer("whiten", torch.eye(embedding_dim).repeat(*several, 1, 1))
        self.register_buffer("usual", torch.tensor([0.0, 1.0]))  # mean and deviation of the reference's log distances
        strength = torch.full((classes,), float(weight))
        strength[reference] = 0.0
        self.register_buffer("strength", strength)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C] of embeddings [B, D]."""
        return super().forward(embeddings) + self.novelty(embeddings)[:, None] * self.strength

    def novelty(self, embeddings: Tensor) -> Tensor:
        """How unlike the reference class, float [B]: 0 is usual for it, 2 is two of its standard deviations more."""
        if self.kinds == 1:
            nearest = _squared(embeddings, self.center, self.whiten)
        else:
            pairs = zip(self.center, self.whiten, strict=True)
            nearest = torch.stack([_squared(embeddings, *pair) for pair in pairs]).amin(0)
        return (nearest.clamp(min=1e-12).log() - self.usual[0]) / self.usual[1]

    def fit_(self, embeddings: Tensor | NDArray[np.floating], labels: NDArray[np.int64] | None = None) -> None:
        """Take the statistics of training embeddings [N, D] of classes [N]; without labels all are of the reference.

        Raises:
            ValueError: fewer than two images of each kind are of the reference class.
        """
        super().fit_(embeddings)
        rows = np.asarray(embeddings, dtype=np.float64)
        if labels is not None:
            rows = rows[np.asarray(labels) == self.reference]
        if len(rows) < 2 * self.kinds:
            raise ValueError(
                f"head=novelty needs two training images of class {self.reference} for each of {self.kinds} kinds, got "
                f"{len(rows)}"
            )
        squared = []
        for number, own in enumerate(_divided(rows, self.kinds)):
            center, spread = own.mean(0), _spread(own)
            whiten = _whitening((own - center) / spread) / spread[:, None]
            self.center.view(self.kinds, -1)[number] = torch.from_numpy(center)
            self.whiten.view(self.kinds, len(center), -1)[number] = torch.from_numpy(whiten)
            squared.append((((rows - center) @ whiten) ** 2).mean(1))
        distances = np.log(np.maximum(np.min(squared, axis=0), 1e-12))
        self.usual.copy_(torch.tensor([distances.mean(), max(distances.std(), 1e-6)]))

    def state(self) -> dict[str, Any]:
        """Kind, reference, weight and dropout; kinds of images where there are several."""
        several = {} if self.kinds == 1 else {"kinds": self.kinds}
        state = {"kind": "novelty", "reference": self.reference, "weight": self.weight, "dropout": self.dropout.p}
        return state | several


def _squared(embeddings: Tensor, center: Tensor, whiten: Tensor) -> Tensor:
    return ((embeddings - center) @ whiten).square().mean(1)


def _spread(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = rows.std(0)
    return np.maximum(spread, 1e-3 * np.median(spread) + 1e-12)


def _divided(rows: NDArray[np.float64], kinds: int) -> list[NDArray[np.float64]]:
    """The rows of each kind."""
    if kinds == 1:
        return [rows]
    from sklearn.cluster import KMeans

    predict = KMeans(kinds, n_init=4, random_state=0).fit_predict(rows / _spread(rows))
    return [rows[predict == kind] for kind in range(kinds)]


def _whitening(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """[D, D]: standardised rows times this have the identity for their shrunk covariance."""
    from sklearn.covariance import ledoit_wolf

    covariance, _ = ledoit_wolf(rows, assume_centered=True)
    values, vectors = np.linalg.eigh(covariance)
    return vectors / np.sqrt(np.maximum(values, 1e-9))
