"""The sections of the report, in the order of the page; those of installed packages come last."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from assay.errors import ConfigError
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
GROUP = "assay.report_sections"
"""Entry points of packages with sections of their own: `NAME = "package.module:SECTION"`."""


def all_sections() -> tuple[Section, ...]:
    """Assay's own, then those of installed packages, by name.

    Raises:
        ConfigError: an entry point gives something else.
    """
    return (*SECTIONS, *map(_section, sorted(entry_points(group=GROUP), key=lambda entry: entry.name)))


def _section(entry: EntryPoint) -> Section:
    section = entry.load()
    if not isinstance(section, Section) or any(section.key == own.key for own in SECTIONS):
        raise ConfigError(f"{entry.value}: must be a Section of the report with a key of its own, got {section!r}")
    return section
