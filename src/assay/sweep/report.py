"""The report of a study: its page and its figures as PNG, in the sweep's folder."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.database.url import without_password
from assay.pages.png import to_png
from assay.sweep.figures import as_pictures, draw
from assay.sweep.importance import importances
from assay.sweep.outcome import Outcomes, read_outcomes
from assay.sweep.page import write_page
from assay.sweep.words import duration

if TYPE_CHECKING:
    from assay.sweep.study import Study
    from assay.sweep.summary import StudySummary

PAGE, FIGURES = "sweep.html", "figures"


def write_report(folder: Path, study: Study, summary: StudySummary) -> None:
    """Write `sweep.html` and `figures/*.png`, each whole or not at all.

    Args:
        folder: of the sweep.
        study: whose trials are shown, also those of other processes.
        summary: of the study.
    """
    settings, trials = study.settings, study.trials()
    best = [each.number for each in summary.best]
    outcomes = read_outcomes(trials, settings.metrics, settings.directions, best)
    measured_importances = importances(trials, settings.metrics, settings.directions)
    figures = draw(outcomes, measured_importances)
    write_page(
        folder / PAGE,
        outcomes,
        measured_importances,
        figures,
        name=summary.study,
        fixed=[without_password(word) for word in study.space.fixed],
        total=study.total,
        seconds_saved=summary.seconds_saved,
        sampler=_class_name(settings.sampler),
        dashboard=f"optuna-dashboard {shlex.quote(study.address)}",
        facts=_facts(study, outcomes),
    )
    for name, canvas in as_pictures(figures).items():
        to_png(canvas, folder / FIGURES / f"{name}.png")


def _facts(study: Study, outcomes: Outcomes) -> dict[str, str]:
    settings = study.settings
    metrics = zip(settings.metrics, settings.directions, strict=True)
    facts = {
        "optimised": ", ".join(f"{metric} ({direction})" for metric, direction in metrics),
        "varied": f"{len(outcomes.variables)} variables"
        if len(outcomes.variables) != 1
        else outcomes.variables[0].name,
        "sampler": f"{_class_name(settings.sampler)}, seed {settings.seed}",
        "pruner": _class_name(settings.pruner).replace("NopPruner", "none"),
    }
    times = [trial.datetime_start for trial in study.trials() if trial.datetime_start is not None]
    ends = [trial.datetime_complete for trial in study.trials() if trial.datetime_complete is not None]
    if times and ends:
        facts["first to last trial"] = duration(max((max(ends) - min(times)).total_seconds(), 0.0))
    facts["written"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return facts


def _class_name(node: Mapping[str, Any]) -> str:
    return str(node["_target_"]).rpartition(".")[2]
