"""`assay compare`: runs against a baseline on the same test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.destination import check_destination
from assay.errors import ConfigError
from assay.files import digest_of
from assay.run.workspace import open_store
from assay.spreadsheet import save_csv
from assay.studies.comparison.request import ComparisonRequest
from assay.studies.comparison.sides import LoadedRun, differences, load_run, sides_of
from assay.studies.study_folder import runs_of_study
from assay.tracking.registered import MODEL, run_of_model

if TYPE_CHECKING:
    from assay.comparison import Comparison, Side
    from assay.comparison.changed import Changed
    from assay.comparison.page import VariantRow
    from assay.tracking.store import TrackingStore

PAGE, JSON, CSV, CHANGED = "index.html", "comparison.json", "comparison.csv", "changed.csv"
PAGES, PICTURES = "comparisons", 24


@dataclass(frozen=True)
class ComparedRuns:
    """What the command leaves.

    Attributes:
        folder: page and tables.
        comparison: what was found.
    """

    folder: Path
    comparison: Comparison


def compare_runs(asked: ComparisonRequest, config: DictConfig) -> ComparedRuns:
    """Load the runs, compare them, and write page and tables.

    Raises:
        AssayError: a run is not there or has no predictions, or test sets, classes or seeds do not fit together.
    """
    store = open_store(config)
    if not asked.output:  # a place that was named was looked at when it was read
        check_destination(f"output={store.work.parent / PAGES}", store.work.parent / PAGES, folder=True)

    from assay.comparison import compare, on_common_images

    records = [store.find(run_of_model(store, run) if MODEL.fullmatch(run) else run) for run in asked.ordered_runs]
    ids = [record.run_id for record in records]
    if twice := next((run for run in ids if ids.count(run) > 1), None):
        raise ConfigError(f"run {twice} is named twice; a run is not compared with itself")
    of_studies = [run for name in asked.studies for run in runs_of_study(store, name)]
    records += [store.find(run) for run in dict.fromkeys(of_studies) if run not in ids]
    runs = [load_run(record) for record in records]
    sides, members, left_out = sides_of(runs)
    answered = len(sides[0].trainings[0])
    if asked.common:
        sides = on_common_images(sides)
        if (common := len(sides[0].trainings[0])) < answered:
            left_out.append(f"Compared on the {common} images that all runs have answered, of {answered}.")
    comparison = compare(
        sides[0],
        sides[1:],
        metrics=asked.metrics,
        resamples=asked.resamples,
        seed=int(config.seed),
        confidence=asked.confidence,
    )
    comparison = replace(comparison, notes=(*left_out, *comparison.notes))
    folder = Path(asked.output).expanduser() if asked.output else _folder(store, comparison)
    write(folder, comparison, sides, members)
    return ComparedRuns(folder, comparison)


def _folder(store: TrackingStore, comparison: Comparison) -> Path:
    """One folder for each selection of runs, so that the same comparison takes its own place again."""
    sides = (comparison.baseline, *(variant.side for variant in comparison.variants))
    names = [side.runs[0][:8] for side in sides[:3]]
    if len(sides) > 3 or any(len(side.runs) > 1 for side in sides):
        names.append(digest_of([side.runs for side in sides])[:8])
    return store.work.parent / PAGES / "-".join(names)


def write(
    folder: Path,
    comparison: Comparison,
    sides: Sequence[Side],
    members: Sequence[Sequence[LoadedRun]],
    *,
    page: str = PAGE,
) -> None:
    """Write page and tables; the images that turned only where all sides have answered about the same ones."""
    from assay.comparison.page import write_page

    same = comparison.unit_word != "folds"
    shown = _shown(folder, comparison, sides, members) if same else _not_shown(comparison, members)
    comparison.save_json(folder / JSON)
    comparison.save_csv(folder / CSV)
    write_page(folder / page, comparison, shown, facts=_facts(comparison, members))


def _shown(
    folder: Path, comparison: Comparison, sides: Sequence[Side], members: Sequence[Sequence[LoadedRun]]
) -> list[VariantRow]:
    from assay.comparison.changed import changed_images, turned_per_class
    from assay.comparison.page import VariantRow

    files = members[0][0].picture_files()
    turned: list[tuple[str, str, Changed]] = []
    shown = []
    for side, runs in zip(sides[1:], members[1:], strict=True):
        won, lost = changed_images(sides[0], side, limit=comparison.n)
        turned += [(side.name, word, image) for word, images in (("won", won), ("lost", lost)) for image in images]
        won, lost = changed_images(sides[0], side, limit=PICTURES, picture_of=files.get)
        differs = differences(members[0][0].settings, runs[0].settings)
        shown.append(VariantRow(won, lost, turned_per_class(sides[0], side), differs))
    _write_changed(folder / CHANGED, turned)
    return shown


def _not_shown(comparison: Comparison, members: Sequence[Sequence[LoadedRun]]) -> list[VariantRow]:
    from assay.comparison.page import VariantRow

    return [VariantRow((), (), (), differences(members[0][0].settings, runs[0].settings)) for runs in members[1:]]


def _write_changed(path: Path, turned: Sequence[tuple[str, str, Changed]]) -> None:
    columns = ("variant", "turned", "image_id", "class", "baseline_says", "variant_says", "truth_before", "truth_after")
    rows = []
    for variant, word, image in turned:
        probabilities = (f"{image.before_probability:.6f}", f"{image.after_probability:.6f}")
        rows.append([variant, word, image.id, image.true, image.before, image.after, *probabilities])
    save_csv(path, columns, rows)


def _facts(comparison: Comparison, members: Sequence[Sequence[LoadedRun]]) -> dict[str, str]:
    sides = (comparison.baseline, *(variant.side for variant in comparison.variants))
    facts = {"test images": f"{comparison.n:,} in {len(comparison.class_names)} classes"}
    for place, side in enumerate(sides):
        role = "baseline" if place == 0 else "variant" if len(sides) == 2 else f"variant {place}"
        seeds = f"seeds {', '.join(map(str, side.seeds))}" if len(side.seeds) > 1 else f"seed {side.seeds[0]}"
        facts[role] = f"{', '.join(run[:8] for run in side.runs)} · {seeds}"
    datasets = {run.record.tags.get("dataset_digest", "unknown")[:12] for side in members for run in side}
    facts["dataset"] = ", ".join(sorted(datasets))
    commits = list(dict.fromkeys(run.record.tags.get("git_commit", "unknown")[:8] for side in members for run in side))
    facts["commits" if len(commits) > 1 else "commit"] = ", ".join(commits)
    facts["hypotheses"] = f"{comparison.family}, level {1 - comparison.confidence:.3g} for all together"
    facts["made"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return facts
