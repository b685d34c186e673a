"""`assay compare`: runs against a baseline on the same test images."""

from __future__ import annotations

import re
from collections.abc import Sequence

from omegaconf import DictConfig

from assay.config.values import listed, number, truth, whole
from assay.config.words import Words
from assay.errors import ConfigError
from assay.studies.comparison.compare import compare_runs
from assay.studies.comparison.request import ComparisonRequest
from assay.tracking.registered import MODEL


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if any(word in ("-h", "--help") for word in arguments):
        print(help_text(program))
        return
    compared = compare_runs(*parse_compare(arguments))

    from assay.commands.show.compare import show

    show(compared.comparison, compared.folder)


RUN = re.compile(r"[0-9a-fA-F]{4,32}")


def _is_run(word: str) -> bool:
    return bool(RUN.fullmatch(word) or MODEL.fullmatch(word))


WORDS = Words(
    own=("study", "baseline", "metrics", "output", "resamples", "confidence"),
    taken=("tracking", "seed"),
    because="runs are compared as they were trained",
    flags=("common",),
    bare=_is_run,
    bare_is="a run's id (at least its first 4 characters, 0-9 and a-f) or a MODEL@ALIAS of the registry",
)


def parse_compare(arguments: Sequence[str]) -> tuple[ComparisonRequest, DictConfig]:
    """The command's own words, and the checked config of the store.

    Raises:
        ConfigError: fewer than two runs, one twice, or a word or value that cannot be.
    """
    parted = WORDS.part(arguments)
    own = parted.own
    runs = [_run(word) for word in parted.bare]
    baseline = _run(own.get("baseline", ""))
    if baseline:
        if not _is_run(baseline):
            raise ConfigError(f"baseline={baseline}: must be {WORDS.bare_is}")
        runs = [baseline, *(run for run in runs if run != baseline)]
    studies = listed(own.get("study", ""))
    if len(runs) < 2 and not studies:
        raise ConfigError(f"a comparison needs two runs or more, got {len(runs)}: assay compare RUN RUN …")
    asked = ComparisonRequest(
        runs=tuple(runs),
        studies=studies,
        common=truth("common", own.get("common", "false")),
        metrics=listed(own.get("metrics", "")),
        output=own.get("output", ""),
        resamples=whole("resamples", own.get("resamples", "2000"), least=100),
        confidence=number("confidence", own.get("confidence", "0.95"), least=0.5, most=0.999),
    )
    return asked, parted.config()


def _run(word: str) -> str:
    """A run's id in small letters; a name of the registry as it is."""
    return word.lower() if RUN.fullmatch(word) else word


def help_text(program: str) -> str:
    """The page for a terminal."""
    return "\n".join(
        [
            "Compare runs on the same test images: what is established better or worse, and what is not.",
            "",
            f"{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] RUN RUN [RUN …] [baseline=RUN] [common=true] [output=…]",
            "",
            f"  {program} 3f2a 91bc",
            "      the second against the first; the beginning of a run's id is enough",
            f"  {program} 3f2a 91bc 77d0 baseline=91bc metrics=macro_f1,ece",
            "      two variants; fewer metrics are fewer claims to share the doubt among",
            f"  {program} digits@champion 91bc",
            "      a run against the model that the registry calls so; or models:/digits@champion, models:/digits/3",
            f"  {program} study=ablation_imbalance metrics=macro_f1",
            "      every run of a study, its baseline first; with runs, they are compared together",
            "",
            "Runs of one config with different seeds count as one way of training, and are paired by seed.",
            "",
            "baseline    the run that the others are compared with; the first one by default",
            "common      true compares runs with other test sets on the images that all have answered",
            "metrics     names as in evidence.json: macro_f1,ece,f1 (f1 is one per class)",
            "output      folder for index.html, comparison.json, comparison.csv and changed.csv",
            "resamples   of the bootstrap, 2000",
            "confidence  level of intervals, 0.95; Holm's correction keeps all claims together within it",
            "",
            "Where runs are recorded: tracking=server tracking.uri=…, as in the training",
        ]
    )
