"""watcher: the one that watches the champion has looked when it was to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, broken, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation

LATE = 2
"""Intervals without a look, after which the watcher does not run."""
START = "assay watch once; where a timer is to call it: systemctl enable --now assay-watch.timer"


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    from assay.monitoring.look import FAILED, last_look, looks

    if reason := installation.lacks("watch_looks"):
        yield absent(reason)
        return
    with installation.reading() as connection:
        done, newest = last_look(connection), looks(connection, limit=1)
    if not newest:
        yield absent("nobody has watched yet (assay watch once)")
        return
    if newest[0].state == FAILED:
        yield warning(f"the look of {shown(newest[0].time)} has failed: {newest[0].error}", START)
    if done is None:
        yield broken(f"no look has ended since {shown(newest[0].time)}", START)
        return
    ago = installation.now - datetime.fromisoformat(done.time)
    interval = timedelta(seconds=done.every)
    sentence = f"the watcher looked last on {shown(done.time)}, and is to look every {interval}"
    yield broken(sentence, START) if ago > LATE * interval else ok(sentence)


def shown(time: str) -> str:
    """A time of the store for people: 2026-11-02 08:00 UTC."""
    return f"{time[:10]} {time[11:16]} UTC"


CHECK = HealthCheck("watcher", "The watcher looks when it is to", _examine)
