"""`assay study`: many trainings that make one answer; what is there is reused."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import MARKS, ParsedArguments
from assay.config.file_name import checked_file_name
from assay.errors import ConfigError
from assay.files import digest_of
from assay.studies.study.request import StudyRequest

WITHOUT_NAME = ("study.seeds", "study.metrics", "study.confidence", "study.resamples", "tracking", "cache")


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    study = tuple(word.replace("study.", "", 1) for word in parsed.passed)
    for word in parsed.rest:
        if word.lstrip(MARKS).partition("=")[0] in ("seed", "data.fold", "data.folds"):
            raise ConfigError(f"{word}: a study sets this itself; use study.seeds=[0,1,2] or study.folds=5")
    recipe = parsed.needed("study")
    asked = parsed.request(
        request,
        name=checked_file_name("name", parsed.typed.get("name") or _name(recipe, study, parsed.rest)),
        study=study,
        common=parsed.rest,
        command=shlex.join(["assay", "study", *parsed.words]),
    )
    return (asked,)


def _name(recipe: str, study: Sequence[str], common: Sequence[str]) -> str:
    """That of the recipe; with something of the words behind it that make it another study."""
    short = Path(recipe).stem
    words = [f"study.{word}" for word in study] + list(common)
    telling = sorted(word for word in words if not word.startswith(WITHOUT_NAME))
    return f"{short}-{digest_of(telling)[:6]}" if telling else short


COMMAND = Command(
    name="study",
    purpose="Train variants over seeds or folds, reuse what is there, and say which differences are significant.",
    pipeline="assay.studies.study.study.run_or_plan",
    show="assay.commands.show.study",
    request=StudyRequest,
    passed={"study.": "a key of that file: study.seeds=[0,1,2], study.folds=5, study.metrics=[macro_f1,f1]"},
    arguments=_arguments,
    empty_is_help=True,
    examples={
        "study=ablation_imbalance plan=true": "what would be trained, and what is there already",
        "study=cross_validation data=folder data.root=photos": "on your own images, one folder per class",
    },
    lists={"study": "Studies"},
    notes=(
        "Everything else goes to every training: data=folder data.root=photos evaluation=quick tracking=server …",
        "A run of the same config, images and seed is reused, never repeated; the same command goes on after a kill.",
        "The same command in a second terminal, or on a second machine that sees the folder, takes its share.",
    ),
)
