"""Budget: what runs have spent in a period, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from assay.retraining.job import JobRun
from assay.retraining.settings import PERIODS, RetrainSettings
from assay.store.ids import as_time

KINDS = ("hours", "pictures", "downloads")


def spent(runs: Sequence[JobRun], period: timedelta, at: datetime) -> dict[str, float]:
    """What runs have spent that were begun in a period that ends now.

    Args:
        runs: of a job.
        period: its length.
        at: the present.
    """
    since = as_time(at - period)
    counted = [run.cost for run in runs if run.started > since]
    return {kind: round(sum(cost.get(kind, 0) for cost in counted), 6) for kind in KINDS}


def left_of(settings: RetrainSettings, runs: Sequence[JobRun], at: datetime) -> dict[str, float]:
    """What is left of each limit, 0 at least; what has no limit is missing."""
    used = spent(runs, PERIODS[settings.period], at)
    limits: Mapping[str, float | None] = {kind: getattr(settings, kind) for kind in KINDS}
    return {kind: max(0.0, round(limit - used[kind], 6)) for kind, limit in limits.items() if limit is not None}


def exhausted(settings: RetrainSettings, runs: Sequence[JobRun], at: datetime) -> tuple[str, str]:
    """Why no step may begin for want of hours, and when the oldest that counts has left the period; ("", "") where may.

    Pictures and downloads are limits of the steps that add them, which are handed what is left; training does not stop
    for them.
    """
    left = left_of(settings, runs, at)
    if left.get("hours", 1) > 0:
        return "", ""
    period = PERIODS[settings.period]
    counted = sorted(run.started for run in runs if run.started > as_time(at - period) and run.cost.get("hours", 0) > 0)
    frees = as_time(datetime.fromisoformat(counted[0]) + period) if counted else ""
    return f"budget: the {settings.hours:g} hours of a {settings.period} are spent", frees
