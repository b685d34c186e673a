"""KernelHead: classes by a smooth function of how near a picture is to training images, solved in closed form."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from assay.config.bounds import AtLeast, Between
from assay.errors import TrainingError
from assay.models.kernel_squares import KernelSquares
from assay.models.solved_head import SolvedHead, TrainingRows
from assay.predictions import FloatArray

WIDTHS = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
GAINS = tuple(float(gain) for gain in np.geomspace(1, 50, 24))
MOST_ROWS = 8000
"""Rows that are solved from and judged by, evenly taken from all: no matrix is larger than 130 MB."""
LANDMARKS_TO_CHOOSE = 700
"""By so many a width is judged: what a kernel is decomposed for grows with their cube."""


class KernelChoice(NamedTuple):
    """What makes a kernel head, and how it did.

    Attributes:
        loss: mean log-loss of training rows without their groups.
        penalty: on the function.
        gain: from scores to logits.
    """

    loss: float
    penalty: float
    gain: float


class KernelHead(SolvedHead):
    """Regularised least squares of the classes with a Gaussian kernel on standardised embeddings.

    The score of class c is `share_c + Σ_j weight_jc · exp(-mean((z - z_j)²) / (2 width²))`: a sum over landmarks z_j,
    which are the training embeddings, or some of them, evenly taken. Scores estimate probabilities; logits are scores
    times one gain. A linear layer needs classes on two sides of a plane; this takes any shape, as far as images reach.

    Width, penalty and gain have the smallest log-loss of training images that are left out together with their groups,
    which for least squares takes a formula and no training. Embeddings of training images are part of the head, and of
    what is served: whoever may not have something of those images may not have the bundle.

    Args:
        width: of the kernel, in standard deviations of a feature; None chooses, from 1 on, among 0.35 to 2.8.
        penalty: on the squared norm of the function; None chooses among 0.003 to 10.
        landmarks: how many at most; each is a row of the bundle, and of each answer.
        embedding_dim: D.
        classes: C.

    Source: Rifkin, Yeo and Poggio (2003), regularised least-squares classification; Williams and Seeger (2001) for
    landmarks.
    """

    method: ClassVar[str] = "kernel"

    landmarks: Tensor
    share: Tensor

    def __init__(
        self,
        embedding_dim: int,
        classes: int,
        *,
        width: Annotated[float | None, Between(0.01, 100)] = None,
        penalty: Annotated[float | None, Between(1e-6, 1e6)] = None,
        landmarks: Annotated[int, AtLeast(10)] = 2000,
    ) -> None:
        super().__init__(embedding_dim, classes)
        self.width = width
        self.penalty = penalty
        self.most_landmarks = landmarks
        self.hold_(0)

    def hold_(self, landmarks: int) -> None:
        """Make room for landmarks, whose values are still to come."""
        self.register_buffer("landmarks", torch.zeros(landmarks, self.embedding_dim))
        self.register_buffer("share", torch.zeros(self.classes))
        self.weight = nn.Parameter(torch.zeros(landmarks, self.classes))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C] of embeddings [B, D]; zero before the head is solved."""
        if not self.landmarks.shape[0]:
            return embeddings.new_zeros(embeddings.shape[0], self.classes)
        assert self.width is not None
        return _gaussian(self.standardize(embeddings), self.landmarks, self.width) @ self.weight + self.share

    def solve_(self, rows: TrainingRows) -> str:
        """Take landmarks, choose what was left open, and solve.

        Raises:
            TrainingError: there is one class or one group alone, so that nothing can be left out.
        """
        from threadpoolctl import threadpool_limits

        if len(np.unique(rows.labels)) < 2 or len(np.unique(rows.groups)) < 2:
            raise TrainingError("head=kernel needs training images of two classes and two groups, or more")
        taken = _evenly(len(rows.labels), MOST_ROWS)
        with torch.inference_mode():
            values = self.standardize(torch.as_tensor(rows.embeddings[taken]))
        near = values[_evenly(len(values), self.most_landmarks)]
        with threadpool_limits(1):  # the order of sums, and with it the last bits, depends on the number of threads
            penalties = PENALTIES if self.penalty is None else (self.penalty,)
            judge = _KernelJudge(self.classes, values, rows, taken)
            width = self.width
            if width is None:
                width = _best_width(judge, near[_evenly(len(near), LANDMARKS_TO_CHOOSE)], penalties)
            squares = judge.solve(width, near)
            choice = judge.best(squares, penalties)
            weights = choice.gain * squares.weights(choice.penalty)
            share = choice.gain * squares.share
        self.width, self.penalty = width, choice.penalty
        self.hold_(len(near))
        with torch.no_grad():
            self.landmarks.copy_(near)
            self.weight.copy_(torch.from_numpy(weights))
            self.share.copy_(torch.from_numpy(share))
        return (
            f"Gaussian kernel on {len(near)} of {len(rows.labels)} training embeddings: width {width:g}, penalty "
            f"{choice.penalty:g} (log-loss {choice.loss:.3f} of training images that were left out with their groups)."
        )

    def state(self) -> dict[str, Any]:
        """Kind, width, penalty, and how many landmarks there are."""
        return {"kind": "kernel", "width": self.width, "penalty": self.penalty, "rows": len(self.landmarks)}


