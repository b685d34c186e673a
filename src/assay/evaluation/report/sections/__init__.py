"""The sections of the report, in the order of the page."""

from __future__ import annotations

from assay.evaluation.report.section import Section
from assay.evaluation.report.sections import (
    calibration,
    classes,
    confusion,
    cost,
    environment,
    findings,
    generators,
    learning,
    memorisation,
    mistakes,
    numbers,
    ood,
    ranking,
    reject,
    robustness,
)

SECTIONS: tuple[Section, ...] = (
    findings.SECTION,
    generators.SECTION,
    mistakes.SECTION,
    confusion.SECTION,
    classes.SECTION,
    calibration.SECTION,
    ranking.SECTION,
    reject.SECTION,
    ood.SECTION,
    robustness.SECTION,
    learning.SECTION,
    memorisation.SECTION,
    cost.SECTION,
    numbers.SECTION,
    environment.SECTION,
)
