"""The table at the end of a multirun: its jobs, what came out, and their runs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from assay.evaluation.catalogue import metric
from assay.pages.numbers import shown
from assay.tracking.read import RunRecord
from assay.tracking.tags import JOB

HEADLINES = ("test/macro_f1", "calibrated/val/macro_f1")


def jobs_table(words: Sequence[str], states: Sequence[str], records: Sequence[RunRecord]) -> Table:
    """One row for each job, in order.

    Args:
        words: overrides that tell each job from the others.
        states: how each ended.
        records: children of the multirun; a job that died before its run began has none.
    """
    started = sorted(records, key=lambda record: record.started)
    runs = {record.tags[JOB]: record for record in started if JOB in record.tags}
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("job", justify="right")
    table.add_column("overrides", overflow="fold")
    table.add_column(metric("macro_f1").label, justify="right")
    table.add_column("run", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for number, (overrides, state) in enumerate(zip(words, states, strict=True), 1):
        record = runs.get(str(number))
        table.add_row(str(number), overrides, _headline(record), record.run_id[:8] if record else "", state)
    return table


def _headline(record: RunRecord | None) -> str:
    metrics = {} if record is None else record.metrics
    name = next((name for name in HEADLINES if name in metrics), None)
    return "" if name is None else shown(metrics[name]) + ("" if name.startswith("test/") else " on val")
