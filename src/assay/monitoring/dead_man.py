"""Dead man's switch: nobody has asked for a day, or nobody has watched for two intervals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from assay.monitoring.alert import DEAD_MAN, Cause
from assay.monitoring.look import last_look
from assay.store.ids import as_time
from assay.store.prediction_log import GIVEN
from assay.store.tables import PREDICTIONS
from assay.store.watch_tables import WATCH_LOOKS

QUIET_HOURS = 24.0
"""Without an answer, after which somebody is told."""
LATE = 2
"""Intervals without a look, after which the watcher does not run."""
PREDICTIONS_CAUSE, WATCHER_CAUSE = "dead_man/predictions", "dead_man/watcher"
NEVER_FINDING, PREDICTIONS_FINDING, WATCHER_FINDING = "dead_man.never", "dead_man.predictions", "dead_man.watcher"


@dataclass(frozen=True)
class Pulse:
    """When something happened last.

    Attributes:
        prediction: UTC, when an answer was given last; "" for never.
        look: UTC, when a look was done last; "" for never.
        first_look: UTC, when the first one was begun; "" for never.
        every: seconds between two looks, as the last one says; 0 where there is none.
        at: the present, UTC.
    """

    prediction: str
    look: str
    first_look: str
    every: int
    at: str

    @property
    def prediction_seconds(self) -> float | None:
        """Since the last answer; None where there is none."""
        return seconds_between(self.prediction, self.at) if self.prediction else None

    @property
    def look_seconds(self) -> float | None:
        """Since the last look; None where there is none."""
        return seconds_between(self.look, self.at) if self.look else None

    @property
    def is_late(self) -> bool:
        """Whether the watcher does not run: its last look is two intervals ago."""
        return self.look_seconds is not None and self.look_seconds > LATE * self.every


def pulse(connection: Connection, *, at: datetime) -> Pulse:
    """When an answer was given and when the watcher looked last.

    Args:
        connection: that may read.
        at: the present.
    """
    newest = connection.scalar(select(func.max(PREDICTIONS.c.time)).where(GIVEN)) or ""
    first, last = connection.scalar(select(func.min(WATCH_LOOKS.c.time))) or "", last_look(connection)
    return Pulse(newest, last.time if last else "", first, last.every if last else 0, as_time(at))


def dead_man_causes(now: Pulse, *, quiet_hours: float = QUIET_HOURS) -> tuple[Cause, ...]:
    """What has stopped.

    Args:
        now: before this look, so that a watcher that comes back says how long it was away.
        quiet_hours: without an answer, after which somebody is told; infinite for never.
    """
    causes = []
    if now.prediction:
        hours = (now.prediction_seconds or 0.0) / 3600
        if hours > quiet_hours:
            values = {"hours": round(hours, 1), "last": now.prediction}
            sentence = f"no answer was given for {hours:.0f} hours, the last one on {shown(now.prediction)}"
            causes.append(Cause(PREDICTIONS_CAUSE, DEAD_MAN, PREDICTIONS_FINDING, values, sentence))
    elif now.first_look and seconds_between(now.first_look, now.at) > 3600 * quiet_hours:
        values = {"since": now.first_look}
        sentence = f"no answer was ever given, and the log has been watched since {shown(now.first_look)}"
        causes.append(Cause(PREDICTIONS_CAUSE, DEAD_MAN, NEVER_FINDING, values, sentence))
    if now.is_late:
        hours, every = (now.look_seconds or 0.0) / 3600, now.every / 3600
        values = {"hours": round(hours, 1), "every": round(every, 2), "last": now.look}
        sentence = (
            f"the watcher did not look for {hours:.1f} hours, the last time on {shown(now.look)}; it is to look "
            f"every {every:g} hours"
        )
        causes.append(Cause(WATCHER_CAUSE, DEAD_MAN, WATCHER_FINDING, values, sentence))
    return tuple(causes)


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one time of the store to another."""
    return (_moment(later) - _moment(earlier)) / timedelta(seconds=1)


def shown(time: str) -> str:
    """A time of the store for people: 2026-11-02 08:00 UTC."""
    return f"{time[:10]} {time[11:16]} UTC"


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time.replace("Z", "+00:00")).astimezone(UTC)
