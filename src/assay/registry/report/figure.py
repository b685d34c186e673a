"""A picture of a model's history: every candidate that was judged, and who reigned when."""

from __future__ import annotations

from collections.abc import Sequence

from assay.evaluation.catalogue import MAIN
from assay.evaluation.catalogue import metric as metric_entry
from assay.pages.axes import Axes, nice_steps
from assay.pages.canvas import Canvas
from assay.pages.numbers import interval, shown
from assay.registry.report.overview import CandidateRow, Overview

_LEFT, _TOP, _HEIGHT, _RIGHT, _BOTTOM = 48.0, 40.0, 190.0, 20.0, 46.0
_NARROWEST, _STEP, _MOST = 300.0, 34.0, 40


def judged_plot(model: Overview, metric: str = MAIN) -> Canvas | None:
    """Candidates from left to right with their intervals; None where nobody has the metric.

    Promoted ones are filled squares with their version, refused ones crosses, overridden ones triangles, those
    that their canary kept back diamonds.
    """
    measured = [candidate for candidate in model.judged if _value(candidate, metric) is not None][-_MOST:]
    if not measured:
        return None
    width = max(_NARROWEST, _STEP * len(measured))
    words = metric_entry(metric)
    canvas = Canvas(_LEFT + width + _RIGHT, _TOP + _HEIGHT + _BOTTOM, f"{words.label} of each candidate, as judged")
    ends = [end for candidate in measured for end in _ends(candidate, metric)]
    ticks = [step for step in nice_steps(min(ends), max(ends)) if words.high is None or step <= words.high + 1e-9]
    axes = Axes(canvas, _LEFT, _TOP, width, _HEIGHT, (0.4, len(measured) + 0.6), (ticks[0], max(ticks[-1], max(ends))))
    axes.rows(ticks, f"{words.label}{f', {words.better} is better' if words.better else ''}")
    for place, candidate in enumerate(measured, 1):
        _candidate(axes, place, candidate, metric)
    canvas.text(((axes.left + axes.right) / 2, axes.bottom + 38), "candidates as they were judged", anchor="middle")
    return canvas


def _candidate(axes: Axes, place: int, candidate: CandidateRow, metric: str) -> None:
    canvas, measured = axes.canvas, candidate.metrics[metric]
    value = _value(candidate, metric)
    assert value is not None
    x, y = axes.at(place, value)
    became = f", version {candidate.version}" if candidate.version else ""
    spread = f" [{interval(measured, between=', ')}]" if interval(measured) else ""
    tip = f"{candidate.run_name}: {shown(value)}{spread}, {candidate.outcome}{became}, {candidate.time[:10]}"
    color = {"passed": "green", "overridden": "ochre", "refused": "orange", "kept back": "orange"}[candidate.outcome]
    low, high = _ends(candidate, metric)
    canvas.line([axes.at(place, low), axes.at(place, high)], color, width=1.6, opacity=0.75, tip=tip)
    if candidate.outcome == "refused":
        for slope in (-1, 1):
            canvas.line([(x - 5, y - 5 * slope), (x + 5, y + 5 * slope)], color, width=2.4, tip=tip)
    elif candidate.outcome == "overridden":
        canvas.area([(x, y - 7), (x + 7, y + 6), (x - 7, y + 6)], color, tip=tip)
    elif candidate.outcome == "kept back":
        canvas.area([(x, y + 7), (x + 7, y), (x, y - 7), (x - 7, y)], color, tip=tip)
    else:
        canvas.box(x - 5.5, y - 5.5, 11, 11, color, tip=tip)
    if candidate.version:
        canvas.text((x, axes.bottom + 17), candidate.version, "ink", size=11, anchor="middle", bold=True)


def _value(candidate: CandidateRow, metric: str) -> float | None:
    return candidate.metrics[metric].value if metric in candidate.metrics else None


def _ends(candidate: CandidateRow, metric: str) -> Sequence[float]:
    measured, value = candidate.metrics[metric], _value(candidate, metric)
    assert value is not None
    return [value if end is None else end for end in (measured.low, measured.high)]
