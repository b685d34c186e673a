"""Runs as sides of a comparison: their calibrated test predictions, and which of them only their seeds tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import AssayError, DataError, TrackingError
from assay.files import digest_of
from assay.run.val_only import refuse_val_only

if TYPE_CHECKING:
    from assay.comparison import Side
    from assay.predictions import Predictions
    from assay.tracking.read import RunRecord

WITHOUT_EFFECT = ("name", "overrides", "resume", "cache", "mirror_limit", "tracking", "registry", "explain", "seed")


@dataclass(frozen=True, eq=False)
class LoadedRun:
    """What a comparison needs of a run.

    Attributes:
        record: in the store.
        predictions: on the test split, calibrated.
    """

    record: RunRecord
    predictions: Predictions

    @property
    def seed(self) -> int:
        """The run's seed."""
        return int(self.record.params.get("seed", "0"))

    @cached_property
    def settings(self) -> dict[str, str]:
        """What can change a result, the seed apart: of its config, else of its params."""
        from assay.config import door
        from assay.run.recorded_run import RecordedRun
        from assay.tracking.limits import flatten

        try:
            settings = flatten(door.plain(RecordedRun(self.record).config))
        except AssayError:
            settings = dict(self.record.params)
        return {
            name: value
            for name, value in settings.items()
            if name.split(".")[0] not in WITHOUT_EFFECT and not name.endswith(".seed")
        }

    @cached_property
    def way(self) -> str:
        """Digest of the settings: the same for trainings that only their seeds tell apart."""
        return digest_of(self.settings)

    def picture_files(self) -> dict[str, Path]:
        """Image id -> its file; empty where the run recorded no manifest."""
        from assay.run.recorded_run import RecordedRun

        try:
            return RecordedRun(self.record).picture_files
        except (DataError, TrackingError, OSError):
            return {}


def load_run(record: RunRecord) -> LoadedRun:
    """The run's calibrated answers, without its network.

    Raises:
        DataError: the run has no test predictions or no predictor, or they cannot be read.
    """
    from assay.run.recorded_run import RecordedRun

    refuse_val_only(record, "compared")
    run = RecordedRun(record)
    try:
        return LoadedRun(record, run.calibrator.applied(run.predictions("test").answers_only()))
    except TrackingError as error:
        raise DataError(f"run {record.run_id} ({record.status}) cannot be compared: {error}") from error


def sides_of(runs: Sequence[LoadedRun]) -> tuple[list[Side], list[list[LoadedRun]], list[str]]:
    """The runs as sides of a comparison, the runs of each side, and what was left out.

    Runs of one way of training with different seeds become one side, unless then only one side is left; sides are
    paired by the seeds that all of them have.

    Args:
        runs: the baseline first.

    Raises:
        DataError: a side with several seeds has none in common with another.
    """
    groups: dict[str, list[LoadedRun]] = {}
    for run in runs:
        groups.setdefault(run.way, []).append(run)
    sides = []
    for group in groups.values():
        repeated = len({run.seed for run in group}) == len(group)
        sides += [group] if repeated and len(groups) > 1 else [[run] for run in group]
    sides.sort(key=lambda side: min(runs.index(run) for run in side))
    notes: list[str] = []
    if any(len(side) > 1 for side in sides):
        sides, notes = _paired_by_seed(sides)
    names = _names(sides)
    return [_side(side, name) for side, name in zip(sides, names, strict=True)], sides, notes


def differences(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Settings that differ: name -> (first's, second's)."""
    names = sorted({*first, *second})
    return {
        name: (first.get(name, "—"), second.get(name, "—")) for name in names if first.get(name) != second.get(name)
    }


def _paired_by_seed(sides: list[list[LoadedRun]]) -> tuple[list[list[LoadedRun]], list[str]]:
    common = set.intersection(*({run.seed for run in side} for side in sides))
    if not common:
        listed = "; ".join(f"{side[0].record.name}: {', '.join(str(run.seed) for run in side)}" for side in sides)
        raise DataError(f"the sides have no seed in common to be paired by ({listed}); give runs of the same seeds")
    dropped = [run for side in sides for run in side if run.seed not in common]
    kept = [sorted((run for run in side if run.seed in common), key=lambda run: run.seed) for side in sides]
    if not dropped:
        return kept, []
    listed = ", ".join(f"{run.record.run_id[:8]} (seed {run.seed})" for run in dropped)
    return kept, [f"Left out, because not every side has that seed: {listed}."]


def _names(sides: Sequence[Sequence[LoadedRun]]) -> list[str]:
    """What tells them apart: the words of a run's name that not all have, without the seed of a side with several.

    Where no word is left it is the backbone, where two would be called alike the beginning of the id comes behind.
    """
    named = [
        [word for word in side[0].record.name.split() if len(side) == 1 or not word.startswith("seed=")]
        for side in sides
    ]
    same = set.intersection(*map(set, named)) if len({tuple(words) for words in named}) > 1 else set[str]()
    plain = [
        " ".join(word for word in words if word not in same) or side[0].record.params.get("model.name", "run")
        for words, side in zip(named, sides, strict=True)
    ]
    return [
        f"{name} ({side[0].record.run_id[:6]})" if plain.count(name) > 1 else name
        for name, side in zip(plain, sides, strict=True)
    ]


def _side(side: Sequence[LoadedRun], name: str) -> Side:
    from assay.comparison import Side

    return Side(
        name,
        tuple(run.predictions for run in side),
        tuple(run.seed for run in side),
        tuple(run.record.run_id for run in side),
    )
