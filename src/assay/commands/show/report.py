"""What `assay report` shows: a path, for a person or for `$(assay report)`, or a report of the service."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.housekeeping.report_page import FoundReport
from assay.housekeeping.request import ReportRequest
from assay.output import say
from assay.serving.reports.record import ServiceReport
from assay.serving.reports.text import MOST, report_lines


def text(result: FoundReport, request: ReportRequest) -> None:
    """Print the report or the path, and open the page where that was asked for."""
    if result.written is None:
        say(str(result.page))
    else:
        for line in report_lines(result.written.report, most=MOST):
            say(line)
        say(f"\npage    {result.page}\ntables  report.json · report.csv · report.txt beside it")
    if request.open and not webbrowser.open(result.page.as_uri()):
        say(f"no browser could be started here; open {result.page.as_uri()}", to_stderr=True)


def document(result: FoundReport, request: ReportRequest) -> dict[str, Any]:
    """The path with the run's id, or the report with its folder."""
    if result.written is not None:
        return {"folder": result.written.folder, "report": result.written.report}
    return {"run": result.page.parent.name, "report": result.page}


def rows(result: FoundReport, request: ReportRequest) -> list[dict[str, Any]]:
    """Every cell of the report, or one row for a run."""
    return list(_cells(result.written.report)) if result.written is not None else [_of_run(result.page)]


def _cells(report: ServiceReport) -> Iterator[dict[str, Any]]:
    yield from report.rows()


def _of_run(page: Path) -> dict[str, Any]:
    return {"run": page.parent.name, "report": page}
