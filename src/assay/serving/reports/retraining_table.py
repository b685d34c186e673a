"""Retrainings in a report: each with its reason, what it cost, and what came of it."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from assay.serving.reports.record import Cell, ReportColumn, ReportTable, report_table
from assay.store.retrain_tables import RETRAIN_RUNS

_RUNS = RETRAIN_RUNS.c


def retraining_tables(connection: Connection) -> list[ReportTable]:
    """Every retraining that was due, also one that was skipped, the oldest first; [] where there was none.

    Args:
        connection: that may read.
    """
    names = ("job", "slot", "trigger", "state", "reason", "verdict", "started", "ended", "cost")
    runs = connection.execute(select(*(_RUNS[name] for name in names)).order_by(_RUNS.slot, _RUNS.job)).all()
    if not runs:
        return []
    columns = (
        ReportColumn("run", "slot and job"),
        *(ReportColumn(name, name) for name in ("trigger", "state", "reason", "verdict", "started", "ended", "cost")),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            f"{run.slot[:16]}Z {run.job}",
            *(str(getattr(run, name)) for name in ("trigger", "state", "reason", "verdict")),
            run.started[:16],
            run.ended[:16],
            _in_words(run.cost),
        )
        for run in runs
    ]
    return [report_table("retrainings", "Retrainings", columns, rows)]


def _in_words(cost: str) -> str:
    values = json.loads(cost) if cost else {}
    return ", ".join(f"{name} {value:g}" for name, value in sorted(values.items()) if isinstance(value, (int, float)))
