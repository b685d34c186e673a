"""Fit of structured scaling: a temperature by bisection, then an affine map of log-probabilities under a penalty."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.predictions import IntArray

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

BISECTIONS, WIDEST = 30, 16.0
LEAST_LOG = float(np.log(np.finfo(np.float32).tiny))
"""Nothing is taken for less likely than the smallest normal float32."""
MANY_PARAMETERS = 1_000
"""Above this the Hessian is too large to keep, and L-BFGS takes the place of BFGS."""


class StructuredFit(NamedTuple):
    """What was learned.

    Attributes:
        inverse_temperature: positive.
        scaling: float [C] for a diagonal, or [C, C].
        bias: float [C].
    """

    inverse_temperature: float
    scaling: NDArray[np.floating]
    bias: NDArray[np.floating]


def fit_structured(probabilities: NDArray[np.float64], labels: IntArray, *, diagonal: bool) -> StructuredFit:
    """The map that makes held-out labels most likely under the penalty of structured scaling.

    Args:
        probabilities: [N, C], positive, rows sum to 1.
        labels: [N], class indices.
        diagonal: a factor for each class instead of a matrix.

    Source: Berta et al. (2026), Structured Matrix Scaling for Multi-Class Calibration; steps, penalties and types as in
    probmetrics 1.3 (`svs` and `sms` with their defaults), whose numbers these are to the last bit.
    """
    import torch

    n, classes = probabilities.shape
    targets = torch.as_tensor(np.asarray(labels, dtype=np.int64))
    inverse_temperature = _inverse_temperature(torch.log(torch.as_tensor(probabilities)), targets)
    logs = torch.tensor(_logs(_smoothed(probabilities, inverse_temperature)))
    if diagonal:
        loss = _vector_loss(logs, targets, penalty=classes / n)
        solved = _minimised(loss, torch.zeros(2 * classes, dtype=logs.dtype))
        scaling = 1.0 + solved[:classes]
        bias = solved[classes:]
    else:
        loss = _matrix_loss(logs, targets, penalty=classes / n, off_diagonal=classes * (classes - 1) / n)
        solved = _minimised(loss, torch.zeros(classes * (classes + 1), dtype=logs.dtype))
        scaling = torch.eye(classes, dtype=logs.dtype) + solved[: classes * classes].view(classes, classes)
        bias = solved[classes * classes :]
    return StructuredFit(float(inverse_temperature), scaling.numpy(), bias.numpy())


def _inverse_temperature(logs: Tensor, targets: Tensor) -> float:
    """Where the slope of the mean negative log-likelihood is zero; logs float64 [N, C]."""
    import torch

    logs = torch.clip(logs, min=LEAST_LOG)
    of_labels = torch.mean(logs[torch.arange(len(logs)), targets])

    def slope(inverse: float) -> float:
        expected = torch.mean(torch.sum(logs * torch.softmax(inverse * logs, dim=-1), dim=-1))
        return float((expected - of_labels).item())

    low, high = -WIDEST, WIDEST
    for _ in range(BISECTIONS):
        middle = low + 0.5 * (high - low)
        if slope(float(np.exp(middle))) > 0:
            high = middle
        else:
            low = middle
    return float(np.exp(0.5 * (low + high)))


def _smoothed(probabilities: NDArray[np.float64], inverse_temperature: float) -> NDArray[np.float64]:
    """Probabilities [N, C] at that temperature, mixed with `1 / (N + 1)` of the uniform ones."""
    import torch

    logs = torch.clip(torch.log(torch.as_tensor(probabilities)), min=LEAST_LOG)
    sharpened = torch.softmax(inverse_temperature * logs, dim=-1)
    share = 1.0 / (len(probabilities) + 1)
    uniform = (1.0 / probabilities.shape[1]) * torch.ones_like(sharpened)
    return ((1.0 - share) * sharpened + share * uniform).numpy()


def _logs(probabilities: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(divide="ignore"):
        return np.clip(np.log(probabilities.astype(np.float32)), np.float32(LEAST_LOG), None)


def _vector_loss(logs: Tensor, targets: Tensor, *, penalty: float) -> Callable[[Tensor], Tensor]:
    from torch.nn.functional import cross_entropy

    classes = logs.shape[1]

    def loss(parameters: Tensor) -> Tensor:
        change, bias = parameters[:classes], parameters[classes:]
        likelihood = cross_entropy(logs * (1.0 + change) + bias, targets)
        return likelihood + penalty * bias.pow(2).sum() + penalty * change.pow(2).sum()

    return loss


def _matrix_loss(logs: Tensor, targets: Tensor, *, penalty: float, off_diagonal: float) -> Callable[[Tensor], Tensor]:
    from torch.nn.functional import cross_entropy, linear

    classes = logs.shape[1]

    def loss(parameters: Tensor) -> Tensor:
        change, bias = parameters[: classes**2].view(classes, classes), parameters[classes**2 :]
        likelihood = cross_entropy(logs + linear(logs, change, bias), targets)
        diagonal = change.diagonal()
        # Its sum of squares is taken twice, because gradients that are added in another order differ in their last bit.
        own = penalty * diagonal.pow(2).sum()
        beside = off_diagonal * (change.pow(2).sum() - diagonal.pow(2).sum())
        return likelihood + penalty * bias.pow(2).sum() + own + beside

    return loss


def _minimised(loss: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
    with warnings.catch_warnings():
        # torch.jit.script of a helper that is not used here is deprecated.
        warnings.simplefilter("ignore")
        from torchmin import minimize

    method = "l-bfgs" if start.numel() > MANY_PARAMETERS else "bfgs"
    return minimize(loss, start, method=method).x.detach()
