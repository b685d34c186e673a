"""The page of a sweep: the best trial and how to train it, importances, and all trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.pages.canvas import Canvas
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates
from assay.sweep.importance import Importance
from assay.sweep.outcome import Outcomes, TrialOutcome, measured, word
from assay.sweep.words import about_importance, command, duration, failures, findings, share_pruned

FRONT_SHOWN = 20


def write_page(
    path: Path,
    sweep: Outcomes,
    importances: Sequence[Importance],
    figures: Mapping[str, Sequence[Canvas]],
    *,
    name: str,
    fixed: Sequence[str],
    total: int,
    seconds_saved: float,
    sampler: str = "",
    dashboard: str = "",
    facts: Mapping[str, str] | None = None,
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        sweep: the trials.
        importances: one for each metric.
        figures: as `assay.sweep.figures.draw` gives them.
        name: of the study.
        fixed: overrides that every trial had.
        total: how many trials there are to be in the end.
        seconds_saved: by pruning, as an estimate.
        sampler: name of the class that drew the points.
        dashboard: command of Optuna's own dashboard for this study; "" names none.
        facts: name -> text for the top of the page.
    """
    environment = templates("assay.sweep")
    environment.filters.update(word=word, measured=measured, duration=duration)
    best = [trial for trial in sweep.trials if trial.number in sweep.best]
    drawn = {key: [to_svg(canvas) for canvas in canvases] for key, canvases in figures.items()}
    save_page(
        path,
        environment,
        "sweep.html.j2",
        name=name,
        facts=dict(facts or {}),
        dashboard=dashboard,
        sweep=sweep,
        fixed=fixed,
        answers=[_answer(trial, fixed) for trial in _shown_first(sweep, best)],
        more=max(0, len(best) - FRONT_SHOWN),
        findings=findings(sweep),
        tiles=_tiles(sweep, total, seconds_saved),
        failures=failures(sweep),
        importance=about_importance(importances, sampler),
        figures=drawn,
        slices={key: svgs for key, svgs in drawn.items() if key.startswith("slices")},
        rows=_in_order(sweep),
    )


def _answer(trial: TrialOutcome, fixed: Sequence[str]) -> dict[str, Any]:
    line, left_out = command(fixed, trial.point, trial.also)
    return {"trial": trial, "command": line, "left_out": left_out}


def _shown_first(sweep: Outcomes, best: Sequence[TrialOutcome]) -> list[TrialOutcome]:
    """The front from the best of the first metric on, as many as a page takes."""
    return [trial for trial in sweep.ranked() if trial in best][:FRONT_SHOWN]


def _in_order(sweep: Outcomes) -> list[TrialOutcome]:
    """The best first: the front, other complete trials, then those without a value."""
    ranked = sorted(sweep.ranked(), key=lambda trial: trial.number not in sweep.best)
    return [*ranked, *sweep.of("running"), *sweep.of("pruned"), *sweep.of("failed")]


def _tiles(sweep: Outcomes, total: int, seconds_saved: float) -> list[tuple[str, str, str]]:
    """Name, number and explanation of each tile."""
    ended = [trial.seconds for trial in sweep.trials if trial.seconds is not None]
    complete = [trial.seconds for trial in sweep.of("complete") if trial.seconds is not None]
    usual = f"{duration(sum(complete) / len(complete))} for a complete trial on average" if complete else ""
    tiles = [("complete trials", f"{len(sweep.of('complete')):,}", f"of {total:,} asked for")]
    if pruned := sweep.of("pruned"):
        saved = f"saved about {duration(seconds_saved)} of training" if seconds_saved >= 1 else "saved next to nothing"
        tiles.append(("pruned", f"{len(pruned):,}", f"{share_pruned(sweep)} of those that ended; {saved}"))
    if failed := sweep.of("failed"):
        tiles.append(("failed", f"{len(failed):,}", f"{len(failures(sweep))} reasons" if len(failed) > 1 else ""))
    if running := sweep.of("running"):
        tiles.append(("running", f"{len(running):,}", "when this page was written"))
    tiles.append(("time in trials", duration(sum(ended)), usual))
    return tiles
