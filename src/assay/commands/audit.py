"""`assay audit`: what is in a dataset, before a model is asked to learn it, and what a person decides about it."""

from __future__ import annotations

from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.commands.deeds import deed_of, refuse_keys_of_others
from assay.errors import ConfigError
from assay.run.audit_request import APPLY, DECIDE, DEEDS, LOOK, QUEUE, REVIEWED, UNDO, AuditRequest

GOES_WITH = {
    **dict.fromkeys(("output", "fix", "against", "fail_on", "target", "analysis"), (LOOK,)),
    "kinds": (LOOK, QUEUE),
    "to": (LOOK, DECIDE, UNDO, APPLY, REVIEWED),
    "by": (DECIDE, UNDO, QUEUE),
    "wanted": (QUEUE,),
    **dict.fromkeys(("batch", "store"), (QUEUE, REVIEWED)),
    "reason": (UNDO,),
}
"""Key -> deeds that take it."""
TOGETHER = {"fail_on": "against", "fix": "to"}
"""Key -> other that it needs."""
NOT_FIXING = ("kinds", "output", "against", "fail_on", "target", "analysis")
ABOUT = {DECIDE: "the table that was filled in: assay audit decide audit/decisions.csv", UNDO: "the id of a finding"}
NEEDS = {
    DECIDE: {"decisions": "decisions.jsonl"},
    UNDO: {"decisions": "decisions.jsonl", "by": "NAME", "reason": "…"},
    REVIEWED: {"decisions": "decisions.jsonl"},
    APPLY: {"decisions": "decisions.jsonl", "to": "clean.parquet"},
}
"""Deed -> keys that it needs, with an example."""


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed, names = deed_of(parsed.bare, DEEDS, LOOK)
    if len(names) != int(deed in ABOUT):
        raise ConfigError(f"{deed}: takes {ABOUT.get(deed, 'keys alone')}")
    refuse_keys_of_others(parsed, deed, GOES_WITH)
    for key, example in NEEDS.get(deed, {}).items():
        if not parsed.typed.get(key, "").strip():
            raise ConfigError(f"{deed}: {key}= is needed, as in {key}={example}")
    for key, other in TOGETHER.items():
        if parsed.typed.get(key, "").strip() and not parsed.typed.get(other, "").strip():
            raise ConfigError(f"{key}: goes with {other}=")
    if deed == LOOK and "to" in parsed.typed and not parsed.typed.get("fix", "").strip():
        raise ConfigError(f"to: goes with {DECIDE}, {UNDO}, {APPLY}, {REVIEWED} and fix=groups")
    if parsed.typed.get("fix", "").strip() and (extra := [key for key in NOT_FIXING if key in parsed.typed]):
        raise ConfigError(f"{extra[0]}: means nothing beside fix=; audit the new manifest by data=table data.path=FILE")
    return parsed.request(request, deed=deed, about=names[0] if names else ""), parsed.config()


COMMAND = Command(
    name="audit",
    purpose="Say what is in a dataset: classes, sizes, copies, quality, licences, and what is wrong with it.",
    pipeline="assay.serving.manage_audit.manage_audit",
    show="assay.commands.show.audit",
    request=AuditRequest,
    on_dataset=True,
    arguments=_arguments,
    bare=BareWord(
        "about",
        lambda word: "=" not in word,
        f"{', '.join(DEEDS)}, and a filled table or the id of a finding",
        "[look | decide FILE | undo FINDING | apply | queue | reviewed]",
        DEEDS,
    ),
    examples={
        "data=folder data.root=photos": "your own images, one folder per class",
        "data=folder data.root=photos kinds=[quality,copies]": "only these kinds of findings",
        "data=folder data.root=photos output=audit": "a page on which findings are decided, and a table to fill in",
        "data=folder data.root=photos against=audit fail_on=[new_leaks,new_shortcuts]": "for CI: exit code 1 with why",
        "data=folder data.root=photos fix=groups to=mended.parquet": "no split is tested on what another learns from",
        "data=folder data.root=photos kinds=[label]": (
            "labels that the pictures speak against, and how many would look so if all were right"
        ),
        "decide decisions.csv data=folder data.root=photos decisions=decisions.jsonl by=kim to=clean.parquet": (
            "what was filled in is kept, and done in a new manifest"
        ),
        "undo F-0123456789ab data=folder data.root=photos decisions=decisions.jsonl by=kim reason=…": (
            "the finding is open again"
        ),
        "apply data=folder data.root=photos decisions=decisions.jsonl to=clean.parquet": "the manifest, made anew",
        "queue data=folder data.root=photos wanted=2": "open findings are decided by two reviewers, at /review",
        "reviewed data=folder data.root=photos decisions=decisions.jsonl": "what they have settled is kept",
    },
    notes=(
        "Nothing on disk is moved or deleted: a decision is a line in a file, and what comes of it is a manifest, for",
        "the next training: data=table data.path=clean.parquet.",
    ),
    lists={"data": "Datasets"},
)
