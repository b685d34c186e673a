"""The report: `report.html` to look at, and its figures as PNG; what is not asked for is not imported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.evaluation.report.figures import write_figures
    from assay.evaluation.report.run_page import write_report
    from assay.evaluation.report.subject import Subject

__all__ = ["Subject", "write_figures", "write_report"]

_WHERE = {"Subject": "subject", "write_figures": "figures", "write_report": "run_page"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
