"""The report of a run: one HTML file that needs nothing else, for people who would rather look than read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from assay.evaluation.cost import Cost
from assay.evaluation.evidence import Evidence
from assay.evaluation.report.catalogue import words_for
from assay.evaluation.report.confusion import MOST_DRAWN, MOST_LABELLED, ConfusedPair, confusion_matrix, most_confused
from assay.evaluation.report.learning import learning_curves
from assay.evaluation.report.mistakes import most_confident_mistakes
from assay.evaluation.report.numbers import images, interval, percent, shown
from assay.evaluation.report.palette import DARK, LIGHT, SERIES, css_variables
from assay.evaluation.report.per_class import classes_to_show
from assay.evaluation.report.ranking import MOST_CLASSES, curves_chart, ranking_curves
from assay.evaluation.report.reliability import reliability_diagram
from assay.evaluation.report.selective import risk_at, risk_coverage, risk_coverage_chart
from assay.evaluation.report.svg import to_svg, widest
from assay.evaluation.report.words import findings
from assay.files import atomic_write
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = ("macro_f1", "balanced_accuracy", "accuracy", "quadratic_kappa", "roc_auc", "ece")
SECTIONS = (
    ("findings", "Findings"),
    ("mistakes", "Errors"),
    ("confusion", "Confusion"),
    ("classes", "Classes"),
    ("calibration", "Calibration"),
    ("ranking", "Ranking"),
    ("learning", "Learning"),
    ("cost", "Cost"),
    ("numbers", "Numbers"),
    ("environment", "Environment"),
)


def write_report(
    path: Path,
    *,
    evidence: Evidence,
    predictions: Predictions,
    probabilities: FloatArray,
    title: str,
    facts: Mapping[str, str] | None = None,
    history: pd.DataFrame | None = None,
    picture_of: Callable[[str], Path | None] | None = None,
) -> None:
    """Write the page, whole or not at all. Every number comes from the evidence; only curves are drawn from the images.

    Args:
        path: the HTML file.
        evidence: what was measured.
        predictions: of the split that the evidence is about.
        probabilities: [N, C], calibrated, in the order of `predictions`.
        title: what was trained.
        facts: name -> text for the top of the page: model, data, when, commit, …
        history: one row per epoch: `stage`, `train/loss`, `val/loss`, `val/macro_f1`, `lr`; None without training.
        picture_of: image id -> its file, for the errors; None leaves the pictures out.
    """
    mistakes = most_confident_mistakes(predictions, probabilities, picture_of=picture_of)
    confusion = evidence.confusion
    matrix = confusion_matrix(confusion, evidence.class_names) if len(evidence.class_names) <= MOST_DRAWN else None
    classes, folded = classes_to_show(evidence)
    text = _template().render(
        title=title,
        facts=dict(facts or {}),
        evidence=evidence,
        level=f"{evidence.confidence * 100:.3g}%",
        light=Markup(css_variables(LIGHT)),
        dark=Markup(css_variables(DARK)),
        series=SERIES,
        sections=SECTIONS,
        headline=[(name, evidence.metrics[name], words_for(name)) for name in HEADLINE if name in evidence.metrics],
        metrics=[(name, measured, words_for(name)) for name, measured in evidence.metrics.items()],
        reasons=_reasons(evidence),
        findings=findings(evidence),
        mistakes=mistakes,
        errors=int(confusion.sum() - confusion.trace()),
        confusion=None if matrix is None else to_svg(matrix),
        confusion_width=0 if matrix is None else round(widest(matrix)),
        pairs=_pairs(evidence),
        classes=classes,
        most_labelled=MOST_LABELLED,
        folded=folded,
        cost_tiles=_cost_tiles(evidence.cost),
        environment=evidence.environment,
        learning=[] if history is None else [to_svg(chart) for chart in learning_curves(history)],
        **_reliability(evidence),
        **_ranking(predictions, probabilities),
        **_selective(evidence, predictions, probabilities),
    )
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("assay.evaluation.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(shown=shown, interval=interval, place=_place, percent=percent, images=images)
    return environment.get_template("page.html.j2")


def _place(value: float, low: float, high: float) -> float:
    """Where a value lies on a scale, in per cent of its length, never outside."""
    return round(100 * min(max((value - low) / (high - low), 0.0), 1.0), 2)


def _reasons(evidence: Evidence) -> dict[str, str]:
    """For each undefined metric the first note that names it."""
    found = {}
    for name, measured in evidence.metrics.items():
        spoken = name.removesuffix("_uncalibrated").replace("_", " ")
        notes = [note for note in evidence.notes if spoken in note.casefold().replace("-", " ")]
        if measured.value is None and notes:
            found[name] = notes[0]
    return found


def _pairs(evidence: Evidence) -> list[ConfusedPair]:
    """What stands beside the matrix: more pairs where it is too large to be labelled, none where it says it all."""
    classes = len(evidence.class_names)
    if classes == 2:
        return []
    return most_confused(evidence.confusion, evidence.class_names, limit=15 if classes > MOST_LABELLED else 8)


def _reliability(evidence: Evidence) -> dict[str, Any]:
    calibration = evidence.calibration
    ends = [
        value
        for side in (calibration.before, calibration.after)
        for value in (side.ece.value, side.ece.high, side.band.high)
        if value is not None
    ]
    return {
        "reliability_before": to_svg(reliability_diagram(calibration.before, "Before calibration")),
        "reliability_after": to_svg(reliability_diagram(calibration.after, _after(calibration.method))),
        "before_after": [
            (words_for(name), evidence.metrics[f"{name}_uncalibrated"], evidence.metrics[name])
            for name in ("ece", "ece_equal_mass", "nll", "brier")
            if f"{name}_uncalibrated" in evidence.metrics and calibration.method != "none"
        ],
        "ece_scale": next(end for end in (0.1, 0.2, 0.5, 1.0) if end >= max(ends, default=0.0) or end == 1.0),
    }


def _after(method: str) -> str:
    return "As served, not calibrated" if method == "none" else f"After calibration ({method})"


def _ranking(predictions: Predictions, probabilities: FloatArray) -> dict[str, Any]:
    names = predictions.class_names
    roc, precision_recall = ranking_curves(predictions.labels, probabilities, names)
    return {
        "roc": roc,
        "pr": precision_recall,
        "roc_chart": to_svg(curves_chart(roc, "ROC", "false positive rate", "true positive rate", chance=True)),
        "pr_chart": to_svg(curves_chart(precision_recall, "Precision and recall", "recall", "precision", chance=False)),
        "unranked": max(len(names) - MOST_CLASSES, 0),
    }


def _selective(evidence: Evidence, predictions: Predictions, probabilities: FloatArray) -> dict[str, Any]:
    coverage, risk = risk_coverage(predictions.labels, probabilities)
    share, error = risk_at(coverage, risk, 0.8)
    augrc = evidence.metrics.get("augrc")
    sentence = f"Answering the most confident {percent(share)}: {error:.1%} wrong, instead of {risk[-1]:.1%} of all."
    if augrc is not None and augrc.value is not None:
        sentence += f" AUGRC {shown(augrc.value)} ({interval(augrc)})."
    return {
        "risk_chart": to_svg(risk_coverage_chart(coverage, risk)),
        "risk_sentence": sentence,
        "full_risk": float(risk[-1]),
        "aurc": evidence.metrics.get("aurc"),
    }


def _cost_tiles(cost: Cost | None) -> list[tuple[str, str, str, str]]:
    """Name, value, unit and what has to be known about it."""
    if cost is None:
        return []
    tiles = [
        ("Parameters", *_parameters(cost.parameters), "weights"),
        ("Size on disk", f"{cost.size_mb:.1f}", "MB", "10⁶ bytes"),
    ]
    for name, value in (
        ("Latency, median", cost.latency_p50_ms),
        ("Latency, p95", cost.latency_p95_ms),
        ("Latency, p99", cost.latency_p99_ms),
    ):
        if value is None:
            tiles.append((name, "—", "", f"needs more runs than {cost.latency_n}"))
        else:
            tiles.append((name, f"{value:.1f}", "ms", f"{cost.latency_n:,} runs"))
    return tiles


def _parameters(count: int) -> tuple[str, str]:
    if count >= 1_000_000:
        return f"{count / 1e6:.1f}", "M"
    return (f"{count / 1e3:.1f}", "k") if count >= 1000 else (str(count), "")
