"""An entry of the history in words, for terminal and page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.deploy.mlflow.sealed_entry import KEPT_BACK, OVERRIDE, PROMOTION, REPAIR, ROLLBACK, VERDICT
from assay.registry.history import HistoryEntry

MARKS = {PROMOTION: "✓", OVERRIDE: "!", ROLLBACK: "↩", REPAIR: "±", KEPT_BACK: "↯"}


@dataclass(frozen=True)
class EntryText:
    """What people read of an entry.

    Attributes:
        mark: one character for what happened.
        what: in a word or two: "promoted", "refused".
        about: the details, as a sentence.
    """

    mark: str
    what: str
    about: str


def describe(entry: HistoryEntry) -> EntryText:
    """An entry in words; one whose content can no longer be read says so."""
    content = entry.values
    try:
        if entry.kind == VERDICT:
            return _verdict(content["verdict"])
        mark = MARKS[entry.kind]
        if entry.kind == PROMOTION:
            return EntryText(mark, "promoted", f"version {entry.champion} by gate {content['gate']}{_after(content)}")
        if entry.kind == OVERRIDE:
            override = content["override"]
            about = f"version {entry.champion} promoted by {override['by']}: {override['reason']}{_after(content)}"
            return EntryText(mark, "overridden", about)
        if entry.kind == ROLLBACK:
            findings = f" (found: {'; '.join(content['found'])})" if content.get("found") else ""
            return EntryText(mark, "rolled back", f"to version {entry.champion}: {content['reason']}{findings}")
        if entry.kind == KEPT_BACK:
            about = f"{content['name']} ({content['run'][:8]}) by its canary, {_stage(content)}: {content['reason']}"
            return EntryText(mark, "kept back", about)
        if entry.kind == REPAIR:
            return EntryText(mark, "accepted", f"{content['reason']} (accepted: {'; '.join(content['findings'])})")
    except (KeyError, TypeError, AttributeError):
        pass
    return EntryText("?", entry.kind[:12], "what it says can no longer be read")


def _verdict(verdict: dict[str, Any]) -> EntryText:
    run = f"{verdict['run_name']} ({verdict['run_id'][:8]})"
    failed = [check["name"] for check in verdict["checks"] if not check["passed"]]
    against = f" against version {verdict['champion']}" if verdict["champion"] else ""
    asked = f"{run}, gate {verdict['gate']}{against}"
    if verdict["decision"] == "promote" and not failed:
        return EntryText("✓", "passed", f"{asked}, checks passed: {len(verdict['checks'])}")
    missed = f"{len(failed)} of {len(verdict['checks'])} failed: {', '.join(failed)}"
    if verdict["decision"] == "promote":
        return EntryText("!", "overridden", f"{asked}, checks {missed}; promoted by {verdict['override']['by']}")
    return EntryText("✗", "refused", f"{asked}, checks {missed}")


def _stage(content: dict[str, Any]) -> str:
    stage = "while it looked on" if content["stage"] == "shadow" else "while it answered a share of the keys"
    return f"{stage}, {content['answered']} of {content['pictures']} pictures"


def _after(content: dict[str, Any]) -> str:
    return f", after version {content['previous']}" if content.get("previous") else ", the first one"
