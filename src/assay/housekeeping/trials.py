"""Trials of sweeps that have ended: which are the best, and what the files of the others take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assay.disk import disk_use
from assay.errors import TrackingError
from assay.housekeeping.listed_runs import kind_of
from assay.housekeeping.needed import Needs
from assay.housekeeping.removable import Removable
from assay.tracking.listing import children_of, list_runs
from assay.tracking.run_disk import artifacts_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

TRIALS = "files of trials"
TABLE = "tables/trials.json"
BEST = "best/"


def trial_files(store: TrackingStore, needs: Needs, keep: int) -> tuple[list[Removable], list[Removable]]:
    """Files of the trials of ended sweeps, but of the best ones; params, metrics and tags of all stay.

    Args:
        store: that records the sweeps.
        needs: what needs runs.
        keep: how many of the best trials of each sweep keep their files; of a search for several metrics, the whole
            Pareto front does.

    Returns:
        What could go, and what stays because something needs it.
    """
    could: list[Removable] = []
    staying: list[Removable] = []
    for sweep in list_runs(store):
        if kind_of(sweep) != "sweep" or sweep.status == "RUNNING":
            continue
        trials = {record.run_id: record for record in children_of(store, sweep.run_id)}
        best = best_trials(sweep, trials, keep)
        for run_id, record in trials.items():
            paths = tuple(path for path in (record.folder, artifacts_folder(record)) if path is not None)
            removable = Removable(TRIALS, f"{record.name} ({run_id[:8]})", paths, disk_use(*paths), run_id)
            if run_id in best or removable.use.size == 0:
                continue
            needed = needs.of(record)
            (staying if needed else could).append(removable)
    return could, staying


def best_trials(sweep: RunRecord, trials: Collection[str], keep: int) -> set[str]:
    """Run ids of the best trials of a sweep, by the table that it has recorded.

    Args:
        sweep: its parent run.
        trials: run ids of all its trials.
        keep: how many; where several metrics were searched for, or nobody knows which side is better, every trial that
            the sweep calls one of the best.

    Returns:
        All trials where the sweep left no table: then nothing of them goes.
    """
    try:
        content = json.loads(sweep.file(TABLE).read_text(encoding="utf-8"))
        rows = [dict(zip(content["columns"], row, strict=True)) for row in content["data"]]
    except (TrackingError, OSError, ValueError, KeyError):
        return set(trials)
    complete = [row for row in rows if row["state"] == "complete" and row["run_id"]]
    named = _named_best(sweep)
    front = {str(row["run_id"]) for row in complete if row["trial"] in named}
    metrics = [name.removeprefix(BEST) for name in sweep.metrics if name.startswith(BEST)]
    if len(metrics) != 1:
        return front if keep else set()
    return {str(row["run_id"]) for row in _ranked(complete, metrics[0], sweep.metrics)[:keep]}


def _ranked(rows: list[dict[str, Any]], metric: str, known: Mapping[str, float]) -> list[dict[str, Any]]:
    """The best first; whether more is better shows in the value that the sweep calls its best."""
    values = [float(row[metric]) for row in rows]
    best = known[f"{BEST}{metric}"]
    more = abs(max(values, default=best) - best) <= abs(min(values, default=best) - best)
    return sorted(rows, key=lambda row: (-float(row[metric]) if more else float(row[metric]), row["trial"]))


def _named_best(sweep: RunRecord) -> set[int]:
    """Numbers of the trials in the tag `assay.best`, `3: lr=0.1; 7: lr=0.2`."""
    starts = (part.partition(":")[0].strip() for part in sweep.tags.get("assay.best", "").split(";"))
    return {int(start) for start in starts if start.isdigit()}
