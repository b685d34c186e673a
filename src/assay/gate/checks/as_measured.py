"""AsMeasured: what the bundle answers now is what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.config.bounds import Between
from assay.evaluation.catalogue import names_on
from assay.evaluation.measure import in_order
from assay.gate.case import Case
from assay.gate.check import Check, Finding


@dataclass(frozen=True)
class AsMeasured(Check):
    """The answers of now against the recorded ones, and the metrics computed from them against the evidence file.

    Attributes:
        tolerance: of each probability, absolute; another machine rounds in another way.
        metric_tolerance: of each metric, absolute.
    """

    hard: ClassVar[bool] = True
    stricter: ClassVar[dict[str, str]] = {"tolerance": "lower", "metric_tolerance": "lower"}
    tolerance: Annotated[float, Between(0, 0.1)] = 1e-3
    metric_tolerance: Annotated[float, Between(0, 0.1)] = 5e-3

    @property
    def asked(self) -> str:
        """What is asked for."""
        return f"The bundle answers now as it was measured: probabilities within {self.tolerance:g}"

    def evaluate(self, case: Case) -> Finding:
        """Compare both."""
        candidate = case.candidate
        bundle = candidate.bundle
        now, then = in_order(candidate.predictions), in_order(bundle.measured)
        if len(now) != len(then) or (now.ids != then.ids).any():
            return Finding(False, "the recorded predictions are about other images than the run's test images")
        if (now.labels != then.labels).any():
            changed = int((now.labels != then.labels).sum())
            return Finding(False, f"{changed} labels of the recorded predictions are not those of the images")
        probabilities = bundle.predictor.probabilities
        away = np.abs(probabilities(now) - probabilities(then)).max(axis=1)
        if not float(away.max()) <= self.tolerance:
            far = int((~(away <= self.tolerance)).sum())
            return Finding(False, f"{far:,} of {len(now):,} answers differ, by up to {float(away.max()):.3g}")
        filed, computed = bundle.evidence, candidate.evidence
        if filed.n != computed.n:
            return Finding(False, f"the evidence speaks of {filed.n:,} images, there are {computed.n:,}")
        metrics = names_on("recheck")
        for name in metrics:
            measured = filed.metrics.get(name)
            old, new = measured.value if measured else None, computed.metrics[name].value
            if old is None or new is None or not abs(old - new) <= self.metric_tolerance:
                shown = "nothing" if old is None else f"{old:.4f}"
                value = "nothing" if new is None else f"{new:.4f}"
                return Finding(False, f"the evidence says {name} {shown}, the answers give {value}")
        for row, now_row in zip(filed.per_class, computed.per_class, strict=True):
            old, new = row.f1.value, now_row.f1.value
            if row.name != now_row.name or (old is None) != (new is None):
                return Finding(False, f"the evidence of class {row.name} does not fit the answers")
            if old is not None and new is not None and not abs(old - new) <= self.metric_tolerance:
                return Finding(False, f"the evidence says F1 of {row.name} {old:.4f}, the answers give {new:.4f}")
        return Finding(True, f"{len(now):,} answers within {float(away.max()):.1e}, {len(metrics)} metrics the same")
