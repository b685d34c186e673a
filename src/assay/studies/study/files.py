"""What a study leaves as files, and in its parent run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.evaluation.catalogue import names_on
from assay.files import atomic_write
from assay.pages.png import to_png
from assay.studies.comparison.compare import CHANGED
from assay.studies.comparison.compare import CSV as COMPARISON_CSV
from assay.studies.comparison.compare import JSON as COMPARISON_JSON
from assay.studies.comparison.compare import write as write_comparison
from assay.studies.study.collect import Collected
from assay.studies.study.report.figures import forests
from assay.studies.study.report.page import write_page
from assay.studies.study.report.tables import markdown, write_csv
from assay.studies.study.report.view import view
from assay.tracking.run import TrackedRun

if TYPE_CHECKING:
    from assay.studies.result import StudyResult
    from assay.tracking.store import TrackingStore

PAGE, JSON, CSV, MARKDOWN, FIGURES, DETAILS = (
    "index.html",
    "study.json",
    "study.csv",
    "study.md",
    "figures",
    "comparison.html",
)


def write(folder: Path, collected: Collected, store: TrackingStore, parent: str, *, command: str) -> None:
    """Write pages and tables, and log them in the study's run.

    Args:
        folder: made if missing.
        collected: what came out.
        store: where the study is recorded.
        parent: its run id.
        command: what gives the same again.
    """
    result, comparison = collected.result, collected.comparison
    folder.mkdir(parents=True, exist_ok=True)
    result.save(folder / JSON)
    write_csv(folder / CSV, result, comparison)
    with atomic_write(folder / MARKDOWN) as temporary:
        temporary.write_text(markdown(result, comparison, command=command), encoding="utf-8")
    made = [JSON, CSV, MARKDOWN, PAGE]
    if comparison is not None:
        write_comparison(folder, comparison, collected.sides, collected.runs, page=DETAILS)
        made += [name for name in (DETAILS, COMPARISON_JSON, COMPARISON_CSV, CHANGED) if (folder / name).exists()]
    made += [FIGURES] if _figures(folder / FIGURES, collected) else []
    write_page(
        folder / PAGE, result, comparison, facts=_facts(collected), details="" if comparison is None else DETAILS
    )
    run = TrackedRun(store, parent, result.name)
    for name in made:
        run.log_artifact(folder / name)
    run.log_metrics(
        {
            f"{metric}/{variant.name}": value.measured.value
            for variant in result.variants
            for metric in names_on("study mlflow")
            if (value := variant.value(metric))
        }
    )


def _figures(folder: Path, collected: Collected) -> bool:
    shown = view(collected.result, collected.comparison)
    drawn = False
    for name, columns in (("quality", shown.whole), ("classes", shown.classes), ("beside", shown.beside)):
        canvas = forests(columns, f"{collected.result.name}: {name}")
        if canvas is not None:
            folder.mkdir(parents=True, exist_ok=True)
            to_png(canvas, folder / f"{name}.png")
            drawn = True
    return drawn


def _facts(collected: Collected) -> dict[str, str]:
    result = collected.result
    facts = {"test images": f"{result.n:,} in {len(result.class_names)} classes"}
    facts["trainings"] = _counted(result)
    seeds = sorted({training.seed for training in result.variants[0].trainings})
    facts["seeds"] = ", ".join(map(str, seeds))
    if result.folds:
        facts["folds"] = str(result.folds)
    if collected.comparison is not None:
        level = 1 - result.confidence
        facts["hypotheses"] = f"{collected.comparison.family}, level {level:.3g} for all together"
    facts["dataset"] = result.dataset[:12]
    commits = {run.record.tags.get("git_commit", "unknown")[:8] for runs in collected.runs for run in runs}
    facts["commits" if len(commits) > 1 else "commit"] = ", ".join(sorted(commits))
    facts["made"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return facts


def _counted(result: StudyResult) -> str:
    every = [training for variant in result.variants for training in variant.trainings]
    reused = sum(training.reused for training in every)
    failed = sum(training.error is not None for training in every)
    counts = [f"{len(every)}, {len(result.variants)} variants"]
    counts += [f"{reused} reused"] if reused else []
    counts += [f"{failed} failed"] if failed else []
    return ", ".join(counts)
