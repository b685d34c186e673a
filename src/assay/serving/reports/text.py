"""A report as text: for a terminal, and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from assay.output import single_line
from assay.serving.reports.record import ReportTable, ServiceReport

MOST = 40
"""Rows of a table on a terminal; the file has all."""


def report_lines(report: ServiceReport, *, most: int | None = None) -> Iterator[str]:
    """The report, line by line.

    Args:
        report: that is shown.
        most: rows of each table; None for all.
    """
    yield report.title
    yield "=" * len(report.title)
    width = max(map(len, report.facts), default=0)
    for name, words in report.facts.items():
        yield f"{name:<{width}}  {single_line(words)}"
    yield from ("", *report.summary) if report.summary else ()
    for table in report.tables:
        yield ""
        yield table.title
        yield "-" * len(table.title)
        if table.lead:
            yield table.lead
        yield from _rows(table, most)
    for note in report.notes:
        yield ""
        yield f"• {note}"


def _rows(table: ReportTable, most: int | None) -> Iterator[str]:
    shown = table.rows if most is None else table.rows[-most:] if table.figure == "days" else table.rows[:most]
    heads = [column.label for column in table.columns]
    cells = [
        [single_line(column.shown(cell)) for column, cell in zip(table.columns, row, strict=True)] for row in shown
    ]
    widths = [max(len(line[place]) for line in (heads, *cells)) for place in range(len(heads))]

    def line(words: list[str]) -> str:
        parts = [
            word.ljust(width) if column.digits is None else word.rjust(width)
            for word, width, column in zip(words, widths, table.columns, strict=True)
        ]
        return "  ".join(parts).rstrip()

    yield line(heads)
    yield from map(line, cells)
    if len(shown) < len(table.rows):
        yield f"… {len(table.rows) - len(shown):,} more rows are on the page and in the tables"
