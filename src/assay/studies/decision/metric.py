"""What a decision has to know of a metric beside the catalogue: bounds on families, and how its values are written."""

from __future__ import annotations

from assay.evaluation.catalogue import family, metric
from assay.measurement import Measurement
from assay.pages.numbers import shown

COST = "cost/"


def better_side(name: str) -> str:
    """Which side is better: "higher", "lower", or "" where that is not known; of a family where it names one."""
    members = family(name)
    return metric(name).better or ("" if members is None else members.better)


def number(name: str, value: float | None, *, unit: bool = True) -> str:
    """A value as one reads it: `0.912`, costs with three figures and their unit, `61.3 ms`; "—" where there is none."""
    if value is None or not name.startswith(COST):
        return shown(value)
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{text} {metric(name).unit}".rstrip() if unit else text


def bound(name: str, value: float) -> str:
    """A bound as it was written, with its unit: `0.85`, `2000 ms`."""
    return f"{value:g} {metric(name).unit}".rstrip()


def with_interval(name: str, measured: Measurement | None) -> str:
    """`0.912 (0.890 to 0.931)`."""
    if measured is None or measured.value is None:
        return "—"
    value, ends = number(name, measured.value), interval(name, measured)
    return f"{value} ({ends})" if ends else value


def interval(name: str, measured: Measurement | None, between: str = " to ") -> str:
    """`0.890 to 0.931`, without the unit; "" where there is none, or its ends are the same to the reader."""
    if measured is None or measured.low is None or measured.high is None:
        return ""
    low, high = (number(name, end, unit=False) for end in (measured.low, measured.high))
    return "" if low == high else f"{low}{between}{high}"


def ends(name: str, measured: Measurement | None) -> tuple[float, float] | None:
    """The interval, the value itself included; the value twice where it is counted; None where it is not known.

    A bias-corrected interval can leave its own value out. What has to hold for sure then has to hold for both.
    """
    if measured is None or measured.value is None:
        return None
    if measured.low is None or measured.high is None:
        return (measured.value, measured.value) if metric(name).counted else None
    return min(measured.low, measured.value), max(measured.high, measured.value)
