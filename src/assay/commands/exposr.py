"""`assay exposr`: leave each generator out in turn, train on the others, and gather how well it is told."""

from __future__ import annotations

import shlex
from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import MARKS, ParsedArguments
from assay.errors import ConfigError
from assay.studies.left_out.request import LeftOutRequest

FIXED = "experiment=exposr"


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    words = parsed.rest
    for word in words:
        key, _, value = word.lstrip(MARKS).partition("=")
        if key == "data.holdout_generator":
            raise ConfigError(f"{word}: the command sets this itself; use generators={value}")
    trained = words if any(word.startswith("experiment=") for word in words) else (FIXED, *words)
    return (parsed.request(request, words=trained, command=shlex.join(["assay", "exposr", *parsed.words])),)


COMMAND = Command(
    name="exposr",
    purpose="Detect generated images, leave-one-generator-out: train without each generator and measure on it.",
    pipeline="assay.studies.left_out.study.exposr",
    show="assay.commands.show.exposr",
    request=LeftOutRequest,
    arguments=_arguments,
    empty_is_help=True,
    examples={"data.root=photos": "a folder with real/ and generated/GENERATOR/"},
    notes=(
        "data.root=DIR has real/ and generated/<generator>/; or data=table data.path=FILE with the column generator.",
        "Everything else goes to every training, on top of experiment=exposr: seed=1 aug=robust …",
        "A run of the same config, images and seed is reused, never repeated; the same command goes on after a kill.",
        "A metadata-only baseline runs beside each training: above AUROC 0.6 the scores are not to be believed.",
    ),
)
