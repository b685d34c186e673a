"""Accuracy and macro F1 of an epoch's validation, from counts, as torchmetrics gives them."""

from __future__ import annotations

import torch
from torch import Tensor


def accuracy(predicted: Tensor, labels: Tensor) -> Tensor:
    """Share of N predicted classes that are right, float32 scalar; both int64 [N]."""
    return (predicted == labels).sum().float() / torch.tensor(float(len(labels)))


def macro_f1(predicted: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Mean F1 over the classes that occur among labels or predictions, float32 scalar.

    Args:
        predicted: int64 [N].
        labels: int64 [N].
        classes: C.
    """
    counts = torch.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)
    hits = counts.diag()
    missed, wrong = counts.sum(1) - hits, counts.sum(0) - hits
    scores = _ratio(2.0 * hits, 2.0 * hits + missed + wrong)
    weights = (hits + missed + wrong > 0).float()
    return _ratio(weights * scores, weights.sum(-1, keepdim=True)).sum(-1)


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    return torch.where(below != 0, above / below, torch.zeros(()))
