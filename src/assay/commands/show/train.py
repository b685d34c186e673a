"""What the terminal shows at the end of a training: the main numbers with intervals, and where to look next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from assay.evaluation.evidence import Evidence
from assay.measurement import Measurement
from assay.run.report import REPORT

if TYPE_CHECKING:
    from assay.run.train import Outcome

SHOWN = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "quadratic_kappa": "quadratic kappa",
    "roc_auc": "ROC-AUC",
    "nll": "NLL",
    "brier": "Brier score",
    "ece": "ECE, calibrated",
    "ece_uncalibrated": "ECE, uncalibrated",
    "aurc": "AURC",
}


def show(outcome: Outcome, ui: str) -> None:
    """Print the table and the three places to go on from.

    Args:
        outcome: of the training.
        ui: the command that opens the MLflow UI.
    """
    console = Console()
    if outcome.evidence is None:
        _show_objectives(console, outcome)
        return
    console.print(table(outcome.evidence))
    for note in outcome.evidence.notes:
        console.print(f"[dim]• {note}[/dim]", highlight=False)
    took = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in outcome.seconds.items())
    console.print(f"[dim]took: {took}[/dim]", highlight=False)
    console.print(f"report   {outcome.folder / REPORT}", soft_wrap=True, highlight=False)
    console.print(f"MLflow   {ui}", soft_wrap=True, highlight=False)
    console.print(f"run      {outcome.run_id}", soft_wrap=True, highlight=False)


def _show_objectives(console: Console, outcome: Outcome) -> None:
    """Two lines: what a search wants to know, and that there is no more to it."""
    found = "  ".join(f"{name} {value:.4g}" for name, value in outcome.objectives.items())
    took = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in outcome.seconds.items())
    console.print(f"{found}  [dim]({took})[/dim]", soft_wrap=True, highlight=False)
    console.print(f"run {outcome.run_id}, measured on val alone: no evidence", soft_wrap=True, highlight=False)


def table(evidence: Evidence) -> Table:
    """The main metrics that this evidence has, each with its interval and sample size."""
    shown = Table(
        title=f"{evidence.split}: {evidence.n} images, {len(evidence.class_names)} classes", title_justify="left"
    )
    shown.add_column("metric")
    shown.add_column("value", justify="right")
    shown.add_column(f"{evidence.confidence:.0%} interval", justify="right")
    shown.add_column("n", justify="right")
    for name, title in SHOWN.items():
        if name in evidence.metrics:
            _add(shown, title, evidence.metrics[name])
    if evidence.reject is not None and evidence.reject.method != "none":
        _add(shown, "answered, the rest to a person", evidence.reject.coverage)
        _add(shown, "wrong among the answered", evidence.reject.risk)
    if evidence.ood is not None:
        _add(shown, "test images called unsure or out", evidence.ood.test.away)
        for those in evidence.ood.sets:
            _add(shown, f"OOD AUROC, {those.name}", those.panel[evidence.ood.detector].auroc)
    if evidence.robustness is not None:
        _add(shown, "macro F1 left under corruption", evidence.robustness.relative)
    if evidence.cost is not None and evidence.cost.latency_p50_ms is not None:
        shown.add_row("latency p50, ms", f"{evidence.cost.latency_p50_ms:.1f}", "", str(evidence.cost.latency_n))
    return shown


def _add(shown: Table, title: str, measured: Measurement) -> None:
    shown.add_row(title, _number(measured.value), _interval(measured), str(measured.n))


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _interval(measured: Measurement) -> str:
    return "" if measured.low is None else f"{_number(measured.low)} to {_number(measured.high)}"
