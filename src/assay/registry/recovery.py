"""Recovery: what a kill left half written in the registry is finished where the history has it, undone where not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.registry.aliases import RegisteredAliases, registered, write_aliases, write_head
from assay.registry.audit import history_findings
from assay.registry.history import OVERRIDE, PROMOTION, Entry
from assay.registry.state import last_move, state_of
from assay.registry.versions import PENDING, STATE, delete_version, mark_promoted, versions

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

DAMAGED = "the history does not hold, so nothing half written was finished or undone; see assay history --verify"


def recover(store: TrackingStore, model: str, entries: Sequence[Entry]) -> list[str]:
    """Finish or undo; the caller holds the model's registry alone.

    The entry is what decides: a promotion whose entry is there has happened, and its aliases are written now; a version
    without an entry has not been promoted, and is taken away.

    Args:
        store: whose registry is written.
        model: name of the registered model.
        entries: of its history.

    Returns:
        What was done, as sentences; empty where nothing was left.
    """
    aliases = registered(store, model)
    if not aliases.exists:
        return []
    if history_findings(entries, aliases.head):
        return [f"{model}: {DAMAGED}"]
    return [*_finished(store, model, entries, aliases), *_undone(store, model, entries, aliases)]


def apply(store: TrackingStore, model: str, entries: Sequence[Entry]) -> None:
    """Make the registry say what the last moving entry says; again changes nothing."""
    move = last_move(entries)
    if move is None:
        return
    write_aliases(store, model, state_of(entries))
    if move.kind in (PROMOTION, OVERRIDE):
        mark_promoted(store, model, move.champion)


def advance_head(store: TrackingStore, model: str, entries: Sequence[Entry]) -> None:
    """Note the last entry in the registry, unless what it has noted does not fit the history."""
    aliases = registered(store, model)
    if entries and aliases.head != entries[-1].head and not history_findings(entries, aliases.head):
        write_head(store, model, entries[-1].head)


def _finished(store: TrackingStore, model: str, entries: Sequence[Entry], aliases: RegisteredAliases) -> list[str]:
    move = last_move(entries)
    sentences = []
    if move is not None and aliases.applied < move.number:
        apply(store, model, entries)
        sentences = [
            f"{model}: entry {move.number} ({move.kind} by {move.author}, {move.time[:19]}Z) was interrupted before "
            f"the aliases were written; it is finished now: champion is version {move.champion}"
        ]
    elif move is not None and move.kind in (PROMOTION, OVERRIDE):
        version = versions(store, model).get(move.champion)
        if version is not None and version.tags.get(STATE) == PENDING:
            mark_promoted(store, model, move.champion)
    advance_head(store, model, entries)
    return sentences


def _undone(store: TrackingStore, model: str, entries: Sequence[Entry], aliases: RegisteredAliases) -> list[str]:
    named = {*(entry.champion for entry in entries if entry.moves), *aliases.aliases.values()}
    sentences = []
    for number, version in versions(store, model).items():
        if version.tags.get(STATE) == PENDING and number not in named:
            delete_version(store, model, number)
            sentences.append(
                f"{model}: version {number} (run {version.run_id}) was registered, but its promotion was interrupted "
                "before it counted; it is taken away, its bundle stays with the run"
            )
    return sentences
