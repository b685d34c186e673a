"""Leave each generator out in turn, train on the others, and gather how well it is detected."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.config.compose import compose
from assay.errors import ConfigError, StudyError
from assay.output import say
from assay.run.shared_objects import sharing
from assay.studies.left_out.left_out import LeftOut
from assay.studies.left_out.request import LeftOutRequest

if TYPE_CHECKING:
    from assay.studies.study.runs import Ended


PATIENCE = 24 * 3600.0


def exposr(asked: LeftOutRequest) -> tuple[Path, list[LeftOut]]:
    """Train what is missing, gather, write page and table.

    Raises:
        AssayError: the config cannot work, the dataset has fewer than two generators, or every training failed.
    """
    from assay.config.check import check

    config = compose(asked.words)
    check(config)
    if config.evaluation.get("generators") is None:
        raise ConfigError("evaluation.generators is null, so nothing is measured per generator; use experiment=exposr")

    from assay.data.generators import generators_of
    from assay.run.images import load_real_manifest
    from assay.run.workspace import recording_store
    from assay.studies.left_out.page import write
    from assay.studies.study.runs import Runs
    from assay.studies.study.study import _recorded

    store = recording_store(config)
    with _recorded(store, asked.name) as parent, sharing():
        known = generators_of(load_real_manifest(config))
        if len(known) < 2:
            raise ConfigError(
                f"{len(known)} generators in the dataset ({', '.join(known) or 'none'}): one has to be left to train on"
            )
        if unknown := [name for name in asked.generators if name not in known]:
            raise ConfigError(f"generators={unknown[0]}: no such generator; there are {', '.join(known)}")
        runs = Runs(store, asked.name, parent)
        seed = int(config.seed)
        left_out = [_left_out(name, asked.words, seed, runs) for name in asked.generators or known]
        if all(entry.evidence is None for entry in left_out):
            raise StudyError(f"every training failed; the last: {left_out[-1].error}")
        folder = Path(asked.output).expanduser() if asked.output else store.work.parent / "studies" / asked.name
        write(folder, left_out, name=asked.name, command=asked.command, images=load_real_manifest(config).digest[:12])
    return folder, left_out


def _left_out(name: str, words: Sequence[str], seed: int, runs: object) -> LeftOut:
    from assay.run.recorded_run import RecordedRun
    from assay.studies.study.plan import Planned
    from assay.studies.study.runs import Runs

    assert isinstance(runs, Runs)
    start = time.monotonic()
    planned = Planned(f"without {name}", seed, None, (*words, f"data.holdout_generator={name}"))
    ended: Ended = runs.get(planned, patience=PATIENCE)
    if ended.run is None:
        say(f"without {name}: failed: {ended.training.error}", to_stderr=True)
        return LeftOut(name, None, None, ended.training.error or "")
    record = ended.run.record
    how = f"trained in {time.monotonic() - start:.0f} s" if ended.trained else "there already"
    say(f"without {name}: {how}, run {record.run_id[:8]}", to_stderr=True)
    return LeftOut(name, record.run_id, RecordedRun(record).evidence)
