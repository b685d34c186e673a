"""Audit: whether the history holds, and whether the registry says what the history says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assay.registry.aliases import CHAMPION, PREVIOUS, RegisteredAliases, registered
from assay.registry.history import OVERRIDE, PROMOTION, REPAIR, ROLLBACK, VERDICT, Entry, chain_findings, head_findings
from assay.registry.state import Reigning, promoted, reigning_in, state_of
from assay.registry.versions import versions

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore


def history_findings(entries: Sequence[Entry], head: str) -> list[str]:
    """What does not hold in the history itself, without what a person has accepted since.

    Args:
        entries: of one model, by number.
        head: that the registry keeps.
    """
    findings = [*chain_findings(entries), *head_findings(entries, head), *_without_verdict(entries)]
    return _not_accepted(findings, entries)


def registry_findings(
    store: TrackingStore, model: str, entries: Sequence[Entry], aliases: RegisteredAliases
) -> list[str]:
    """Where the registry says something else than the history, without what a person has accepted since."""
    findings = [*_alias_findings(entries, aliases), *_version_findings(store, model, entries, aliases)]
    return _not_accepted(findings, entries)


def alias_findings(entries: Sequence[Entry], aliases: RegisteredAliases) -> list[str]:
    """Aliases that stand elsewhere than the last moving entry says, without what a person has accepted since."""
    return _not_accepted(_alias_findings(entries, aliases), entries)


def audit(store: TrackingStore, model: str, entries: Sequence[Entry]) -> list[str]:
    """All of it; nothing is changed. Aliases that a killed process has still to write are not counted."""
    aliases = registered(store, model)
    return [*history_findings(entries, aliases.head), *registry_findings(store, model, entries, aliases)]


def _without_verdict(entries: Sequence[Entry]) -> list[str]:
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


def _alias_findings(entries: Sequence[Entry], aliases: RegisteredAliases) -> list[str]:
    state = state_of(entries)
    if aliases.applied < state.mark:
        return []
    findings = []
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


def _version_findings(
    store: TrackingStore, model: str, entries: Sequence[Entry], aliases: RegisteredAliases
) -> list[str]:
    known = versions(store, model) if aliases.exists else {}
    findings = []
    for number, entry in promoted(entries).items():
        version = known.get(number)
        if version is None:
            findings.append(f"version {number}, promoted in entry {entry.number}, is gone from the registry")
            continue
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


def _tags(entry: Entry) -> dict[str, Any]:
    tags = entry.values.get("tags")
    return tags if isinstance(tags, dict) else {}


def _not_accepted(findings: Sequence[str], entries: Sequence[Entry]) -> list[str]:
    accepted = {finding for entry in entries if entry.kind == REPAIR for finding in entry.values.get("findings", [])}
    return [finding for finding in findings if finding not in accepted]


def _nested(values: dict[str, Any], *names: str) -> Any:
    value: Any = values
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _version(number: str) -> str:
    return f"version {number}" if number else "no version"
