"""Versions, hardware and digests behind the run."""

from __future__ import annotations

from typing import Any

from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject


def _values(subject: Subject) -> dict[str, Any]:
    return {"environment": subject.evidence.environment}


SECTION = Section("environment", "Provenance", _values)
