"""The sections of the report, in the order of the page; those of installed packages come last."""

from __future__ import annotations

from assay.entry_points import installed_beside
from assay.evaluation.report.section import Section
from assay.evaluation.report.sections import (
    calibration,
    classes,
    confusion,
    cost,
    delivery,
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
    delivery.SECTION,
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
GROUP = "assay.report_sections"
"""Entry points of packages with sections of their own: `NAME = "package.module:SECTION"`."""


def all_sections() -> tuple[Section, ...]:
    """Assay's own, then those of installed packages, by name.

    Raises:
        ConfigError: an entry point gives something else.
    """
    must_be = "a Section of the report with a key of its own"
    return (*SECTIONS, *installed_beside(SECTIONS, GROUP, Section, lambda section: section.key, must_be=must_be))
