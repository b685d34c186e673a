"""Section: one part of the report, with its place in the page and its figures as pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assay.evaluation.report.subject import Subject
from assay.pages.canvas import Canvas


def _no_figures(subject: Subject) -> Mapping[str, Canvas]:
    return {}


@dataclass(frozen=True)
class Section:
    """One part of the report.

    Attributes:
        key: its anchor, and the name of its template in `templates/sections`.
        title: its name in the list at the top of the page.
        values: what its template is filled with, beside `evidence` and `level`; None leaves the section out.
        figures: name -> canvas, written as PNG files beside the page.
        package: in whose folder `templates` the template lies.
    """

    key: str
    title: str
    values: Callable[[Subject], Mapping[str, Any] | None]
    figures: Callable[[Subject], Mapping[str, Canvas]] = _no_figures
    package: str = "assay.evaluation.report"
