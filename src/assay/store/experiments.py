"""Experiments as the audit trail has them: when one began, with what, and when and why it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from assay.store.tables import TRAIL
from assay.store.trail import Personal, append_lines

STARTED, STOPPED, ENDED = "experiment started", "experiment stopped", "experiment ended"
"""Kinds of lines. It goes on from a start to the end of the service, and from the next start on; never after a stop."""


@dataclass(frozen=True)
class ExperimentLine:
    """A line of the trail about an experiment.

    Attributes:
        number: of the line.
        time: UTC.
        kind: `STARTED`, `STOPPED` or `ENDED`.
        name: of the experiment.
        content: everything that was noted, as JSON values.
    """

    number: int
    time: str
    kind: str
    name: str
    content: Mapping[str, Any]


def note_experiment(
    connection: Connection, kind: str, name: str, content: Mapping[str, Any], actor: Personal | None = None
) -> None:
    """Add a line; nothing in its content is about anybody.

    Args:
        connection: in a transaction that may write.
        kind: `STARTED`, `STOPPED` or `ENDED`.
        name: of the experiment.
        content: JSON values.
        actor: who has done it; None for the service.
    """
    append_lines(connection, [(kind, {**content, "experiment": name}, actor)])


def experiment_lines(connection: Connection, name: str = "") -> list[ExperimentLine]:
    """Lines about an experiment, or about all of them, the oldest first.

    Args:
        connection: that may read.
        name: of the experiment; "" for all.
    """
    asked = select(TRAIL).where(TRAIL.c.kind.in_((STARTED, STOPPED, ENDED))).order_by(TRAIL.c.number)
    lines = [
        ExperimentLine(row.number, row.time, row.kind, str(content.get("experiment", "")), content)
        for row in connection.execute(asked)
        for content in [json.loads(row.content)]
    ]
    return [line for line in lines if name in ("", line.name)]


def stopped_since(connection: Connection, name: str, after: int) -> tuple[str, int]:
    """Why an experiment was stopped by a line after one, "" where it was not; and the last line of the trail.

    Args:
        connection: that may read.
        name: of the experiment.
        after: number of a line.
    """
    last = int(connection.scalar(select(func.max(TRAIL.c.number))) or 0)
    asked = select(TRAIL.c.content).where(TRAIL.c.number > after, TRAIL.c.number <= last, TRAIL.c.kind == STOPPED)
    stops = [json.loads(text) for text in connection.scalars(asked.order_by(TRAIL.c.number))]
    return next((str(each["why"]) for each in stops if each.get("experiment") == name), ""), last


def stopped_before(connection: Connection, name: str) -> str:
    """Why an experiment of this name was stopped; "" where it was not."""
    stops = [line for line in experiment_lines(connection, name) if line.kind == STOPPED]
    return str(stops[-1].content.get("why", "")) if stops else ""
