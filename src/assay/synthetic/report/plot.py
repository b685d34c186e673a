"""The scores of generated images as one picture: KID, precision, recall and coverage, over real against real."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evaluation.catalogue import fields_on
from assay.evaluation.metric_entry import MetricEntry
from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, shortened
from assay.pages.palette import SERIES
from assay.synthetic.fidelity.record import ALL, FidelityEvidence, FidelityRow, FidelityScore
from assay.synthetic.report.words import number

_ROW, _TOP, _APART, _BETWEEN = 20.0, 92.0, 14.0, 30.0
_KID, _NUMBER, _SHARE, _SIZES = 270.0, 52.0, 140.0, 150.0


@dataclass(frozen=True)
class _Panel:
    word: str
    entry: MetricEntry
    axes: Axes
    steps: list[float]


def scores_plot(evidence: FidelityEvidence) -> Canvas:
    """A row for each class and generator; grey is where real against real lies at the same sizes."""
    names = [ALL, *evidence.class_names]
    shown = evidence.generators or (ALL,)
    widest = max(len(_title(name)) for name in names), max(len(shortened(maker, 16)) for maker in shown)
    left = max(120.0, 7.6 * widest[0] + 7.0 * widest[1] + 34)
    block = len(shown) * _ROW + _APART
    bottom = _TOP + len(names) * block
    width = left + _KID + _NUMBER + 3 * (_BETWEEN + _SHARE) + _SIZES
    canvas = Canvas(width, bottom + 50, "KID, precision, recall and coverage of generated images for each class")
    canvas.text((0, 16), "Generated images against the real ones of their class", "ink", size=14, bold=True)
    about = f"{evidence.extractor}; lines are intervals, grey is real against real at the same sizes"
    canvas.text((0, 36), about, size=12)
    panels = _panels(evidence, canvas, left, bottom)
    for panel in panels:
        _frame(panel, bottom)
    for index, name in enumerate(names):
        top = _TOP + index * block
        canvas.text((0, top + _ROW * 0.5 + 8), _title(name), "ink", size=12.5, bold=True)
        for line, generator in enumerate(shown):
            at, color = top + (line + 0.5) * _ROW + 4, SERIES[line % len(SERIES)][0]
            canvas.text((left - 12, at + 4), shortened(generator, 16), color, size=12, anchor="end")
            if (row := evidence.row(name, generator)) is None:
                continue
            for panel in panels:
                _draw(panel, row, at, color)
            sizes = f"{row.real:,} real, {row.generated:,} made"
            canvas.text((panels[-1].axes.right + 14, at + 4), sizes, size=11)
    return canvas


def _title(name: str) -> str:
    return "all classes" if name == ALL else shortened(name, 24)


def _panels(evidence: FidelityEvidence, canvas: Canvas, left: float, bottom: float) -> list[_Panel]:
    steps = nice_steps(*_range(evidence), about=4)
    height = bottom - _TOP
    axes = Axes(canvas, left, _TOP, _KID, height, x_range=(steps[0], steps[-1]))
    panels = [_Panel("kid", _entry("kid"), axes, steps)]
    begin = axes.right + _NUMBER
    for word in ("precision", "recall", "coverage"):
        begin += _BETWEEN
        panels.append(_Panel(word, _entry(word), Axes(canvas, begin, _TOP, _SHARE, height), [0.0, 0.5, 1.0]))
        begin += _SHARE
    return panels


def _entry(word: str) -> MetricEntry:
    return fields_on("fidelity")[word]


def _frame(panel: _Panel, bottom: float) -> None:
    axes, canvas = panel.axes, panel.axes.canvas
    canvas.text((axes.left, _TOP - 26), panel.entry.head, "ink", size=12.5, bold=True)
    canvas.text((axes.left, _TOP - 10), panel.entry.meaning, size=11)
    for value in panel.steps:
        canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
        canvas.text((axes.x(value), bottom + 17), tick(value), size=11, anchor="middle")
    if panel.word == "kid":
        canvas.line([(axes.x(0), axes.top), (axes.x(0), axes.bottom)], "ink", width=1.2)
    canvas.text((axes.left, bottom + 38), f"{panel.entry.better} is better", size=11.5)


def _draw(panel: _Panel, row: FidelityRow, at: float, color: str) -> None:
    score, axes, canvas = row.scores[panel.word], panel.axes, panel.axes.canvas
    measured, same = score.measured, score.same_sizes
    if same:
        low, high = (axes.x(min(max(end, axes.x_range[0]), axes.x_range[1])) for end in (same.low, same.high))
        canvas.box(low, at - 7, max(high - low, 3.0), 14, "muted", opacity=0.3, tip=_about(panel, score))
    if measured.value is None:
        if panel.word == "kid":
            canvas.text((axes.x(0) + 8, at + 4), shortened(score.statement, 44), size=11)
        return
    tip = f"{row.generator}, {row.name}: {_about(panel, score)}"
    if measured.low is not None and measured.high is not None:
        canvas.line([(axes.x(measured.low), at), (axes.x(measured.high), at)], color, width=2.4, tip=tip)
    canvas.dot((axes.x(measured.value), at), color, radius=4.5, tip=tip)
    if panel.word == "kid":
        canvas.text((axes.right + _NUMBER, at + 4), number(measured.value), color, size=12, anchor="end")


def _range(evidence: FidelityEvidence) -> tuple[float, float]:
    ends = [0.0]
    for row in evidence.rows:
        score = row.scores["kid"]
        measured, same = score.measured, score.same_sizes
        ends += [end for end in (measured.value, measured.low, measured.high) if end is not None]
        ends += [same.low, same.high] if same else []
    low, high = min(ends), max(ends)
    return low, high if high > low else low + 1.0


def _about(panel: _Panel, score: FidelityScore) -> str:
    measured, same = score.measured, score.same_sizes
    interval = "" if measured.low is None else f" [{number(measured.low)}, {number(measured.high)}]"
    message = f"{panel.entry.head} {number(measured.value)}{interval}"
    if same:
        message += f"; real against real with {same.n} images each {number(same.real)} [{number(same.low)}, "
        message += f"{number(same.high)}]"
    return message
