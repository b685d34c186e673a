"""`assay runs`: recorded runs as a list, one in full, deleted, or restored."""

from __future__ import annotations

import re
from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.errors import ConfigError
from assay.housekeeping.request import RunsRequest

DEEDS = ("delete", "restore")
LISTING = ("experiment", "status", "parent", "nested", "limit")


def is_run(word: str) -> bool:
    """Whether a word names a run: its id, the beginning of it, or NAME@ALIAS."""
    from assay.tracking.registered import MODEL

    return re.fullmatch(r"[0-9a-f]{4,32}", word) is not None or MODEL.fullmatch(word) is not None


def _is_word(word: str) -> bool:
    return word in DEEDS or is_run(word)


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deed = next((word for word in parsed.bare[:1] if word in DEEDS), "")
    runs = parsed.bare[1:] if deed else parsed.bare
    if late := [word for word in runs if word in DEEDS]:
        raise ConfigError(f"{late[0]} stands before the runs: assay runs {late[0]} RUN …")
    if deed and not runs:
        raise ConfigError(f"{deed}: a run is needed: assay runs {deed} RUN …, its id or the beginning of it")
    if deed and (named := [word for word in runs if "@" in word or ":" in word]):
        raise ConfigError(f"{named[0]}: a version of a registered model is not {deed}d; name a run by its id")
    if not deed and len(runs) > 1:
        raise ConfigError(f"{' '.join(runs)}: one run is shown at a time; assay runs delete takes several")
    if runs and (extra := [key for key in LISTING if key in parsed.typed]):
        raise ConfigError(f"{extra[0]}: is for the list of runs; take it away, or the run")
    if deed != "delete" and "yes" in parsed.typed:
        raise ConfigError("yes: goes with delete: assay runs delete RUN … --yes")
    return parsed.request(request, runs=runs, deed=deed), parsed.config()


COMMAND = Command(
    name="runs",
    purpose="List recorded runs with what came out and what they take on disk; show one, delete or restore some.",
    pipeline="assay.housekeeping.runs.runs",
    show="assay.commands.show.runs",
    request=RunsRequest,
    groups=("tracking", "registry", "cache"),
    because="nothing is trained here",
    bare=BareWord(
        "runs",
        _is_word,
        "the id of a run, NAME@ALIAS, delete, or restore",
        "[RUN | delete RUN … | restore RUN …]",
        DEEDS,
    ),
    arguments=_arguments,
    examples={
        "": "the newest twenty, studies and sweeps as one line each",
        "status=failed limit=100": "those that failed",
        "parent=3f2a": "the runs of a study or sweep",
        "3f2a": "one run: command, metrics with intervals, files, what it belongs to, what needs it",
        "delete 3f2a 91bc": "what would go: artifacts, folder, runs of a study or sweep; nothing does",
        "delete 3f2a 91bc --yes": "delete them",
        "restore 3f2a": "one that was deleted in MLflow is found again, a study or sweep with its runs",
    },
    notes=(
        "A run that is at work, a version of a registered model, in a registry's history or in a study is not deleted;",
        "the message says what to do. A study goes with its trainings and its folder, a sweep with its trials.",
        "MLflow's rows of a deleted run stay, marked as deleted: by them the gate counts who has looked at the test",
        "images. mlflow gc --backend-store-uri URI --run-ids ID removes them too, and with them that count.",
        "A call that was killed is finished by the same call. What it deleted cannot be restored: its files are gone.",
    ),
)
