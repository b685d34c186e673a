"""Canaries as the audit trail has them: a candidate on its way to being champion, stage by stage, and how it ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, func, select

from assay.store.tables import TRAIL
from assay.store.trail import append_lines

CANARY = "canary"
"""Kind of the lines."""
SHADOW, SHARE, PASSED, ROLLED_BACK = "shadow", "share", "passed", "rolled back"
OPEN = (SHADOW, SHARE)
"""Stages in which a service lets the candidate look on, or answer a share of the keys."""
DIGITS = 12


@dataclass(frozen=True)
class Canary:
    """A candidate that is tried on what clients send.

    Attributes:
        id: of the retraining that made it.
        stage: of `OPEN`, "passed" or "rolled back".
        source: what names the candidate to a service: the id of its run.
        bundle: hex sha256 of the candidate.
        champion: hex sha256 of the bundle that it is compared with.
        share: of the keys that it answers in the stage "share".
        pictures: that it has to answer in this stage.
        why: it was rolled back, or ended; "" before.
    """

    id: str
    stage: str
    source: str
    bundle: str
    champion: str
    share: float
    pictures: int
    why: str = ""

    @property
    def experiment(self) -> str:
        """Name of the experiment of this stage, of which the keys are drawn and answers are counted."""
        return f"canary-{self.id[-DIGITS:]}-{self.stage}"

    @property
    def arm(self) -> str:
        """As which the candidate answers in this stage."""
        return "shadow" if self.stage == SHADOW else "challenger"


def note_canary(connection: Connection, canary: Canary) -> None:
    """Write a stage; the same again changes nothing.

    Args:
        connection: in a transaction that may write.
        canary: in its new stage.
    """
    if canary_of(connection, canary.id) != canary:
        append_lines(connection, [(CANARY, asdict(canary), None)])


def canary_of(connection: Connection, run: str) -> Canary | None:
    """The canary of a retraining, in its last stage; None where it has none."""
    return next((each for each in reversed(_canaries(connection, 0)) if each.id == run), None)


def newest_canary(connection: Connection, after: int = 0) -> tuple[Canary | None, int]:
    """The canary of which something was written last, behind a line; and the last line of the trail.

    Args:
        connection: that may read.
        after: number of a line, so that a service that looks every second reads what is new alone.
    """
    last = int(connection.scalar(select(func.max(TRAIL.c.number))) or 0)
    canaries = _canaries(connection, after)
    return (canaries[-1] if canaries else None), last


def _canaries(connection: Connection, after: int) -> list[Canary]:
    asked = select(TRAIL.c.content).where(TRAIL.c.number > after, TRAIL.c.kind == CANARY).order_by(TRAIL.c.number)
    known = {field.name for field in fields(Canary)}
    contents: list[dict[str, Any]] = [json.loads(text) for text in connection.scalars(asked)]
    return [Canary(**{name: value for name, value in each.items() if name in known}) for each in contents]
