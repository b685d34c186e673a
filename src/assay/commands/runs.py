"""`assay runs`: recorded runs as a list, one in full, or deleted."""

from __future__ import annotations

import re
from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.errors import ConfigError
from assay.housekeeping.request import RunsRequest

DELETE = "delete"
LISTING = ("experiment", "status", "parent", "nested", "limit")


def is_run(word: str) -> bool:
    """Whether a word names a run: its id, the beginning of it, or NAME@ALIAS."""
    from assay.tracking.registered import MODEL

    return re.fullmatch(r"[0-9a-f]{4,32}", word) is not None or MODEL.fullmatch(word) is not None


def _is_word(word: str) -> bool:
    return word == DELETE or is_run(word)


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    deletes = parsed.bare[:1] == (DELETE,)
    runs = parsed.bare[1:] if deletes else parsed.bare
    if DELETE in runs:
        raise ConfigError("delete stands before the runs: assay runs delete RUN …")
    if deletes and not runs:
        raise ConfigError("delete: a run is needed: assay runs delete RUN …, its id or the beginning of it")
    if deletes and (named := [word for word in runs if "@" in word or ":" in word]):
        raise ConfigError(f"{named[0]}: a version of a registered model is not deleted; name a run by its id")
    if not deletes and len(runs) > 1:
        raise ConfigError(f"{' '.join(runs)}: one run is shown at a time; assay runs delete takes several")
    if runs and (extra := [key for key in LISTING if key in parsed.typed]):
        raise ConfigError(f"{extra[0]}: is for the list of runs; take it away, or the run")
    if not deletes and "yes" in parsed.typed:
        raise ConfigError("yes: goes with delete: assay runs delete RUN … --yes")
    return parsed.request(request, runs=runs, delete=deletes), parsed.config()


COMMAND = Command(
    name="runs",
    purpose="List recorded runs with what came out and what they take on disk; show one in full; delete some.",
    pipeline="assay.housekeeping.runs.runs",
    show="assay.commands.show.runs",
    request=RunsRequest,
    groups=("tracking", "registry", "cache"),
    because="nothing is trained here",
    bare=BareWord("runs", _is_word, "the id of a run, NAME@ALIAS, or delete", "[RUN | delete RUN …]", ("delete",)),
    arguments=_arguments,
    examples={
        "": "the newest twenty, studies and sweeps as one line each",
        "status=failed limit=100": "those that failed",
        "parent=3f2a": "the runs of a study or sweep",
        "3f2a": "one run: command, metrics with intervals, files, what it belongs to, what needs it",
        "delete 3f2a 91bc": "what would go: artifacts, folder, runs of a study or sweep; nothing does",
        "delete 3f2a 91bc --yes": "delete them",
    },
    notes=(
        "A run that is at work, a version of a registered model, in a registry's history or in a study is not deleted;",
        "the message says what to do. A study goes with its trainings and its folder, a sweep with its trials.",
        "MLflow's rows of a deleted run stay, marked as deleted: by them the gate counts who has looked at the test",
        "images. mlflow gc --backend-store-uri URI --run-ids ID removes them too, and with them that count.",
        "A call that was killed is finished by the same call.",
    ),
)
