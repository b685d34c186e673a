"""What the terminal shows of a drift report: the headline, causes, and each test with what could have been seen."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from rich.table import Table

from assay.monitoring.drift.page import facts
from assay.monitoring.drift.report import COLUMNS
from assay.output import say, single_line
from assay.serving.watch.drift_report import PAGE, DriftReportResult
from assay.terminal import terminal


def text(result: DriftReportResult) -> None:
    """Print it."""
    report = result.report
    say(report.headline)
    say()
    for name, value in {"bundle": result.name, **facts(report)}.items():
        say(f"{name:<16}{value}")
    for cause in report.causes:
        say(f"{'cause':<16}{cause.words}")
    for note in report.notes:
        say(f"{'mind':<16}{note}")
    words = " ".join((report.headline, *(cause.words for cause in report.causes), *report.notes))
    for client, key in result.clients.items():
        if re.search(rf"\b{client}\b", words, re.IGNORECASE):
            say(f"{client:<16}{single_line(key)}")
    if report.tests:
        table = Table()
        for head in ("test", "effect", "p, Holm", "would have been seen (power .8)"):
            table.add_column(head, overflow="fold")
        for test in report.tests:
            effect = "" if test.p is None else f"{test.effect_name} {test.effect:.3f}"
            p = "" if test.p is None else f"{test.p_holm:.3g}"
            table.add_row(test.label, effect, p, test.seen, style="bold" if test.significant else "")
        terminal().print(table)
    say(f"{'page':<16}{result.folder / PAGE}")


def document(result: DriftReportResult) -> dict[str, Any]:
    """The same as JSON values."""
    return {"name": result.name, "folder": result.folder, **asdict(result.report)}


def rows(result: DriftReportResult) -> list[dict[str, Any]]:
    """One row for each test."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in result.report.rows()]
