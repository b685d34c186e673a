"""Parts of the answers that are looked at apart: all of them, each arm, and each key that sends enough."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.clients import client_names
from assay.monitoring.drift.independent import stretches
from assay.monitoring.window import Window
from assay.predictions import IntArray

ALL, ARM, KEY = "all", "arm", "key"
FEWEST = 50
"""Answers of an arm or a key: five stretches, from whose differences an interval can be made."""


@dataclass(frozen=True, eq=False)
class AnswerPart:
    """Some of N answers.

    Attributes:
        kind: `ALL`, `ARM` or `KEY`.
        name: of the arm; "client 1" of the key with most answers; "" for all.
        rows: bool [N], which they are.
        block: [N], what is independent of each other among them.
        mark: by which causes of this part are told apart; it names no key that is erased, and is the same at each look.
    """

    kind: str
    name: str
    rows: NDArray[np.bool_]
    block: IntArray
    mark: str = ""

    @property
    def words(self) -> str:
        """Whose answers these are, in plain English."""
        return {ALL: "the answers", ARM: f"the answers of arm {self.name}", KEY: f"the answers to {self.name}"}[
            self.kind
        ]


def parts_of(window: Window) -> list[AnswerPart]:
    """All answers, then arms and keys with at least `FEWEST` where there are several, the largest first.

    Pictures of a key resemble those that it sends before and after them: of one key, stretches of what it sends are
    what is independent.
    """
    everything = AnswerPart(ALL, "", np.ones(len(window), dtype=bool), window.block)
    others = sorted([*_arms(window), *_keys(window)], key=lambda part: -int(part.rows.sum()))
    return [everything, *(part for part in others if part.rows.sum() >= FEWEST)]


def _arms(window: Window) -> Iterator[AnswerPart]:
    present = np.unique(window.arm)
    for arm in present if len(present) > 1 else ():
        rows = window.arm == arm
        of_one = len(np.unique(window.block[rows])) == 1
        block = stretches(window.block, window.times) if of_one else window.block
        yield AnswerPart(ARM, window.arms[arm], rows, block, f"/arm/{window.arms[arm]}")


def _keys(window: Window) -> Iterator[AnswerPart]:
    present, counts = np.unique(window.block, return_counts=True)
    if len(present) < 2:
        return
    names = client_names(window)
    for key in present[counts >= FEWEST]:
        rows, called = window.block == key, window.keys[key]
        own = np.zeros(len(window), dtype=np.int32)
        own[rows] = stretches(window.block[rows], window.times[rows])
        mark = hashlib.sha256(called.encode()).hexdigest()[:8]
        yield AnswerPart(KEY, names[called], rows, own, f"/key/{mark}")
