"""An entry of the history in words, for terminal and page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.registry.history import OVERRIDE, PROMOTION, REPAIR, ROLLBACK, VERDICT, Entry

MARKS = {PROMOTION: "✓", OVERRIDE: "!", ROLLBACK: "↩", REPAIR: "±"}


@dataclass(frozen=True)
class Told:
    """What people read of an entry.

    Attributes:
        mark: one character for what happened.
        what: in a word or two: "promoted", "refused".
        about: the details, as a sentence.
    """

    mark: str
    what: str
    about: str


def told(entry: Entry) -> Told:
    """An entry in words; one whose content can no longer be read says so."""
    said = entry.said
    try:
        if entry.kind == VERDICT:
            return _verdict(said["verdict"])
        mark = MARKS[entry.kind]
        if entry.kind == PROMOTION:
            return Told(mark, "promoted", f"version {entry.champion} by gate {said['gate']}{_after(said)}")
        if entry.kind == OVERRIDE:
            override = said["override"]
            about = f"version {entry.champion} promoted by {override['by']}: {override['reason']}{_after(said)}"
            return Told(mark, "overridden", about)
        if entry.kind == ROLLBACK:
            found = f" (found: {'; '.join(said['found'])})" if said.get("found") else ""
            return Told(mark, "rolled back", f"to version {entry.champion}: {said['reason']}{found}")
        if entry.kind == REPAIR:
            return Told(mark, "accepted", f"{said['reason']} (accepted: {'; '.join(said['findings'])})")
    except (KeyError, TypeError, AttributeError):
        pass
    return Told("?", entry.kind[:12], "what it says can no longer be read")


def _verdict(verdict: dict[str, Any]) -> Told:
    run = f"{verdict['run_name']} ({verdict['run_id'][:8]})"
    failed = [check["name"] for check in verdict["checks"] if not check["passed"]]
    against = f" against version {verdict['champion']}" if verdict["champion"] else ""
    asked = f"{run}, gate {verdict['gate']}{against}"
    if verdict["decision"] == "promote" and not failed:
        return Told("✓", "passed", f"{asked}, checks passed: {len(verdict['checks'])}")
    missed = f"{len(failed)} of {len(verdict['checks'])} failed: {', '.join(failed)}"
    if verdict["decision"] == "promote":
        return Told("!", "overridden", f"{asked}, checks {missed}; promoted by {verdict['override']['by']}")
    return Told("✗", "refused", f"{asked}, checks {missed}")


def _after(said: dict[str, Any]) -> str:
    return f", after version {said['previous']}" if said.get("previous") else ", the first one"
