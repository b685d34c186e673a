"""Where the level of a column of a report changes, and how a report says so."""

from __future__ import annotations

from collections.abc import Sequence

from assay.monitoring.estimate.change_points import change_points
from assay.serving.reports.record import Cell, ReportColumn

Z = 1.959964
VALUE = (
    ReportColumn("value", "value", 3, "value", 1.0),
    ReportColumn("lower", "lower", 3, "lower"),
    ReportColumn("upper", "upper", 3, "upper"),
)


def level_marks(values: Sequence[Cell], errors: Sequence[float | None]) -> list[int]:
    """Rows at which the level changes; those without a value or an error are passed over."""
    pairs = [(place, float(value), error) for place, (value, error) in enumerate(zip(values, errors, strict=True))
             if isinstance(value, (int, float)) and error]  # fmt: skip
    changes = change_points([value for _, value, _ in pairs], [error for _, _, error in pairs])
    return [pairs[each.at][0] for each in changes]


def standard_error(low: Cell, high: Cell) -> float | None:
    """Half of an interval in standard errors of a normal; None where there is none."""
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return None
    return max(float(high) - float(low), 1e-6) / (2 * Z)


def marks_in_words(marks: Sequence[int], names: Sequence[Cell]) -> str:
    """The rows by name, as a sentence; "" for none."""
    return f" the level changes at {', '.join(str(names[place]) for place in marks)}." if marks else ""
