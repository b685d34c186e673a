"""Probe: whether an answer holds when the same picture is delivered again: compressed, made smaller, cut."""

from __future__ import annotations

from dataclasses import dataclass

from assay.augment.delivery import DELIVERIES
from assay.predictor import Answer


@dataclass(frozen=True)
class ProbeAnswer:
    """What was answered about one delivery.

    Attributes:
        delivery: one of `assay.augment.delivery.DELIVERIES`.
        label: most probable class.
        confidence: its calibrated probability.
    """

    delivery: str
    label: str
    confidence: float


@dataclass(frozen=True)
class DeliveryProbe:
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
    def of(cls, answers: list[Answer]) -> DeliveryProbe:
        """From answers in the order of `DELIVERIES`."""
        pairs = zip(DELIVERIES, answers, strict=True)
        return cls(tuple(ProbeAnswer(delivery, each.label, each.confidence) for delivery, each in pairs))
