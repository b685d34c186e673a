"""The page of a report."""

from __future__ import annotations

from pathlib import Path

from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates
from assay.serving.reports.figures import figures_of
from assay.serving.reports.record import ReportTable, ServiceReport

MOST = 400
"""Rows of a table on the page; JSON and CSV have all."""


def write_page(path: Path, report: ServiceReport) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        report: that it shows.
    """
    environment = templates("assay.serving.reports")
    sections = [(table, [to_svg(figure) for figure in figures_of(table)], _bars(table)) for table in report.tables]
    save_page(path, environment, "service_report.html.j2", report=report, sections=sections, most=MOST)


def _bars(table: ReportTable) -> int | None:
    """Place of the column that is drawn as bars in the table; None for none."""
    if table.figure != "parts":
        return None
    return next((place for place, column in enumerate(table.columns) if column.name == "share"), None)
