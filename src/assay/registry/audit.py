"""Audit: whether the history holds, and whether the registry says what the history says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.deploy.mlflow.sealed_entry import OVERRIDE, PROMOTION, REPAIR, ROLLBACK, VERDICT
from assay.registry.aliases import APPLIED, CHAMPION, PREVIOUS, RegisteredAliases, registered
from assay.registry.history import HistoryEntry, chain_findings, head_findings
from assay.registry.served import served_findings
from assay.registry.state import Reigning, promoted, reigning_in, state_of
from assay.registry.versions import PROMOTED, STATE, versions

if TYPE_CHECKING:
    from assay.registry.ledger import Begun
    from assay.tracking.store import TrackingStore


def history_findings(entries: Sequence[HistoryEntry], head: str) -> list[str]:
    """What does not hold in the history itself, without what a person has accepted since.

    Args:
        entries: of one model, by number.
        head: that the registry keeps.
    """
    findings = [*chain_findings(entries), *head_findings(entries, head), *_without_verdict(entries)]
    return _not_accepted(findings, entries)


def registry_findings(
    store: TrackingStore, model: str, entries: Sequence[HistoryEntry], aliases: RegisteredAliases, begun: Begun | None
) -> list[str]:
    """Where the registry says something else than the history, without what a person has accepted since."""
    known = versions(store, model) if aliases.exists else {}
    findings = [
        *_alias_findings(entries, aliases, begun),
        *_version_findings(known, entries, begun),
        *served_findings(store, known, entries),
    ]
    return _not_accepted(findings, entries)


def alias_findings(entries: Sequence[HistoryEntry], aliases: RegisteredAliases, begun: Begun | None) -> list[str]:
    """Aliases that stand elsewhere than the last moving entry says, without what a person has accepted since."""
    return _not_accepted(_alias_findings(entries, aliases, begun), entries)


def audit(store: TrackingStore, model: str, entries: Sequence[HistoryEntry], *, begun: Begun | None) -> list[str]:
    """All of it, the bytes that would be served included; nothing is changed.

    Args:
        store: whose registry is held against the history.
        model: name of the registered model.
        entries: of its history.
        begun: what a killed process has still to write, which is not counted.
    """
    aliases = registered(store, model)
    return [*history_findings(entries, aliases.head), *registry_findings(store, model, entries, aliases, begun)]


def unfinished(begun: Begun | None, mark: int) -> bool:
    """Whether the aliases of the last moving entry have still to be written."""
    return begun is not None and not begun.recovered and begun.number == mark != 0


def _without_verdict(entries: Sequence[HistoryEntry]) -> list[str]:
    """Promotions before which no verdict let the candidate pass, and rollbacks to what was not promoted."""
    passed: set[str] = set()
    promotions: dict[str, Reigning | None] = {}
    findings = []
    for entry in entries:
        content, what = entry.values, f"entry {entry.number}"
        if entry.kind == VERDICT and _nested(content, "verdict", "decision") == "promote":
            passed.add(str(content.get("digest")))
        elif entry.kind in (PROMOTION, OVERRIDE):
            if str(content.get("verdict")) not in passed:
                findings.append(f"{what} promotes version {entry.champion} without a verdict that let it pass")
            promotions[entry.champion] = reigning_in(entry)
        elif entry.kind == ROLLBACK and (not entry.champion or promotions.get(entry.champion) != reigning_in(entry)):
            findings.append(f"{what} rolls back to version {entry.champion}, which was not promoted like that")
    return findings


def _alias_findings(entries: Sequence[HistoryEntry], aliases: RegisteredAliases, begun: Begun | None) -> list[str]:
    state = state_of(entries)
    if unfinished(begun, state.mark):
        return []
    findings = []
    if aliases.exists and aliases.applied != state.mark:
        findings.append(
            f"the registered model's tag {APPLIED} was changed: it says {aliases.applied}, the last entry that moved "
            f"the champion is {state.mark}"
        )
    for alias, says, due in (
        (CHAMPION, aliases.champion, state.champion.version if state.champion else ""),
        (PREVIOUS, aliases.previous, state.previous),
    ):
        if says != due:
            asked = (
                f"the history (entry {state.mark}) says {_version(due)}" if state.mark else "the history knows of none"
            )
            findings.append(f"the alias {alias} was moved without the gate: it stands at {_version(says)}, {asked}")
    return findings


def _version_findings(known: Mapping[str, Any], entries: Sequence[HistoryEntry], begun: Begun | None) -> list[str]:
    passed, findings = promoted(entries), []
    for number, version in known.items():
        if number not in passed and version.tags.get(STATE) == PROMOTED:
            findings.append(f"version {number} says that it was promoted, the history knows of no such promotion")
    for number, entry in passed.items():
        version = known.get(number)
        if version is None:
            findings.append(f"version {number}, promoted in entry {entry.number}, is gone from the registry")
            continue
        state = version.tags.get(STATE)
        if state != PROMOTED and not unfinished(begun, entry.number):
            findings.append(f"version {number}: its tag {STATE} is {state!r:.60}, entry {entry.number} promoted it")
        reigning = reigning_in(entry)
        if reigning is None:
            continue
        for what, says, due in (
            ("run", version.run_id or "", reigning.run_id),
            ("source", version.source, entry.values.get("place")),
            *((f"tag {name}", version.tags.get(name), due) for name, due in _tags(entry).items()),
        ):
            if says != due:
                findings.append(f"version {number}: its {what} is {says!r:.60}, entry {entry.number} says {due!r:.60}")
    return findings


def _tags(entry: HistoryEntry) -> dict[str, Any]:
    tags = entry.values.get("tags")
    return tags if isinstance(tags, dict) else {}


def _not_accepted(findings: Sequence[str], entries: Sequence[HistoryEntry]) -> list[str]:
    accepted = {finding for entry in entries if entry.kind == REPAIR for finding in entry.values.get("findings", [])}
    return [finding for finding in findings if finding not in accepted]


def _nested(values: dict[str, Any], *names: str) -> Any:
    value: Any = values
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _version(number: str) -> str:
    return f"version {number}" if number else "no version"
