"""Probe: whether an answer holds when the same picture is delivered again: compressed, made smaller, cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.augment.corruption.jpeg import jpeg
from assay.data.image import Pixels
from assay.data.preprocessing import resample
from assay.predictor import Answer

QUALITY, SHARE, CUT = 75, 0.75, 0.05
LONGEST = 65_500
"""Pixels of a side that a JPEG can have."""
DELIVERIES = ("as sent", f"JPEG, quality {QUALITY}", f"{SHARE:.0%} of each side", f"{CUT:.0%} of each side cut off")


@dataclass(frozen=True)
class ProbeAnswer:
    """What was answered about one delivery.

    Attributes:
        delivery: one of `DELIVERIES`.
        label: most probable class.
        confidence: its calibrated probability.
    """

    delivery: str
    label: str
    confidence: float


@dataclass(frozen=True)
class Probe:
    """Answers about a picture and its deliveries.

    Attributes:
        answers: in the order of `DELIVERIES`.
    """

    answers: tuple[ProbeAnswer, ...]

    @property
    def stable(self) -> bool:
        """Whether all name the same class."""
        return len({answer.label for answer in self.answers}) == 1

    @classmethod
    def of(cls, answers: list[Answer]) -> Probe:
        """From answers in the order of `DELIVERIES`."""
        pairs = zip(DELIVERIES, answers, strict=True)
        return cls(tuple(ProbeAnswer(delivery, each.label, each.confidence) for delivery, each in pairs))


def delivered_again(image: Pixels) -> list[Pixels]:
    """The picture as JPEG of quality 75, at three quarters of each side, and with 5 % of each side cut off, centred.

    Args:
        image: uint8 RGB [H, W, 3]; left alone.
    """
    height, width = image.shape[:2]
    smaller = resample(image, *(max(1, round(SHARE * side)) for side in (height, width)))
    top, left = (min(round(CUT * side / 2), (side - 1) // 2) for side in (height, width))
    cut = np.ascontiguousarray(image[top : height - top, left : width - left])
    fits = resample(image, min(height, LONGEST), min(width, LONGEST))
    return [jpeg(fits, QUALITY), smaller, cut]
