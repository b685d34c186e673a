"""Figures of a drift report: distributions beside the reference, effects beside what could be seen, the mix."""

from __future__ import annotations

from collections.abc import Sequence

from assay.monitoring.drift.report import Distribution, DriftTest, MixOfClasses
from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, shortened
from assay.pages.marks import Anchor, Point

WIDTH, HEIGHT = 250, 150
RULER, ROW = 640, 26
MOST_CATEGORIES = 6


def distribution_figure(test: DriftTest) -> Canvas | None:
    """Reference as a grey area, the window as an outline over it; None where a side has no pictures."""
    if test.distribution is None:
        return None
    title = f"{test.label}: window beside reference, {test.effect_name} {test.effect:.2f}"
    if test.distribution.categories:
        return _categories(test.distribution, title, _color(test))
    return _bins(test.distribution, title, _color(test))


def effects_figure(tests: Sequence[DriftTest]) -> Canvas:
    """Each test as a row: a dot at its effect, a bar from what could have been seen to the right."""
    shown = [test for test in tests if test.p is not None]
    largest = max([0.2, *(test.effect for test in shown), *(test.detectable or 0.0 for test in shown)])
    steps = nice_steps(0, min(1.0, 1.1 * largest))
    canvas = Canvas(RULER, ROW * len(shown) + 44, "Effect of each test beside the smallest that would have been seen")
    axes = Axes(canvas, 150, 8, RULER - 166, ROW * len(shown), (0.0, steps[-1]))
    for step in steps:
        canvas.line([axes.at(step, 0), axes.at(step, 1)], "grid")
    axes.columns(steps, "effect: KS distance, Cramér's V, MMD")
    for row, test in enumerate(shown):
        middle = axes.top + ROW * (row + 0.5)
        canvas.text((142, middle + 4), shortened(test.label, 22), "ink", size=12.5, anchor="end", bold=test.significant)
        start = axes.x(min(test.effect, steps[-1]))
        # What was seen needs no mark of what would have been, and its own size blurs where that lies.
        if test.detectable is not None and not test.significant:
            seen = axes.x(min(test.detectable, steps[-1]))
            tip = f"{test.label}: at least {test.detectable:.2f} would have been seen"
            canvas.box(seen, middle - 8, axes.right - seen, 16, "blue", opacity=0.12, tip=tip)
            canvas.line([(seen, middle - 8), (seen, middle + 8)], "blue", width=1.6)
        canvas.line([(axes.left, middle), (start, middle)], _color(test), width=2.2)
        canvas.dot((start, middle), _color(test), radius=5, tip=f"{test.label}: {test.effect_name} {test.effect:.2f}")
    return canvas


def mix_figure(mix: MixOfClasses) -> Canvas:
    """Each class as a row: a grey line at its share in the reference, a dot with its interval at that in the window."""
    rows = mix.classes
    steps = nice_steps(0, min(1.0, max(max(each.high, each.reference) for each in rows)))
    canvas = Canvas(RULER, ROW * len(rows) + 44, "Share of each class in the window beside the reference")
    axes = Axes(canvas, 150, 8, RULER - 166, ROW * len(rows), (0.0, steps[-1]))
    for step in steps:
        canvas.line([axes.at(step, 0), axes.at(step, 1)], "grid")
    axes.columns(steps, "share of the pictures")
    for row, each in enumerate(rows):
        middle = axes.top + ROW * (row + 0.5)
        outside = not each.low <= each.reference <= each.high
        color = "orange" if outside else "blue"
        canvas.text((142, middle + 4), shortened(each.name, 22), "ink", size=12.5, anchor="end", bold=outside)
        tip = f"{each.name}: {each.window:.0%} [{each.low:.0%}, {each.high:.0%}], reference {each.reference:.0%}"
        low, high = axes.x(each.low), axes.x(min(each.high, steps[-1]))
        canvas.box(low, middle - 4, max(1.0, high - low), 8, color, opacity=0.3, tip=tip)
        reference = axes.x(each.reference)
        canvas.line([(reference, middle - 10), (reference, middle + 10)], "muted", width=2.4)
        canvas.dot((axes.x(each.window), middle), color, radius=5, tip=tip)
    return canvas


def _color(test: DriftTest) -> str:
    return "orange" if test.significant else "blue"


def _bins(shares: Distribution, title: str, color: str) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, title)
    edges = shares.edges
    highest = max(*shares.reference, *shares.window) or 1.0
    axes = Axes(canvas, 4, 8, WIDTH - 8, HEIGHT - 32, (edges[0], edges[-1]), (0.0, 1.06 * highest))
    reference, window = (_steps(axes, edges, each) for each in (shares.reference, shares.window))
    canvas.area(reference, "muted", opacity=0.28, tip="reference")
    canvas.area(window, color, opacity=0.14, tip="window")
    canvas.line([axes.at(edges[0], 0), axes.at(edges[-1], 0)], "muted")
    canvas.line(window[1:-1], color, width=2.0)
    ends: tuple[tuple[float, Anchor], ...] = ((edges[0], "start"), (edges[-1], "end"))
    middle = (edges[0] + edges[-1]) / 2
    for value, anchor in ends if tick(edges[0]) != tick(edges[-1]) else ():
        canvas.text((axes.x(value), HEIGHT - 8), tick(value), size=11, anchor=anchor)
    canvas.text((axes.x(middle), HEIGHT - 8), tick(middle), size=11, anchor="middle")
    return canvas


def _steps(axes: Axes, edges: Sequence[float], shares: Sequence[float]) -> list[Point]:
    points = [axes.at(edges[0], 0)]
    for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True):
        points += [axes.at(low, share), axes.at(high, share)]
    return [*points, axes.at(edges[-1], 0)]


def _categories(shares: Distribution, title: str, color: str) -> Canvas:
    order = sorted(range(len(shares.categories)), key=lambda place: -shares.reference[place] - shares.window[place])
    rows = order[:MOST_CATEGORIES]
    height = min(40.0, (HEIGHT - 8) / len(rows))
    canvas = Canvas(WIDTH, 8 + height * len(rows), title)
    left, room = 92, WIDTH - 92 - 40
    for row, place in enumerate(rows):
        top = 4 + row * height
        name, before, after = shares.categories[place], shares.reference[place], shares.window[place]
        canvas.text((left - 8, top + height / 2 + 4), shortened(name, 13), size=11.5, anchor="end")
        bar = height * 0.34
        canvas.box(left, top + 2, max(1.0, room * before), bar, "muted", opacity=0.45, tip=f"reference {before:.1%}")
        canvas.box(left, top + 3 + bar, max(1.0, room * after), bar, color, opacity=0.85, tip=f"window {after:.1%}")
        end = left + room * max(before, after) + 5
        canvas.text((end, top + height / 2 + 4), f"{after:.0%}", "ink", size=11.5)
    return canvas
