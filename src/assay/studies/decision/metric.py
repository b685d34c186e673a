"""What a decision has to know of a metric: its better side, its name for people, and how its values are written."""

from __future__ import annotations

from assay.comparison.words import better_side as side_in_comparisons
from assay.comparison.words import label_of
from assay.measurement import Measurement
from assay.pages.numbers import shown

COST = "cost/"
COUNTED = ("cost/size_mb", "cost/parameters")
"""Counted, not estimated: the number is exact without an interval."""
UNITS = {"_ms": "ms", "_mb": "MB"}
"""By the end of a cost's name."""
LABELS = {
    "f1": "F1",
    "ece_of_class": "Calibration error",
    "cost/latency_p50_ms": "Median latency",
    "cost/latency_p95_ms": "Latency p95",
    "cost/latency_p99_ms": "Latency p99",
    "cost/size_mb": "Size",
    "cost/parameters": "Parameters",
    "ood/false_reject": "Pictures of its own kind turned away",
    "robust/relative": "Macro-F1 kept under corruption",
    "reject/coverage": "Share answered",
    "reject/risk": "Error rate of what is answered",
    "recall": "Recall",
    "precision": "Precision",
}
HIGHER = ("ood/auroc/", "robust/", "reject/coverage", "recall", "precision")
LOWER = (COST, "ood/false_reject", "reject/risk", "gap/", "memorisation/")


def better_side(metric: str) -> str:
    """Which side is better: "higher", "lower", or "" where that is not known."""
    if metric.startswith(LOWER):
        return "lower"
    return "higher" if metric.startswith(HIGHER) else side_in_comparisons(metric)


def label(metric: str, class_name: str | None = None) -> str:
    """The metric's name for people, with its class."""
    if metric in LABELS:
        return LABELS[metric] if class_name is None else f"{LABELS[metric]} of {class_name}"
    kind, _, rest = metric.partition("/")
    if kind == "ood" and rest.startswith("auroc/"):
        return f"OOD AUROC, {rest.removeprefix('auroc/')}"
    if kind == "robust" and rest.endswith("/macro_f1"):
        return f"Macro-F1 under {rest.removesuffix('/macro_f1').replace('_', ' ')}"
    return label_of(metric, class_name)


def number(metric: str, value: float | None, *, unit: bool = True) -> str:
    """A value as one reads it: `0.912`, costs with three figures and their unit, `61.3 ms`; "—" where there is none."""
    if value is None or not metric.startswith(COST):
        return shown(value)
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{text} {UNITS.get(metric[-3:], '')}".rstrip() if unit else text


def bound(metric: str, value: float) -> str:
    """A bound as it was written, with its unit: `0.85`, `2000 ms`."""
    return f"{value:g} {UNITS.get(metric[-3:], '') if metric.startswith(COST) else ''}".rstrip()


def with_interval(metric: str, measured: Measurement | None) -> str:
    """`0.912 (0.890 to 0.931)`."""
    if measured is None or measured.value is None:
        return "—"
    value, found = number(metric, measured.value), interval(metric, measured)
    return f"{value} ({found})" if found else value


def interval(metric: str, measured: Measurement | None, between: str = " to ") -> str:
    """`0.890 to 0.931`, without the unit; "" where there is none, or its ends are the same to the reader."""
    if measured is None or measured.low is None or measured.high is None:
        return ""
    low, high = (number(metric, end, unit=False) for end in (measured.low, measured.high))
    return "" if low == high else f"{low}{between}{high}"


def ends(metric: str, measured: Measurement | None) -> tuple[float, float] | None:
    """The interval, the value itself included; the value twice where it is counted; None where it is not known.

    A bias-corrected interval can leave its own value out. What has to hold for sure then has to hold for both.
    """
    if measured is None or measured.value is None:
        return None
    if measured.low is None or measured.high is None:
        return (measured.value, measured.value) if metric in COUNTED else None
    return min(measured.low, measured.value), max(measured.high, measured.value)
