"""What the terminal shows at the end of a training: the main numbers with intervals, and where to look next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from assay.commands.document import measurement_cells
from assay.evaluation.catalogue import metric, shown_on
from assay.evaluation.evidence import Evidence
from assay.measurement import Measurement
from assay.pages.numbers import interval, shown
from assay.registry.model_name import is_model_name, like_model_name
from assay.run.report import REPORT
from assay.terminal import joined, styled, terminal
from assay.tracking.connection import UI

if TYPE_CHECKING:
    from assay.run.train import Outcome


def show(outcome: Outcome, places: Sequence[str], seconds: float) -> None:
    """Print the table and where to go on from there.

    Args:
        outcome: of the training.
        places: overrides that say where the run is recorded, which the next commands need too.
        seconds: that the training took, with what came before its parts.
    """
    console = terminal()
    if outcome.evidence is None:
        _show_objectives(console, outcome, seconds)
        return
    console.print(table(outcome.evidence))
    for note in outcome.evidence.notes:
        console.print(f"• {note}", style="dim")
    console.print(took(outcome.seconds, seconds), style="dim")
    for line in next_steps(outcome, places):
        console.print(line, soft_wrap=True)


def next_steps(outcome: Outcome, places: Sequence[str]) -> list[str]:
    """The report, the run in the MLflow UI, and how it is compared, judged, and asked about pictures."""
    tracking = [word for word in places if word.startswith("tracking")]
    run, words = outcome.run_id[:8], "".join(f" {shlex.quote(word)}" for word in tracking)
    overrides = f", {tracking!r}" if tracking else ""
    serving = f", once assay ui{words} serves it" if outcome.page.startswith(UI) else ""
    return [
        f"run      {outcome.run_id}",
        f"report   {outcome.folder / REPORT}",
        f"MLflow   {outcome.page}{serving}",
        f"compare  assay compare {run} OTHER_RUN{words}",
        f"promote  assay promote run={run} gate=default{words}{_model_name(tracking)}",
        f"predict  assay.load({run!r}{overrides}).predict(['photo.jpg']) in Python",
    ]


def _model_name(tracking: Sequence[str]) -> str:
    """The word that names the registered model, where it cannot be called as the experiment is."""
    for word in tracking:
        key, _, typed = word.partition("=")
        experiment = typed.strip("\"'")
        if key == "tracking.experiment" and not is_model_name(experiment):
            return f" {shlex.quote(f'registry.name={like_model_name(experiment)}')}"
    return ""


def took(parts: Mapping[str, float], seconds: float) -> str:
    """Where the time went: the parts add up to the whole, and `fit` is a part of training.

    Args:
        parts: seconds by part, as an `Outcome` has them.
        seconds: of the whole.
    """
    fit = parts.get("fit", 0.0)
    apart = {name: value for name, value in parts.items() if name != "fit"}
    shares = {"start": max(seconds - sum(apart.values()), 0.0), **apart}
    named = [
        f"{name} {value:.1f} s" + (f" (epochs {fit:.1f} s)" if name == "training" else "")
        for name, value in shares.items()
    ]
    return f"took {seconds:.1f} s: {', '.join(named)}"


def _show_objectives(console: Console, outcome: Outcome, seconds: float) -> None:
    """Two lines: what a search wants to know, and that there is no more to it."""
    objectives = "  ".join(f"{name} {value:.4g}" for name, value in outcome.objectives.items())
    console.print(joined(objectives, styled(f"  ({took(outcome.seconds, seconds)})", "dim")), soft_wrap=True)
    console.print(f"run {outcome.run_id}, measured on val alone: no evidence", soft_wrap=True)


def table(evidence: Evidence) -> Table:
    """The main metrics that this evidence has, each with its interval and sample size."""
    drawn = Table(
        title=f"{evidence.split}: {evidence.n} images, {len(evidence.class_names)} classes", title_justify="left"
    )
    drawn.add_column("metric")
    drawn.add_column("value", justify="right")
    drawn.add_column(f"{evidence.confidence:.0%} interval", justify="right")
    drawn.add_column("n", justify="right")
    known = {
        **evidence.metrics,
        **{name: measured for (name, of), measured in evidence.measured().items() if of is None},
    }
    for name in shown_on("terminal", known):
        if name.startswith("reject/") and (evidence.reject is None or evidence.reject.method == "none"):
            continue
        entry, measured = metric(name), known[name]
        digits = 1 if entry.unit else 3
        drawn.add_row(entry.with_unit, shown(measured.value, digits), interval(measured), str(measured.n))
    return drawn


def document(outcome: Outcome, request: object) -> dict[str, Any]:
    """Id and folder of the run, its numbers by metric and class, what a search may optimise, and how long it took.

    Keys of `metrics` are names as they are logged; `per_class` holds those of each class by metric and class.
    """
    measured = _measured(outcome)
    per_class: dict[str, dict[str, Measurement]] = {}
    for (name, class_name), value in measured.items():
        if class_name is not None:
            per_class.setdefault(name, {})[class_name] = value
    return {
        "run": outcome.run_id,
        "folder": outcome.folder,
        "split": None if outcome.evidence is None else outcome.evidence.split,
        "metrics": {name: value for (name, class_name), value in measured.items() if class_name is None},
        "per_class": per_class,
        "objectives": outcome.objectives,
        "seconds": outcome.seconds,
        "notes": [] if outcome.evidence is None else outcome.evidence.notes,
    }


def rows(outcome: Outcome, request: object) -> list[dict[str, Any]]:
    """One row for each metric and class."""
    return [
        {"metric": name, "class": class_name, **measurement_cells(value)}
        for (name, class_name), value in _measured(outcome).items()
    ]


def _measured(outcome: Outcome) -> dict[tuple[str, str | None], Measurement]:
    if outcome.evidence is None:
        return {}
    evidence = outcome.evidence
    return {**{(name, None): value for name, value in evidence.metrics.items()}, **evidence.measured()}
