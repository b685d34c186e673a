"""RiskRule: answer as many images as possible with an error rate that is guaranteed to stay below a bound."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import Between
from assay.postprocess.reject.rule import RejectRule, by_confidence
from assay.predictions import FloatArray, IntArray


class RiskRule(RejectRule):
    """The threshold with the largest coverage whose error rate is below `risk`, with probability `confidence`.

    Among the k most confident of n held-out answers e are wrong; the error rate of that threshold on new images is at
    most the Clopper-Pearson bound of (e, k). A bisection over k looks at no more than ⌈log2 n⌉ thresholds, among which
    the chance of being wrong, 1 − confidence, is divided. Images are taken as independent.

    Confidence is the model's own, before calibration: the calibrator has learned from the same images, and a guarantee
    takes images that nothing before it has seen. For the same reason the calibrator may not change answers.

    Where no threshold can be guaranteed, every answer is withheld and `notes_` say why: how many further images would
    be needed, or that more images would not help.

    Source: Geifman and El-Yaniv (2017), Selective Classification for Deep Neural Networks, algorithm 1 (SGR).
    """

    method: ClassVar[str] = "risk"
    guarantees_risk: ClassVar[bool] = True

    def __init__(
        self,
        *,
        risk: Annotated[float, Between(0.0001, 1)] = 0.05,
        confidence: Annotated[float, Between(0.5, 0.9999)] = 0.95,
    ) -> None:
        """Take what has to be guaranteed.

        Args:
            risk: largest error rate among the answered images.
            confidence: probability with which that holds, over the draw of the held-out images.
        """
        self.risk = risk
        self.confidence = confidence

    def confidence_of(self, calibrated: FloatArray, own: FloatArray) -> FloatArray:
        """The largest probability before calibration, [N]."""
        return own.max(axis=1)

    def choose(self, confidence: FloatArray, wrong: NDArray[np.bool_]) -> float | None:
        """The lowest confidence that can be guaranteed, or None."""
        thresholds, accepted, errors = by_confidence(confidence, wrong)
        level = self._level(len(confidence))
        best, low, high = -1, 0, len(thresholds) - 1
        while low <= high:
            middle = (low + high) // 2
            if upper_bound(int(errors[middle]), int(accepted[middle]), level) <= self.risk:
                best, low = middle, middle + 1
            else:
                high = middle - 1
        self.notes_ = () if best >= 0 else (self._why_not(accepted, errors, len(confidence)),)
        return float(thresholds[best]) if best >= 0 else None

    def _level(self, n: int) -> float:
        """The chance of being wrong that each looked-at threshold may have."""
        return (1 - self.confidence) / max(1, math.ceil(math.log2(n)))

    def _why_not(self, accepted: IntArray, errors: IntArray, n: int) -> str:
        promise = f"An error rate of at most {self.risk:.3g} cannot be guaranteed at {self.confidence:.0%}"
        withheld = "so every prediction is rejected"
        without_error = images_without_error(self.risk, self._level(n))
        if n < without_error:
            return (
                f"{promise}, {withheld}: even without a single error it takes {without_error} held-out images, and "
                f"there are {n}; {without_error - n} are missing."
            )
        rates = errors / accepted
        # A rate counts once it rests on as many images as an error-free guarantee would need.
        rates = np.where(accepted >= without_error, rates, np.inf)
        best = int(rates.argmin())
        if rates[best] >= self.risk:
            return (
                f"{promise}, {withheld}: among the {accepted[best]} most confident of {n} held-out images "
                f"{rates[best]:.1%} are wrong already, and more images would not change that."
            )
        needed = math.ceil(_images_at(float(rates[best]), self.risk, self._level(n)) * n / accepted[best])
        return (
            f"{promise}, {withheld}: with the error rate of {rates[best]:.1%} among the {accepted[best]} most "
            f"confident it takes about {needed} held-out images, and there are {n}; about {max(needed - n, 1)} are "
            "missing."
        )

    def settings(self) -> dict[str, float]:
        """Wanted risk and confidence."""
        return {"risk": self.risk, "confidence": self.confidence}


def upper_bound(errors: int, n: int, level: float) -> float:
    """Largest error rate under which as few errors in n have a chance of `level` or more.

    Source: Clopper and Pearson (1934), one-sided.
    """
    from scipy.special import betaincinv

    return 1.0 if errors >= n else float(betaincinv(errors + 1, n - errors, 1 - level))


def images_without_error(risk: float, level: float) -> int:
    """How many images without any error it takes to claim an error rate of at most `risk`."""
    if risk >= 1:
        return 1
    return math.ceil(math.log(level) / math.log1p(-risk) - 1e-9)


def _images_at(rate: float, risk: float, level: float) -> int:
    """How many images with this rate of errors it takes to claim `risk`."""
    n = images_without_error(risk, level)
    while upper_bound(math.ceil(rate * n), n, level) > risk and n < 10**9:
        n = math.ceil(n * 1.05)
    return n
