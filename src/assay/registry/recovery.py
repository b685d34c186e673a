"""Recovery: what a kill left half written in the registry is finished where the history has it, undone where not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.deploy.mlflow.sealed_entry import OVERRIDE, PROMOTION, ROLLBACK
from assay.registry.aliases import RegisteredAliases, registered, write_aliases, write_head
from assay.registry.audit import history_findings
from assay.registry.history import HistoryEntry
from assay.registry.state import last_move, state_of
from assay.registry.versions import PENDING, STATE, delete_version, mark_promoted, versions

if TYPE_CHECKING:
    from assay.registry.ledger import Begun, Ledger
    from assay.tracking.store import TrackingStore

DAMAGED = "the history does not hold, so nothing half written was finished or undone; see assay history --verify"


def recover(store: TrackingStore, model: str, ledger: Ledger) -> list[str]:
    """Finish or undo; the caller holds the model's registry alone.

    The history decides, and what it says to have begun: a promotion whose entry is there has happened, and its aliases
    are written now; a version without an entry has not been promoted, and is taken away. Nothing that the registry
    says of itself decides, because anybody may write tags: what stands elsewhere although nothing was begun was changed
    from outside, which the audit says.

    Args:
        store: whose registry is written.
        model: name of the registered model.
        ledger: of its history.

    Returns:
        What was done, as sentences; empty where nothing was left.
    """
    begun = ledger.begun(model)
    if begun is None or begun.recovered:
        return []
    entries, aliases = ledger.entries(model), registered(store, model)
    if not aliases.exists:
        return []
    if history_findings(entries, aliases.head):
        return [f"{model}: {DAMAGED}"]
    if begun.number:
        sentences = _finished(store, model, entries, begun)
    else:
        sentences = _undone(store, model, entries, aliases, begun.seal)
    last = last_move(entries)
    if begun.number and last is not None and last.kind == ROLLBACK:
        ledger.recovered(model)  # without a version to go to, asked for once more it would lead back
    else:
        ledger.finish(model)
    return sentences


def apply(store: TrackingStore, model: str, entries: Sequence[HistoryEntry]) -> None:
    """Make the registry say what the last moving entry says; again changes nothing."""
    move = last_move(entries)
    if move is None:
        return
    write_aliases(store, model, state_of(entries))
    if move.kind in (PROMOTION, OVERRIDE):
        mark_promoted(store, model, move.champion)


def advance_head(store: TrackingStore, model: str, entries: Sequence[HistoryEntry]) -> None:
    """Note the last entry in the registry, unless what it has noted does not fit the history."""
    aliases = registered(store, model)
    if entries and aliases.head != entries[-1].head and not history_findings(entries, aliases.head):
        write_head(store, model, entries[-1].head)


def _finished(store: TrackingStore, model: str, entries: Sequence[HistoryEntry], begun: Begun) -> list[str]:
    move = last_move(entries)
    if move is None or (move.number, move.hash) != (begun.number, begun.seal):
        return []
    apply(store, model, entries)
    advance_head(store, model, entries)
    return [
        f"{model}: entry {move.number} ({move.kind} by {move.author}, {move.time[:19]}Z) was interrupted before "
        f"the aliases were written; it is finished now: champion is version {move.champion}"
    ]


def _undone(
    store: TrackingStore, model: str, entries: Sequence[HistoryEntry], aliases: RegisteredAliases, digest: str
) -> list[str]:
    named = {*(entry.champion for entry in entries if entry.moves), *aliases.aliases.values()}
    sentences = []
    for number, version in versions(store, model).items():
        ours = version.tags.get(STATE) == PENDING and version.tags.get("bundle_digest") == digest
        if ours and number not in named:
            delete_version(store, model, number)
            sentences.append(
                f"{model}: version {number} (run {version.run_id}) was registered, but its promotion was interrupted "
                "before it counted; it is taken away, its bundle stays with the run"
            )
    return sentences


def finished_before(begun: Begun | None, move: HistoryEntry | None, to: str, reason: str, author: str) -> str:
    """The version of a rollback that was killed after its entry, where this asks for it once more; "" otherwise."""
    if begun is None or move is None or move.kind != ROLLBACK or (begun.number, begun.seal) != (move.number, move.hash):
        return ""
    same = (move.values.get("reason"), move.author) == (reason, author[:255])
    return move.champion if to in ("", move.champion) and (same or not begun.recovered) else ""
