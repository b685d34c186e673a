"""Signals: what is new since a job last learned: reviewed labels, and alerts that are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class OpenAlert:
    """An alert that nobody has resolved.

    Attributes:
        id: of it.
        kind: what it is about: "drift", …
        opened: UTC.
        command: what is typed to have its pictures reviewed.
    """

    id: str
    kind: str
    opened: str
    command: str


@dataclass(frozen=True)
class Signals:
    """What there is to learn from, and what asks for it.

    Attributes:
        labels: UTC times at which the new labels were reviewed, sorted. A label is new where it is newer than what the
            job last learned from, and in no set that was trained on or tested on.
        alerts: that are open, the oldest first.
    """

    labels: tuple[str, ...] = ()
    alerts: tuple[OpenAlert, ...] = ()

    def since(self, moment: str) -> tuple[str, ...]:
        """Times of the new labels after a moment."""
        return tuple(time for time in self.labels if time > moment)


def signals_of(times: Sequence[str], alerts: Sequence[OpenAlert]) -> Signals:
    """Signals of times and alerts in any order."""
    return Signals(tuple(sorted(times)), tuple(sorted(alerts, key=lambda alert: (alert.opened, alert.id))))
