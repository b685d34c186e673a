"""`assay compare`: runs against a baseline on the same test images."""

from __future__ import annotations

import re
from typing import Any

from assay.commands.command import Command
from assay.commands.command_line import BareWord, ParsedArguments
from assay.errors import ConfigError
from assay.studies.comparison.request import ComparisonRequest

RUN = re.compile(r"[0-9a-fA-F]{4,32}")


def _is_run(word: str) -> bool:
    from assay.tracking.registered import MODEL

    return bool(RUN.fullmatch(word) or MODEL.fullmatch(word))


BARE = BareWord(
    "runs",
    _is_run,
    "a run's id (at least its first 4 characters, 0-9 and a-f) or a MODEL@ALIAS of the registry",
    "RUN RUN [RUN …]",
)


def _arguments(parsed: ParsedArguments, request: type[Any]) -> tuple[Any, ...]:
    baseline = _run(parsed.typed.get("baseline", ""))
    if baseline and not _is_run(baseline):
        raise ConfigError(f"baseline={baseline}: must be {BARE.text}")
    runs = tuple(map(_run, parsed.bare))
    asked = parsed.request(request, runs=runs, baseline=baseline)
    if (named := len(asked.ordered_runs)) < 2 and not asked.studies:
        raise ConfigError(f"a comparison needs two runs or more, got {named}: assay compare RUN RUN …")
    return asked, parsed.config()


def _run(word: str) -> str:
    """A run's id in small letters; a name of the registry as it is."""
    return word.lower() if RUN.fullmatch(word) else word


COMMAND = Command(
    name="compare",
    purpose="Compare runs on the same test images: what is significantly better or worse, and what is inconclusive.",
    pipeline="assay.studies.comparison.compare.compare_runs",
    show="assay.commands.show.compare",
    request=ComparisonRequest,
    groups=("tracking", "seed"),
    because="runs are compared as they were trained",
    bare=BARE,
    arguments=_arguments,
    examples={
        "3f2a 91bc": "the second against the first; the beginning of a run's id is enough",
        "3f2a 91bc 77d0 baseline=91bc metrics=macro_f1,ece": (
            "two variants; fewer metrics are fewer claims to share the doubt among"
        ),
        "digits@champion 91bc": (
            "a run against the model that the registry calls so; or models:/digits@champion, models:/digits/3"
        ),
        "study=ablation_imbalance metrics=macro_f1": (
            "every run of a study, its baseline first; with runs, they are compared together"
        ),
    },
    notes=(
        "Runs of one config with different seeds count as one way of training, and are paired by seed.",
        "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
    ),
)
