"""Where a study is: its file beside the runs, or the run that it was recorded in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import ConfigError, DataError, TrackingError, did_you_mean

if TYPE_CHECKING:
    from assay.comparison import Comparison
    from assay.studies.result import StudyResult
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

STUDY, COMPARISON = "study.json", "comparison.json"
TAG = "assay.study"
NEWEST = 200


@dataclass(frozen=True)
class FoundStudy:
    """A study and where it came from.

    Attributes:
        result: what came out.
        comparison: of its variants with the baseline; None where there is none.
        run: that it is recorded in; None for a file, or where there is no such run.
    """

    result: StudyResult
    comparison: Comparison | None
    run: RunRecord | None


def from_file(path: Path) -> FoundStudy:
    """A study that was given as a file, or as the folder that holds it.

    Raises:
        ConfigError: there is no such file.
        DataError: it cannot be read.
    """
    file = path / STUDY if path.is_dir() else path
    if not file.is_file():
        raise ConfigError(f"study={path}: there is no such file")
    return _read(file, file.with_name(COMPARISON), None)


def from_store(store: TrackingStore, name: str) -> FoundStudy:
    """A study by its name: the file that it left beside the runs, else the newest run that holds one.

    Raises:
        ConfigError: there is no such study; the message lists those that there are.
        DataError: it cannot be read.
    """
    file = folder_of(store) / name / STUDY
    run = next((record for record in recorded(store) if record.tags[TAG] == name), None)
    if file.is_file():
        return _read(file, file.with_name(COMPARISON), run)
    if run is None:
        known = {path.parent.name for path in folder_of(store).glob(f"*/{STUDY}")}
        known |= {record.tags[TAG] for record in recorded(store)}
        hint = did_you_mean(name, known) if known else "none has run yet; begin one with assay study"
        raise ConfigError(f"study={name}: no such study; {hint}")
    return _read(run.fetch(STUDY), _fetched(run, COMPARISON), run)


def runs_of_study(store: TrackingStore, study: str) -> list[str]:
    """Run ids of a study's trainings that ended well, those of the baseline first.

    Args:
        store: where it is recorded.
        study: its name, or the path of its `study.json` or folder.

    Raises:
        ConfigError: there is no such study, or its folds have other test images each.
        DataError: it cannot be read.
    """
    path = Path(study).expanduser()
    is_path = path.suffix == ".json" or path.is_dir()
    result = (from_file(path) if is_path else from_store(store, study)).result
    if result.folds is not None:
        raise ConfigError(
            f"study={study}: its {result.folds} folds have test images of their own, so its runs are only compared by "
            "assay study itself; name single runs of one fold"
        )
    return [training.run_id for variant in result.variants for training in variant.trainings if training.run_id]


def trainings_of_studies(store: TrackingStore) -> dict[str, set[str]]:
    """Run id -> names of the studies that have it among their trainings; studies that cannot be read are left out.

    Args:
        store: where they are recorded; those that left their files beside its runs count too.
    """
    from assay.studies.result import StudyResult

    studies: dict[str, set[str]] = {}
    files = list(folder_of(store).glob(f"*/{STUDY}"))
    files += [path for run in recorded(store) if (path := _fetched(run, STUDY)) is not None]
    for file in files:
        try:
            result = StudyResult.load(file)
        except DataError:
            continue
        for training in (training for variant in result.variants for training in variant.trainings):
            if training.run_id:
                studies.setdefault(training.run_id, set()).add(result.name)
    return studies


def folder_of(store: TrackingStore) -> Path:
    """Where studies leave their files."""
    return store.work.parent / "studies"


def recorded(store: TrackingStore) -> Iterator[RunRecord]:
    """Parent runs that hold a study, the newest first; a sweep's parent has the tag of its name but no study."""
    from assay.tracking.client import tracking_errors

    with tracking_errors("looking for studies", store.uri, "See whether the store still answers"):
        runs = store.client.search_runs(
            store.experiment_ids, f"tags.`{TAG}` LIKE '%'", max_results=NEWEST, order_by=["start_time DESC"]
        )
        for run in runs:
            if any(entry.path == STUDY for entry in store.client.list_artifacts(run.info.run_id)):
                yield store.find(run.info.run_id)


def _read(study: Path, comparison: Path | None, run: RunRecord | None) -> FoundStudy:
    from assay.comparison import Comparison
    from assay.studies.result import StudyResult

    result = StudyResult.load(study)
    if not result.variants:
        raise DataError(f"{study}: the study has no variants; there is nothing to decide on")
    loaded = Comparison.load(comparison) if comparison and comparison.is_file() else None
    return FoundStudy(result, loaded, run)


def _fetched(run: RunRecord, name: str) -> Path | None:
    try:
        return run.fetch(name)
    except TrackingError:
        return None
