"""Learning curves: loss, validation score and learning rate over the epochs, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.pages.axes import Axes, nice_steps
from assay.pages.canvas import Canvas, shortened
from assay.pages.palette import SERIES
from assay.predictions import FloatArray

if TYPE_CHECKING:
    import pandas as pd

LOSSES = ("train/loss", "val/loss")
SCORE = "val/macro_f1"
RATE = "lr"


def learning_curves(history: pd.DataFrame) -> list[Canvas]:
    """A chart each for the losses, the validation macro-F1 and the learning rate, as far as the history has them.

    Args:
        history: one row per epoch in the order they were trained; columns `stage`, `train/loss`, `val/loss`,
            `val/macro_f1`, `lr`, of which any may be missing.
    """
    if history.empty:
        return []
    stages = [str(stage) for stage in history["stage"]] if "stage" in history else [""] * len(history)
    losses = {name: _values(history, name) for name in LOSSES if name in history}
    charts = []
    if losses:
        charts.append(_chart("Loss", losses, stages))
    if SCORE in history:
        charts.append(_score(_values(history, SCORE), stages))
    if RATE in history:
        charts.append(_rate(_values(history, RATE), stages))
    return [chart for chart in charts if chart is not None]


def _values(history: pd.DataFrame, column: str) -> FloatArray:
    return history[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _score(values: FloatArray, stages: Sequence[str]) -> Canvas | None:
    finite = np.isfinite(values)
    if not finite.any():
        return None
    best = int(np.nanargmax(np.where(finite, values, np.nan)))
    title = f"Validation macro-F1, best {values[best]:.3f} in epoch {best + 1}"
    return _chart(title, {SCORE: values}, stages, best=best)


def _rate(values: FloatArray, stages: Sequence[str]) -> Canvas | None:
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.log10(values)
    return _chart("Learning rate", {RATE: powers}, stages, powers=True)


def _chart(
    title: str, lines: dict[str, FloatArray], stages: Sequence[str], *, best: int | None = None, powers: bool = False
) -> Canvas | None:
    finite = np.concatenate([values[np.isfinite(values)] for values in lines.values()])
    if finite.size == 0:
        return None
    steps = nice_steps(float(finite.min()), float(finite.max()))
    if powers:
        steps = [float(power) for power in range(int(np.floor(finite.min())), int(np.ceil(finite.max())) + 1)]
        steps = steps if len(steps) > 1 else [steps[0], steps[0] + 1]
    epochs = len(stages)
    canvas = Canvas(340, 250, f"{title}, over {epochs} epochs")
    canvas.text((0, 14), title, "ink", size=13, bold=True)
    axes = Axes(canvas, 40, 44, 290, 160, (0.5, epochs + 0.5), (steps[0], steps[-1]))
    axes.rows([] if powers else steps)
    if powers:
        _power_rows(axes, steps)
    axes.columns(_epoch_ticks(epochs), "epoch")
    _stages(axes, stages)
    for (color, dash), (name, values) in zip(SERIES, lines.items(), strict=False):
        _series(axes, values, color, dash, name)
    if len(lines) > 1:
        _legend(canvas, list(lines))
    if best is not None:
        values = next(iter(lines.values()))
        canvas.dot(axes.at(best + 1, values[best]), "orange", radius=5, tip=f"best: epoch {best + 1}")
    return canvas


def _series(axes: Axes, values: FloatArray, color: str, dash: tuple[float, ...], name: str) -> None:
    epochs = np.flatnonzero(np.isfinite(values))
    points = axes.path(epochs + 1.0, values[epochs])
    if len(points) > 1:
        axes.canvas.line(points, color, width=2, dash=dash, tip=name)
    if len(points) <= 20:
        for epoch, point in zip(epochs, points, strict=True):
            axes.canvas.dot(point, color, radius=3, tip=f"{name}, epoch {epoch + 1}: {values[epoch]:.4g}")


def _legend(canvas: Canvas, names: list[str]) -> None:
    right = canvas.width - 10
    for (color, dash), name in reversed(list(zip(SERIES, names, strict=False))):
        canvas.text((right, 14), name.split("/")[0], "ink", anchor="end")
        right -= len(name.split("/")[0]) * 7 + 6
        canvas.line([(right - 22, 10), (right, 10)], color, width=2, dash=dash)
        right -= 34


def _stages(axes: Axes, stages: Sequence[str]) -> None:
    """Dashed lines where a stage begins, with its name, when there is more than one."""
    begins = [index for index in range(len(stages)) if index == 0 or stages[index] != stages[index - 1]]
    if len(begins) < 2:
        return
    for begin, end in zip(begins, [*begins[1:], len(stages)], strict=True):
        column = axes.x(begin + 0.5)
        if begin:
            axes.canvas.line([(column, axes.top - 12), (column, axes.bottom)], "muted", dash=(2, 3))
        room = int((axes.x(end + 0.5) - column) / 6)
        if room >= 3:
            axes.canvas.text((column + 4, axes.top - 5), shortened(stages[begin], room), size=11)


def _epoch_ticks(epochs: int) -> list[float]:
    if epochs <= 10:
        return [float(epoch) for epoch in range(1, epochs + 1)]
    return [step for step in nice_steps(1, epochs, about=5) if 1 <= step <= epochs]


def _power_rows(axes: Axes, powers: list[float]) -> None:
    for power in powers[:: max(1, len(powers) // 5)]:
        row = axes.y(power)
        axes.canvas.line([(axes.left, row), (axes.right, row)], "grid")
        axes.canvas.text((axes.left - 6, row + 4), f"1e{power:.0f}", size=11, anchor="end")
