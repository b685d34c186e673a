"""EpochSampler: the rows of an epoch as a pure function of seed and epoch, shared out between processes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from assay.errors import DataError
from assay.predictions import FloatArray, IntArray


class RepeatedRow(int):
    """A row, drawn again: an integer that also knows how often the epoch has drawn that row before."""

    repeat: int = 0


class EpochSampler(ABC):
    """Base of all samplers: a subclass says which rows an epoch draws, in which order.

    `corrects_frequencies` says whether it draws classes in other shares than they have; two such corrections are not
    stacked unasked, so True unless a class knows better.

    Samplers work with row numbers and labels, so they serve images and cached embeddings alike. All epochs of a sampler
    have the same number of draws: what trains with it counts the steps of an epoch once. Where torch.distributed is
    initialised, each process goes through its share of the one order; all shares are equally long (the order is
    repeated from its start until it can be divided).
    """

    corrects_frequencies: ClassVar[bool] = True

    def __init__(self, labels: ArrayLike, *, seed: int = 0) -> None:
        """Take the labels of all rows.

        Args:
            labels: [N] int, class indices.
            seed: with the epoch, decides the order.

        Raises:
            DataError: there are no labels, or they are not a list of class indices.
        """
        self.labels: IntArray = np.asarray(labels, dtype=np.int64)
        if self.labels.ndim != 1 or not len(self.labels) or self.labels.min() < 0:
            raise DataError(f"a sampler needs one class index per row; got labels of shape {self.labels.shape}")
        self.seed = seed
        self.start_epoch = 0
        self.epoch = 0
        self._order: tuple[int, IntArray] | None = None

    @abstractmethod
    def epoch_indices(self, rng: np.random.Generator) -> IntArray:
        """[M] int, the rows of one epoch in their order; M is 1 or more and the same in every epoch."""

    @abstractmethod
    def expected_counts(self, epoch: int | None = None) -> FloatArray:
        """[C] float, expected draws of each class in an epoch over all processes; None is the current epoch."""

    def natural_indices(self, rng: np.random.Generator) -> IntArray:
        """[M] int, the rows of an epoch before `start_epoch`: all images equally often, in random order."""
        return rng.permutation(len(self.labels))

    def set_epoch(self, epoch: int) -> None:
        """Go to another epoch."""
        self.epoch = epoch

    def order(self, epoch: int) -> IntArray:
        """[M] int, the rows of an epoch over all processes; the same on each."""
        if self._order is None or self._order[0] != epoch:
            draw = self.epoch_indices if epoch >= self.start_epoch else self.natural_indices
            self._order = epoch, draw(np.random.default_rng([self.seed, epoch]))
        return self._order[1]

    def draws(self, epochs: int) -> IntArray:
        """[N] int64, how often each row is drawn in this many epochs from the first on.

        Rows that are drawn once more to give all processes of a distributed training equal shares are not counted.
        """
        counts = np.zeros(len(self.labels), dtype=np.int64)
        for epoch in range(epochs):
            counts += np.bincount(self.order(epoch), minlength=len(counts))
        return counts

    def share(self, rank: int, processes: int) -> list[int]:
        """The rows of one process in the current epoch; those drawn before are `RepeatedRow`.

        Args:
            rank: number of the process, from 0.
            processes: how many there are.
        """
        order = self.order(self.epoch)
        whole = np.resize(order, -(-len(order) // processes) * processes)
        return [
            _drawn_again(row, repeat) if repeat else row
            for row, repeat in zip(
                whole[rank::processes].tolist(), _repeats(whole)[rank::processes].tolist(), strict=True
            )
        ]

    def __iter__(self) -> Iterator[int]:
        return iter(self.share(*_place()))

    def __len__(self) -> int:
        return -(-len(self.order(self.epoch)) // _place()[1])


def _drawn_again(row: int, repeat: int) -> RepeatedRow:
    draw = RepeatedRow(row)
    draw.repeat = repeat
    return draw


def _repeats(rows: IntArray) -> IntArray:
    """For each entry, how many entries before it are equal."""
    by_row = np.argsort(rows, kind="stable")
    ordered = rows[by_row]
    first = np.searchsorted(ordered, ordered, side="left")
    repeats = np.empty_like(rows)
    repeats[by_row] = np.arange(len(rows)) - first
    return repeats


def _place() -> tuple[int, int]:
    """Rank of this process and number of processes."""
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1
