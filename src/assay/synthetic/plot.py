"""Dot plot of KID with its interval, class by class and generator by generator, over what real against real gives."""

from __future__ import annotations

from assay.evaluation.report.axes import Axes, nice_steps, tick
from assay.evaluation.report.canvas import Canvas, shortened
from assay.evaluation.report.palette import SERIES
from assay.synthetic.record import ALL, FidelityEvidence, FidelityRow, Score
from assay.synthetic.words import number

_ROW, _TOP, _PLOT, _RIGHT, _APART = 20.0, 58.0, 330.0, 150.0, 14.0


def kid_plot(evidence: FidelityEvidence) -> Canvas:
    """A row for each class and generator; grey is where real against real lies at the same sizes."""
    names = [ALL, *evidence.class_names]
    shown = evidence.generators or (ALL,)
    left = max(120.0, 7.2 * max(len(shortened(name, 24)) for name in names) + 7.0 * max(len(one) for one in shown) + 34)
    block = len(shown) * _ROW + _APART
    bottom = _TOP + len(names) * block
    canvas = Canvas(left + _PLOT + _RIGHT, bottom + 46, "KID of generated images, with intervals, for each class")
    steps = nice_steps(*_range(evidence), about=5)
    axes = Axes(canvas, left, _TOP, _PLOT, bottom - _TOP, x_range=(steps[0], steps[-1]))
    canvas.text((0, 16), "KID against the real images of the class", "ink", size=14, bold=True)
    canvas.text((0, 36), f"{evidence.extractor}; 0 is no difference, lower is better", size=12)
    for value in steps:
        canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
        canvas.text((axes.x(value), bottom + 17), tick(value), size=11, anchor="middle")
    canvas.line([(axes.x(0), axes.top - 4), (axes.x(0), axes.bottom)], "ink", width=1.2)
    canvas.text((axes.left, bottom + 36), "grey: real against real, at the same sizes", size=11.5)
    for place, name in enumerate(names):
        top = _TOP + place * block
        canvas.text((0, top + _ROW * 0.5 + 8), shortened(name, 24), "ink", size=12.5, bold=True)
        for line, generator in enumerate(shown):
            row = evidence.row(name, generator)
            at = top + (line + 0.5) * _ROW + 4
            color = SERIES[line % len(SERIES)][0]
            canvas.text((left - 12, at + 4), shortened(generator, 16), color, size=12, anchor="end")
            if row is not None:
                _draw(axes, row, at, color)
    return canvas


def _draw(axes: Axes, row: FidelityRow, at: float, color: str) -> None:
    score, canvas = row.scores["kid"], axes.canvas
    told = score.measured
    if score.same_sizes:
        low, high = axes.x(score.same_sizes.low), axes.x(score.same_sizes.high)
        canvas.box(low, at - 7, max(high - low, 3.0), 14, "muted", opacity=0.3, tip=_about(score))
    if told.value is None:
        canvas.text((axes.x(0) + 8, at + 4), shortened(score.statement, 44), size=11)
        return
    tip = f"{row.generator}, {row.name}: {_about(score)}"
    if told.low is not None and told.high is not None:
        canvas.line([(axes.x(told.low), at), (axes.x(told.high), at)], color, width=2.4, tip=tip)
    canvas.dot((axes.x(told.value), at), color, radius=4.5, tip=tip)
    canvas.text((axes.right + 12, at + 4), f"{number(told.value)}   {row.real} real, {row.generated}", size=11)


def _range(evidence: FidelityEvidence) -> tuple[float, float]:
    ends = [0.0]
    for row in evidence.rows:
        score = row.scores["kid"]
        told, same = score.measured, score.same_sizes
        ends += [end for end in (told.value, told.low, told.high) if end is not None]
        ends += [same.low, same.high] if same else []
    low, high = min(ends), max(ends)
    return low, high if high > low else low + 1.0


def _about(score: Score) -> str:
    told, same = score.measured, score.same_sizes
    interval = "" if told.low is None else f" [{number(told.low)}, {number(told.high)}]"
    said = f"KID {number(told.value)}{interval}"
    if same:
        said += f"; real against real with {same.n} images each {number(same.real)} [{number(same.low)}, "
        said += f"{number(same.high)}]"
    return said
