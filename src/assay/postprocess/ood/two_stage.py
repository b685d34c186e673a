"""TwoStage: quick checks of the picture, then a detector; in-domain, unsure or out, with the reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from assay.config.bounds import Between
from assay.errors import ConfigError, DataError
from assay.postprocess.ood.detector import Detector, Float64Array, LinearMap
from assay.postprocess.ood.quick_checks import QuickChecks
from assay.predictions import Predictions

Domain = Literal["in-domain", "unsure", "out"]
DOMAINS: tuple[Domain, ...] = ("in-domain", "unsure", "out")


@dataclass(frozen=True)
class OodJudgement:
    """What was found about N pictures.

    Attributes:
        domain: [N], index into `DOMAINS`.
        score: float64 [N], of the detector alone.
        violations: int8 [N, K], of the quick checks; K is 0 without them.
        reasons: N sentences, "" for what is in-domain.
    """

    domain: NDArray[np.int8]
    score: Float64Array
    violations: NDArray[np.int8]
    reasons: tuple[str, ...]


class TwoStage:
    """Stage A looks at the picture itself, stage B at what the network makes of it.

    A picture that violates a quick check is out. Of the others the detector's score decides, with two cut-offs from
    images of the split `calib`, which neither network nor detector has learned from: the chance that a new in-domain
    picture is called unsure or out is at most `unsure_rate`, that it is called out at most `out_rate`, whatever the
    distribution, when pictures are exchangeable (groups of related pictures weaken it). Pictures that stage A sends
    away count in both rates. With n images nothing below 1 / (n + 1) can be promised: such a cut-off is infinite, the
    detector then sends nothing away by it, and `notes_` say so.

    Args:
        detector: stage B.
        checks: stage A; None leaves it out.
        unsure_rate: most in-domain pictures that may be called unsure or out, as a share.
        out_rate: most in-domain pictures that may be called out, as a share.

    Attributes:
        cut_offs_: scores above which a picture is unsure, and out.
        n_: images that they were placed with.
        notes_: sentences about the last fit that a reader has to know.

    Source: Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World, for the quantile; Bates et al.
    (2023), Testing for Outliers with Conformal p-values.
    """

    cut_offs_: tuple[float, float]
    n_: int
    notes_: tuple[str, ...] = ()

    def __init__(
        self,
        detector: Detector,
        checks: QuickChecks | None = None,
        unsure_rate: Annotated[float, Between(0.0001, 0.5)] = 0.05,
        out_rate: Annotated[float, Between(0.0001, 0.5)] = 0.01,
    ) -> None:
        if out_rate > unsure_rate:
            raise ConfigError(
                f"ood.out_rate={out_rate:g} must not be above ood.unsure_rate={unsure_rate:g}: out is rarer"
            )
        self.detector = detector
        self.checks = checks
        self.unsure_rate = unsure_rate
        self.out_rate = out_rate

    def fit(self, train: Predictions, calib: Predictions, *, head: LinearMap | None = None) -> Self:
        """Learn both stages from `train`, and place the cut-offs with `calib`.

        Raises:
            DataError: other splits, or an empty one.
        """
        if self.checks is not None:
            self.checks.fit(train)
        self.detector.fit(train, head=head)
        return self.cut(calib)

    def cut(self, calib: Predictions) -> Self:
        """Place the cut-offs, with both stages fitted already.

        Raises:
            DataError: another split than `calib`, or no images.
        """
        if calib.split != "calib":
            raise DataError(
                f"OOD cut-offs may not be placed with the split {calib.split!r}: on training images scores are too "
                "low, and the others have to stay unseen. Use calib."
            )
        if len(calib) == 0:
            raise DataError("OOD cut-offs need images in the split calib, which is empty: set data.split.calib")
        scores = self.detector.score_of(calib)
        fired = self._violations(calib).any(axis=1)
        scores = np.where(fired, np.inf, scores)
        self.n_ = len(scores)
        rates = (self.unsure_rate, self.out_rate)
        self.cut_offs_ = tuple(conformal_cut_off(scores, rate) for rate in rates)  # type: ignore[assignment]
        self.notes_ = (*self.detector.notes_, *self._notes(int(fired.sum())))
        return self

    def _notes(self, fired: int) -> list[str]:
        notes = []
        wanted = (("unsure", self.unsure_rate), ("out", self.out_rate))
        for (name, rate), cut_off in zip(wanted, self.cut_offs_, strict=True):
            if rate * (self.n_ + 1) < 1:
                notes.append(
                    f"{self.n_} calib images cannot place a cut-off for {rate:.1%} false rejects: the smallest rate "
                    f"that they can promise is {1 / (self.n_ + 1):.1%}, and {math.ceil(1 / rate) - 1:,} are needed. "
                    f"The detector calls no picture {name} by that cut-off."
                )
            elif fired and math.isinf(cut_off):
                notes.append(
                    f"The quick checks alone send {fired} of {self.n_} calib images away, which uses up the wanted "
                    f"{rate:.1%}: the detector calls no picture {name} by that cut-off."
                )
        return notes

    def judge(self, predictions: Predictions) -> OodJudgement:
        """Each picture, in-domain, unsure or out, with the reason.

        Raises:
            DataError: `fit` was never called, or a score is undefined.
        """
        if not hasattr(self, "cut_offs_"):
            raise DataError("this OOD rule was never fitted; call fit() with the predictions of train and calib")
        score = self.detector.score_of(predictions)
        violations = self._violations(predictions)
        unsure, out = self.cut_offs_
        domain = ((score > unsure).astype(np.int8) + (score > out)).astype(np.int8)
        domain[violations.any(axis=1)] = 2
        reasons = tuple(
            self._reason(predictions, i, int(domain[i]), score[i], violations[i]) for i in range(len(score))
        )
        return OodJudgement(domain, score, violations, reasons)

    def _violations(self, predictions: Predictions) -> NDArray[np.int8]:
        if self.checks is None:
            return np.zeros((len(predictions), 0), dtype=np.int8)
        return self.checks.violations(predictions.statistics, predictions.statistics_names)

    def _reason(
        self, predictions: Predictions, row: int, domain: int, score: float, violations: NDArray[np.int8]
    ) -> str:
        if violations.any():
            assert self.checks is not None
            assert predictions.statistics is not None
            return "; ".join(self.checks.reasons(predictions.statistics[row], predictions.statistics_names, violations))
        if domain == 0:
            return ""
        rate, cut_off = ((self.unsure_rate, self.cut_offs_[0]), (self.out_rate, self.cut_offs_[1]))[domain - 1]
        return (
            f"{self.detector.method} score {score:.4g} is above {cut_off:.4g}, which at most {rate:.1%} of in-domain "
            f"images exceed (by {self.n_} calib images)"
        )

    def state(self) -> dict[str, Any]:
        """Everything that was learned: JSON values, and the detector's numpy arrays under "detector".

        Raises:
            DataError: `fit` was never called.
        """
        if not hasattr(self, "cut_offs_"):
            raise DataError("this OOD rule was never fitted; call fit() with the predictions of train and calib")
        return {
            "unsure_rate": self.unsure_rate,
            "out_rate": self.out_rate,
            # JSON has no infinity
            "cut_offs": [value if math.isfinite(value) else repr(value) for value in self.cut_offs_],
            "n": self.n_,
            "notes": list(self.notes_),
            "checks": None if self.checks is None else self.checks.state(),
            "detector": self.detector.state(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], detector: Detector) -> Self:
        """The rule that gave this state, with its detector restored already."""
        checks = None if state["checks"] is None else QuickChecks.from_state(state["checks"])
        rule = cls(detector, checks, state["unsure_rate"], state["out_rate"])
        unsure, out = (float(value) for value in state["cut_offs"])
        rule.cut_offs_, rule.n_, rule.notes_ = (unsure, out), state["n"], tuple(state["notes"])
        return rule


def conformal_cut_off(scores: Float64Array, rate: float) -> float:
    """The score that a new picture of the same kind exceeds with probability `rate` at most.

    The k-th smallest of n scores with k = ⌈(n + 1)(1 − rate)⌉; infinite where k is n + 1.
    """
    n = len(scores)
    k = math.ceil((n + 1) * (1 - rate) - 1e-9)
    return float("inf") if k > n else float(np.sort(scores)[k - 1])
