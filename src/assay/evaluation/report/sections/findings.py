"""Summary: what the numbers say, and the caveats."""

from __future__ import annotations

from typing import Any

from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.evaluation.report.words import findings


def _values(subject: Subject) -> dict[str, Any]:
    return {"findings": findings(subject.evidence)}


SECTION = Section("findings", "Summary", _values)
