"""What is typed behind `assay compare`: runs, the command's own words, and its help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from omegaconf import DictConfig

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError
from assay.tracking.registered import MODEL

OWN = ("study", "baseline", "common", "metrics", "output", "resamples", "confidence")
TAKEN = ("tracking", "seed")
RUN = re.compile(r"[0-9a-fA-F]{4,32}")
WAYS = "no run's id (at least its first 4 characters, 0-9 and a-f), and no MODEL@ALIAS of the registry"


@dataclass(frozen=True)
class Asked:
    """The words of the command itself.

    Attributes:
        runs: ids, or their beginnings, or versions of registered models; the baseline first.
        studies: names of studies, or paths of their `study.json`, whose runs are compared too.
        common: whether runs with other test sets are compared on the images that all have answered.
        metrics: names as in the evidence; empty for the usual ones.
        output: folder of the pages; "" for one beside the runs.
        resamples: of the bootstrap.
        confidence: level of the intervals.
    """

    runs: tuple[str, ...]
    studies: tuple[str, ...] = ()
    common: bool = False
    metrics: tuple[str, ...] = ()
    output: str = ""
    resamples: int = 2000
    confidence: float = 0.95


def understood(arguments: Sequence[str]) -> tuple[Asked, DictConfig]:
    """The command's own words, and the checked config of the store.

    Raises:
        ConfigError: fewer than two runs, one twice, or a word or value that cannot be.
    """
    words = _without_dashes(arguments)
    own = {word.partition("=")[0]: word.partition("=")[2] for word in words if word.partition("=")[0] in OWN}
    runs = [_run(word) for word in words if _is_run(word)]
    rest = [word for word in words if word.partition("=")[0] not in own and not _is_run(word)]
    for word in rest:
        if "=" not in word:
            raise ConfigError(f"{word}: {WAYS}, and no setting")
    if foreign := [word for word in rest if not word.lstrip("+~").startswith(TAKEN)]:
        raise ConfigError(
            f"{' '.join(foreign)}: runs are compared as they were trained; take it away (what can be set here: "
            f"{', '.join(OWN)}, tracking, seed)"
        )
    baseline = _run(own.get("baseline", ""))
    if baseline:
        if not _is_run(baseline):
            raise ConfigError(f"baseline={baseline}: {WAYS}")
        runs = [baseline, *(run for run in runs if run != baseline)]
    studies = tuple(name for name in own.get("study", "").strip("[]").replace(" ", "").split(",") if name)
    if len(runs) < 2 and not studies:
        raise ConfigError(f"a comparison needs two runs or more, got {len(runs)}: assay compare RUN RUN …")
    config = compose(rest)
    check(config)
    asked = Asked(
        runs=tuple(runs),
        studies=studies,
        common=_truth("common", own.get("common", "false")),
        metrics=tuple(name for name in own.get("metrics", "").strip("[]").replace(" ", "").split(",") if name),
        output=own.get("output", ""),
        resamples=_whole("resamples", own.get("resamples", "2000"), 100),
        confidence=_share("confidence", own.get("confidence", "0.95")),
    )
    return asked, config


def _is_run(word: str) -> bool:
    return bool(RUN.fullmatch(word) or MODEL.fullmatch(word))


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


def _without_dashes(arguments: Sequence[str]) -> list[str]:
    """`--output FOLDER`, `--output=FOLDER` and `--common` as the words that they stand for."""
    words: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            words.append(word)
            continue
        name = word[2:]
        if name == "common":
            words.append("common=true")
        elif "=" in name or name not in OWN:
            words.append(name)
        elif not waiting:
            raise ConfigError(f"{word}: a value is needed")
        else:
            words.append(f"{name}={waiting.pop(0)}")
    return words


def _truth(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ConfigError(f"{name}: must be true or false, got {text!r}")
    return text.lower() == "true"


def _whole(name: str, text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise ConfigError(f"{name}: must be a whole number of {least} or more, got {text!r}")
    return int(text)


def _share(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.5 <= value <= 0.999:
        raise ConfigError(f"{name}: must be between 0.5 and 0.999, got {text!r}")
    return value
