"""`assay exposr`: leave each generator out in turn, train on the others, and gather how well it is told."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.config.compose import compose
from assay.config.values import listed
from assay.config.words import MARKS, Words
from assay.errors import ConfigError, StudyError
from assay.tasks.parts import load_manifest, open_store
from assay.tasks.warm import warm

if TYPE_CHECKING:
    from assay.evaluation.evidence import Evidence
    from assay.tasks.study_runs import Ended

WORDS = Words(own=("generators", "name", "output"), taken=("",))
FIXED = "experiment=exposr"
PATIENCE = 24 * 3600.0
HELP = """Real against generated: leave each generator out in turn, train on the others, and say how well it is told.

{program} [GROUP=OPTION …] [GROUP.KEY=VALUE …] data.root=DIR [generators=NAME,…] [name=…] [output=DIR]

data.root    folder with real/ and generated/<generator>/; or data=table data.path=FILE with the column generator
generators   those to leave out, one training each; without it all of them
name         of folder and parent run, exposr without it
output       folder for index.html and exposr.csv

Everything else goes to every training, on top of experiment=exposr: seed=1 aug=robust data.normalise_files=true …
A run of the same config, images and seed is reused, never repeated; the same command goes on after a kill.
The file-only classifier runs beside each training: above AUROC 0.6 the scores are not to be believed."""


@dataclass(frozen=True)
class AskedExposr:
    """The words of the command.

    Attributes:
        words: overrides of every training.
        generators: to leave out; empty for all.
        name: of folder and parent run.
        output: folder of the page; "" for one beside the runs.
        command: as it was typed.
    """

    words: tuple[str, ...]
    generators: tuple[str, ...] = ()
    name: str = "exposr"
    output: str = ""
    command: str = ""


@dataclass(frozen=True)
class LeftOut:
    """One generator that was left out.

    Attributes:
        generator: its name.
        run_id: of the training; None where it failed.
        evidence: of the training.
        error: why it failed.
    """

    generator: str
    run_id: str | None
    evidence: Evidence | None
    error: str = ""


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name."""
    if not arguments or any(word in ("-h", "--help") for word in arguments):
        print(HELP.format(program=program))
        return
    folder, found = exposr(understood(arguments))

    from assay.tasks.exposr_pages import show

    show(folder, found)


def understood(arguments: Sequence[str]) -> AskedExposr:
    """The command's own words apart from those for the trainings.

    Raises:
        ConfigError: a word cannot be understood, or is set by the command itself.
    """
    parted = WORDS.part(arguments)
    own, words = parted.own, parted.rest
    for word in words:
        key, _, value = word.lstrip(MARKS).partition("=")
        if key == "data.holdout_generator":
            raise ConfigError(f"{word}: the command sets this itself; use generators={value}")
    return AskedExposr(
        words=words if any(word.startswith("experiment=") for word in words) else (FIXED, *words),
        generators=listed(own.get("generators", "")),
        name=own.get("name", "exposr"),
        output=own.get("output", ""),
        command=shlex.join(["assay", "exposr", *arguments]),
    )


def exposr(asked: AskedExposr) -> tuple[Path, list[LeftOut]]:
    """Train what is missing, gather, write page and table.

    Raises:
        AssayError: the config cannot work, the dataset has fewer than two generators, or every training failed.
    """
    from assay.config.check import check
    from assay.data.generators import generators_of
    from assay.tasks.exposr_pages import write
    from assay.tasks.study import _recorded
    from assay.tasks.study_runs import Runs

    config = compose(asked.words)
    check(config)
    if config.evaluation.get("generators") is None:
        raise ConfigError("evaluation.generators is null, so nothing is measured per generator; use experiment=exposr")
    store = open_store(config)
    with _recorded(store, asked.name) as parent, warm():
        known = generators_of(load_manifest(config))
        if len(known) < 2:
            raise ConfigError(
                f"{len(known)} generators in the dataset ({', '.join(known) or 'none'}): one has to be left to train on"
            )
        if unknown := [name for name in asked.generators if name not in known]:
            raise ConfigError(f"generators={unknown[0]}: no such generator; there are {', '.join(known)}")
        runs = Runs(store, asked.name, parent)
        seed = int(config.seed)
        found = [_left_out(name, asked.words, seed, runs) for name in asked.generators or known]
        if all(one.evidence is None for one in found):
            raise StudyError(f"every training failed; the last: {found[-1].error}")
        folder = Path(asked.output).expanduser() if asked.output else store.work.parent / "studies" / asked.name
        write(folder, found, name=asked.name, command=asked.command, images=load_manifest(config).digest[:12])
    return folder, found


def _left_out(name: str, words: Sequence[str], seed: int, runs: object) -> LeftOut:
    from assay.evaluation.evidence import Evidence
    from assay.studies.plan import Planned
    from assay.tasks.study_runs import Runs

    assert isinstance(runs, Runs)
    start = time.monotonic()
    planned = Planned(f"without {name}", seed, None, (*words, f"data.holdout_generator={name}"))
    ended: Ended = runs.get(planned, patience=PATIENCE)
    if ended.run is None:
        print(f"without {name}: failed: {ended.training.error}", file=sys.stderr, flush=True)
        return LeftOut(name, None, None, ended.training.error or "")
    record = ended.run.record
    how = f"trained in {time.monotonic() - start:.0f} s" if ended.trained else "there already"
    print(f"without {name}: {how}, run {record.run_id[:8]}", file=sys.stderr, flush=True)
    return LeftOut(name, record.run_id, Evidence.load(record.file("evidence.json")))
