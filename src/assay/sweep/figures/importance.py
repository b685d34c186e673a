"""Importance bars: which variable explains how much of the differences between trials, each by itself."""

from __future__ import annotations

from collections.abc import Sequence

from assay.pages.canvas import Canvas, shortened
from assay.pages.numbers import percent
from assay.sweep.importance import Importance

_ROW, _TOP, _BAR = 26.0, 46.0, 210.0


def importance_bars(importances: Sequence[Importance]) -> list[Canvas]:
    """A chart for each metric of which something can be said."""
    return [_bars(importance) for importance in importances if importance.shares]


def _bars(importance: Importance) -> Canvas:
    shares = importance.shares or {}
    names = {name: shortened(name, 30) for name in (*shares, *importance.left_out)}
    left = max(max(map(len, names.values())) * 6.9 + 14, 110.0)
    height = _TOP + (len(shares) + 1 + len(importance.left_out)) * _ROW + 6
    canvas = Canvas(left + _BAR + 60, height, f"Importance of each variable for {importance.metric}")
    canvas.text((0, 14), f"Importance for {shortened(importance.metric, 24)}", "ink", size=14, bold=True)
    canvas.text((0, 33), f"share of the variance, from {importance.trials} complete trials", size=11.5)
    longest = max([*shares.values(), importance.together]) or 1.0
    for index, (name, share) in enumerate(shares.items()):
        row = _TOP + (index + 0.5) * _ROW
        tip = f"{name}: {share:.1%}"
        canvas.text((left - 10, row + 4), names[name], "ink", size=12.5, anchor="end", bold=index == 0)
        canvas.box(left, row - 7, max(share / longest * _BAR, 1.5), 14, "blue", tip=tip)
        canvas.text((left + share / longest * _BAR + 8, row + 4), percent(share), "ink", size=12.5, bold=index == 0)
    row = _TOP + (len(shares) + 0.5) * _ROW
    tip = f"interactions, variables in combination: {importance.together:.1%}"
    canvas.text((left - 10, row + 4), "interactions", size=12.5, anchor="end")
    canvas.box(left, row - 7, max(importance.together / longest * _BAR, 1.5), 14, "muted", opacity=0.55, tip=tip)
    canvas.text((left + importance.together / longest * _BAR + 8, row + 4), percent(importance.together), size=12.5)
    for index, name in enumerate(importance.left_out, start=len(shares) + 1):
        row = _TOP + (index + 0.5) * _ROW
        canvas.text((left - 10, row + 4), names[name], size=12.5, anchor="end")
        canvas.text((left, row + 4), "not in every trial", size=12)
    canvas.line([(left, _TOP), (left, _TOP + (len(shares) + 1) * _ROW)], "muted", width=1)
    return canvas
