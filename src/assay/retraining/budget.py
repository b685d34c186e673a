"""Budget: what runs have spent in a period, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from assay.retraining.job import JobRun
from assay.retraining.rows import runs
from assay.retraining.settings import PERIODS, RetrainSettings
from assay.store.ids import as_time

KINDS = ("hours", "pictures", "downloads")


def counted_runs(connection: Connection, job: str, settings: RetrainSettings, at: datetime) -> list[JobRun]:
    """Runs of a job that were begun in the period of its budget, which ends now."""
    return runs(connection, job, since=as_time(at - PERIODS[settings.period]))


def spent(counted: Sequence[JobRun]) -> dict[str, float]:
    """What runs have spent.

    Args:
        counted: of `counted_runs`.
    """
    return {kind: round(sum(run.cost.get(kind, 0) for run in counted), 6) for kind in KINDS}


def left_of(settings: RetrainSettings, counted: Sequence[JobRun]) -> dict[str, float]:
    """What is left of each limit, 0 at least; what has no limit is missing."""
    used = spent(counted)
    limits: Mapping[str, float | None] = {kind: getattr(settings, kind) for kind in KINDS}
    return {kind: max(0.0, round(limit - used[kind], 6)) for kind, limit in limits.items() if limit is not None}


def exhausted(settings: RetrainSettings, counted: Sequence[JobRun]) -> tuple[str, str]:
    """Why no step may begin for want of hours, and when the oldest that counts has left the period; ("", "") where may.

    Pictures and downloads are limits of the steps that add them, which are handed what is left; training does not stop
    for them.
    """
    if left_of(settings, counted).get("hours", 1) > 0:
        return "", ""
    begun = sorted(run.started for run in counted if run.cost.get("hours", 0) > 0)
    frees = as_time(datetime.fromisoformat(begun[0]) + PERIODS[settings.period]) if begun else ""
    return f"budget: the {settings.hours:g} hours of a {settings.period} are spent", frees