class _KernelJudge:
    """Says how training rows do without their groups.

    Args:
        classes: C.
        values: float [N, D], standardised embeddings of the rows that are taken.
        rows: all of them.
        taken: indices of N of them.
    """

    def __init__(self, classes: int, values: Tensor, rows: TrainingRows, taken: NDArray[np.int64]) -> None:
        self._values = values.double()
        self._labels, self._weights = rows.labels[taken], rows.weights[taken]
        self._groups = np.unique(rows.groups[taken], return_inverse=True)[1]
        self._targets = np.eye(classes)[self._labels]

    def solve(self, width: float, landmarks: Tensor) -> KernelSquares:
        """For every penalty at once."""
        near = landmarks.double()
        kernel, between = _gaussian(self._values, near, width).numpy(), _gaussian(near, near, width).numpy()
        return KernelSquares(kernel, between, self._targets, self._weights)

    def best(self, squares: KernelSquares, penalties: tuple[float, ...]) -> KernelChoice:
        """Penalty and gain of the smallest loss."""
        return min(self._choice(penalty, squares.left_out(penalty, self._groups)) for penalty in penalties)

    def _choice(self, penalty: float, scores: FloatArray) -> KernelChoice:
        true = scores[np.arange(len(scores)), self._labels]
        losses = {
            gain: float(self._weights @ (np.log(np.exp(gain * scores).sum(1)) - gain * true) / self._weights.sum())
            for gain in GAINS
        }
        gain = min(losses, key=lambda gain: losses[gain])
        return KernelChoice(losses[gain], penalty, gain)


def _best_width(judge: _KernelJudge, landmarks: Tensor, penalties: tuple[float, ...]) -> float:
    """That of the smallest loss: from the middle one on to whichever side it gets better."""

    def loss(place: int) -> float:
        return judge.best(judge.solve(WIDTHS[place], landmarks), penalties).loss

    place = WIDTHS.index(1.0)
    best = loss(place)
    for step in (-1, 1):
        start = place
        while 0 <= place + step < len(WIDTHS) and (other := loss(place + step)) < best:
            best, place = other, place + step
        if place != start:
            break
    return WIDTHS[place]


def _gaussian(values: Tensor, landmarks: Tensor, width: float) -> Tensor:
    """exp(-mean((z - z_j)²) / (2 width²)), [B, M] of values [B, D] and landmarks [M, D]."""
    squares = values.square().mean(1, keepdim=True) + landmarks.square().mean(1)
    distances = squares - values @ landmarks.T * (2 / values.shape[1])
    return torch.exp(distances.clamp(min=0) * (-0.5 / width**2))


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    """Indices of so many rows at most, evenly spread over all."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)
