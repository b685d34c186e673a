"""The most confident errors, with their pictures."""

from __future__ import annotations

from typing import Any

from assay.evaluation.report.mistakes import most_confident_mistakes
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject


def _values(subject: Subject) -> dict[str, Any]:
    confusion = subject.evidence.confusion
    mistakes = most_confident_mistakes(
        subject.predictions, subject.probabilities, picture_of=subject.picture_of, samples=subject.samples
    )
    return {
        "mistakes": mistakes,
        "errors": int(confusion.sum() - confusion.trace()),
    }


SECTION = Section("mistakes", "Confident errors", _values)
