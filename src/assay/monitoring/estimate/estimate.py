"""Estimate: how good a model is now, how surely, by which method, and what has to hold for that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement

SCHEMA_VERSION = 1
CONFIDENCE_BASED, PREDICTION_POWERED, REALISED = "confidence-based", "prediction-powered", "realised"
FEWEST = 20
"""Labels under which there is no interval: were all of them right, a bootstrap would be sure of it."""
METHODS = (CONFIDENCE_BASED, PREDICTION_POWERED, REALISED)
ASSUMPTIONS = {
    CONFIDENCE_BASED: "holds while calibration holds; a change of what classes look like is not seen",
    PREDICTION_POWERED: "holds where the labelled answers were drawn at random and their labels are right; calibration "
    "may have drifted",
    REALISED: "holds where the labelled answers were drawn at random and their labels are right",
}
"""Method -> what has to be so for its interval to hold; printed wherever the number is."""


@dataclass(frozen=True)
class Estimate:
    """A number about answers whose classes nobody has, or few.

    Attributes:
        metric: name as in the evidence: "accuracy", "macro_f1".
        value: None where nothing can be said.
        lower: end of the interval; None where there is none.
        upper: likewise.
        method: of `METHODS`.
        n: answers that it is about.
        labels: of them whose class is known.
        keys: that sent them; pictures of one key are not independent.
        assumption: what has to hold.
        how: how the interval was made, or why there is none.
        confidence: level of the interval.
    """

    metric: str
    value: float | None
    lower: float | None
    upper: float | None
    method: str
    n: int
    labels: int
    keys: int
    assumption: str
    how: str
    confidence: float = 0.95

    @property
    def measurement(self) -> Measurement:
        """The same as the evidence has its numbers."""
        return Measurement(self.value, self.lower, self.upper, self.n, self.how)


@dataclass(frozen=True)
class Estimates:
    """Everything that is said about the answers of one window.

    Attributes:
        estimates: one for each metric and method.
        notes: what has to be kept in mind.
    """

    estimates: tuple[Estimate, ...]
    notes: tuple[str, ...] = ()

    def of(self, metric: str, method: str) -> Estimate | None:
        """The estimate of a metric by a method; None where there is none."""
        return next((each for each in self.estimates if (each.metric, each.method) == (metric, method)), None)

    def save_json(self, path: Path) -> None:
        """Write everything, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, path: Path) -> Estimates:
        """Read what `save_json` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "list of estimates", schema=SCHEMA_VERSION)
