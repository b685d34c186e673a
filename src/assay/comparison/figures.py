"""Difference plots: each metric's difference with its interval, turned so that right is better for the variant."""

from __future__ import annotations

from collections.abc import Sequence

from assay.comparison.comparison import Claim, VariantComparison
from assay.evaluation.catalogue import better_side, label_of, metric
from assay.evaluation.metric_entry import CLASSIFICATION
from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, shortened
from assay.pages.numbers import signed

COLOURS = {"better": "green", "worse": "orange", "different": "blue"}
_ROW, _TOP, _PLOT, _RIGHT = 30.0, 60.0, 250.0, 152.0


def difference_plots(variant: VariantComparison) -> dict[str, Canvas]:
    """One canvas each for answers, probabilities and classes; those without claims are left out."""
    whole = [claim for claim in variant.claims if claim.class_name is None]
    groups = {
        "answers": (
            "Classification metrics",
            [claim for claim in whole if metric(claim.metric).group == CLASSIFICATION],
        ),
        "confidence": (
            "Probabilistic metrics",
            [claim for claim in whole if metric(claim.metric).group != CLASSIFICATION],
        ),
        "classes": ("Per-class metrics", [claim for claim in variant.claims if claim.class_name is not None]),
    }
    return {key: difference_plot(title, claims) for key, (title, claims) in groups.items() if claims}


def difference_plot(title: str, claims: Sequence[Claim]) -> Canvas:
    """A row per claim: significant differences solid and thick, the others thin and hollow."""
    names = [_name(claim) for claim in claims]
    left = max(max(map(len, names)) * 6.9 + 16, 150.0)
    bottom = _TOP + len(claims) * _ROW
    ends = [end for claim in claims for end in _turned_ends(claim)]
    steps = nice_steps(min([0.0, *ends]), max([0.0, *ends]), about=4) if any(ends) else [-0.01, 0.0, 0.01]
    if steps[0] == 0:
        steps.insert(0, -steps[1])
    if steps[-1] == 0:
        steps.append(-steps[-2])
    canvas = Canvas(left + _PLOT + _RIGHT, bottom + 30, f"{title}: difference of each metric with its interval")
    axes = Axes(canvas, left, _TOP, _PLOT, bottom - _TOP, x_range=(steps[0], steps[-1]))
    canvas.text((0, 16), title, "ink", size=14, bold=True)
    canvas.text((axes.x(0) - 10, _TOP - 14), "◀ worse", size=12, anchor="end")
    canvas.text((axes.x(0) + 10, _TOP - 14), "better ▶", size=12)
    for value in steps:
        canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
        canvas.text((axes.x(value), bottom + 17), _signed(value), size=11, anchor="middle")
    canvas.line([(axes.x(0), axes.top - 6), (axes.x(0), axes.bottom)], "ink", width=1.4)
    for index, (claim, name) in enumerate(zip(claims, names, strict=True)):
        row = _TOP + (index + 0.5) * _ROW
        canvas.text((left - 12, row + 4), name, "ink", size=12.5, anchor="end", bold=claim.established)
        _row(axes, claim, row)
    return canvas


def _row(axes: Axes, claim: Claim, row: float) -> None:
    difference, canvas = claim.difference, axes.canvas
    beside = axes.right + 14
    if difference.value is None:
        canvas.text((beside, row + 4), "undefined", size=12)
        return
    colour = COLOURS.get(claim.verdict, "muted")
    tip = f"{label_of(claim.metric, claim.class_name)}: {difference}; {claim.words}"
    all_ends = _turned_ends(claim)
    if difference.low is not None:
        ends = (all_ends[0], all_ends[-1])
        width = 6.0 if claim.established else 2.0
        canvas.line([(axes.x(end), row) for end in ends], colour, width=width, tip=tip)
        for end in ends:
            canvas.line([(axes.x(end), row - 5), (axes.x(end), row + 5)], colour, width=1.6)
    turn = -1.0 if better_side(claim.metric) == "lower" else 1.0
    center = (axes.x(turn * difference.value), row)
    canvas.dot(center, colour, radius=6.0, tip=tip)
    if not claim.established:
        canvas.dot(center, "surface", radius=3.4, tip=tip)
    mark = {"better": "▲ better", "worse": "▼ worse", "different": "◆ different"}.get(claim.verdict, "inconclusive")
    if claim.verdict == "no difference":
        mark = "= same"
    canvas.text((beside, row + 4), signed(difference.value), "ink", size=12.5, bold=claim.established)
    canvas.text((beside + 62, row + 4), mark, colour, size=12.5, bold=claim.established)


def _name(claim: Claim) -> str:
    if claim.class_name is not None:
        return shortened(label_of(claim.metric, claim.class_name), 34)
    return metric(claim.metric).label


def _turned_ends(claim: Claim) -> list[float]:
    """Value and ends of the interval, positive where the variant is better."""
    turn = -1.0 if better_side(claim.metric) == "lower" else 1.0
    differences = (claim.difference.low, claim.difference.value, claim.difference.high)
    return sorted(turn * end for end in differences if end is not None)


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{'+' if value > 0 else '−'}{tick(abs(value))}"
