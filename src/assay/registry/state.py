"""State: who reigns, as the history says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assay.deploy.mlflow.sealed_entry import OVERRIDE, PROMOTION
from assay.registry.history import HistoryEntry


@dataclass(frozen=True)
class Reigning:
    """A version that is champion, or was.

    Attributes:
        version: of the registered model.
        run_id: that it was made by; "" where nobody knows.
        source: what holds it, `models:/m-…`.
        bundle_digest: of its bundle; "" for a version that was registered by other means and accepted.
        test_digest: of the test images that it was judged on; "" where nobody knows.
    """

    version: str
    run_id: str
    source: str
    bundle_digest: str
    test_digest: str


@dataclass(frozen=True)
class State:
    """Who reigns.

    Attributes:
        champion: None when nobody has been promoted.
        previous: version that reigned before, "" for none.
        mark: number of the last entry that moved the champion, 0 for none; whoever writes on says which one he saw.
    """

    champion: Reigning | None
    previous: str
    mark: int


def last_move(entries: Sequence[HistoryEntry]) -> HistoryEntry | None:
    """The last entry that says who is champion."""
    return next((entry for entry in reversed(entries) if entry.moves), None)


def state_of(entries: Sequence[HistoryEntry]) -> State:
    """Who reigns after these entries."""
    move = last_move(entries)
    if move is None:
        return State(None, "", 0)
    return State(reigning_in(move), str(move.values.get("previous") or ""), move.number)


def reigning_in(move: HistoryEntry) -> Reigning | None:
    """Who is champion from this entry on."""
    version: Any = move.values.get("champion")
    if not isinstance(version, dict):
        return None
    return Reigning(*(str(version.get(name) or "") for name in Reigning.__dataclass_fields__))


def promoted(entries: Sequence[HistoryEntry]) -> dict[str, HistoryEntry]:
    """Version -> the entry that promoted it, in the order of their promotions."""
    return {entry.champion: entry for entry in entries if entry.kind in (PROMOTION, OVERRIDE) and entry.champion}


def let_through(entries: Sequence[HistoryEntry], version: str) -> str:
    """Who let a version pass that the gate refused, and why, as `Ada: the camera was replaced`; "" for any other."""
    entry = promoted(entries).get(version)
    if entry is None or entry.kind != OVERRIDE:
        return ""
    override = entry.values.get("override") or {}
    return f"{override.get('by', entry.author)}: {override.get('reason', '')}"
