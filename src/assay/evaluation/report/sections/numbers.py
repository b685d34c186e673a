"""Every number with its interval and how it was made."""

from __future__ import annotations

from typing import Any

from assay.evaluation.catalogue import metric
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject


def _values(subject: Subject) -> dict[str, Any]:
    metrics = subject.evidence.metrics
    return {"metrics": [(name, measured, metric(name)) for name, measured in metrics.items()]}


SECTION = Section("numbers", "All metrics", _values)
