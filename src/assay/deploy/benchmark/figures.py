"""Figures of a benchmark: latency of one picture, where its time goes, throughput by batch size, start and memory."""

from __future__ import annotations

from pathlib import Path

from assay.deploy.benchmark.benchmark import Benchmark
from assay.deploy.benchmark.benchmarked_format import CPU
from assay.deploy.benchmark.interleaved import STEPS
from assay.deploy.benchmark.timing import Timing
from assay.pages.axes import Axes, nice_steps, tick
from assay.pages.canvas import Canvas, grid, shortened
from assay.pages.palette import SERIES
from assay.pages.png import to_png

COLORS = dict(zip(STEPS, ("ochre", "sky", "blue", "purple"), strict=True))
_LEFT, _WIDTH, _RIGHT, _ROW = 118.0, 300.0, 30.0, 30.0


def plots(benchmark: Benchmark) -> list[Canvas]:
    """All pictures, in the order of the page."""
    return [
        latency_plot(benchmark),
        steps_plot(benchmark),
        throughput_plot(benchmark),
        cold_plot(benchmark),
    ]


def write_png(path: Path, benchmark: Benchmark) -> None:
    """Write one PNG file with all pictures."""
    to_png(grid(f"Benchmark of {benchmark.name}", plots(benchmark), columns=2, gap=32), path)


def latency_plot(benchmark: Benchmark) -> Canvas:
    """p50, p95 and p99 of single pictures with their intervals, a row for each format and number of threads."""
    rows = singles(benchmark)
    top = max(
        (ends for row in rows for m in row.latency.values() for ends in (m.value, m.high) if ends is not None),
        default=1.0,
    )
    axes = _rows(
        "One picture, from bytes to answer", len(rows), top, "milliseconds: ● p50, ◆ p95, ▲ p99; lower is better"
    )
    for index, timing in enumerate(rows):
        y = _label(axes, index, timing)
        for name, measured in timing.latency.items():
            if measured.value is None:
                continue
            spread = f" [{measured.low:.1f}, {measured.high:.1f}]" if measured.low and measured.high else ""
            tip = (
                f"{timing.format}, {timing.threads} threads, {name}: {measured.value:.1f} ms{spread}, {measured.n} runs"
            )
            color = {"p50": "blue", "p95": "orange", "p99": "purple"}[name]
            if measured.low is not None and measured.high is not None:
                axes.canvas.line([axes_at(axes, measured.low, y), axes_at(axes, measured.high, y)], color, width=3)
            _mark(axes.canvas, name, (axes.x(measured.value), y), color, tip)
    return axes.canvas


def steps_plot(benchmark: Benchmark) -> Canvas:
    """The medians of the four steps of a single picture, end to end."""
    rows = singles(benchmark)
    axes = _rows(
        "Where the time goes, one picture",
        len(rows),
        max((sum(timing.steps.values()) for timing in rows), default=1.0),
        "milliseconds, medians",
        legend=True,
    )
    for index, row in enumerate(rows):
        y, start = _label(axes, index, row), 0.0
        for step, value in row.steps.items():
            left, right = axes.x(start), axes.x(start + value)
            tip = f"{row.format}, {row.threads} threads: {step} {value:.1f} ms, {row.share_of_steps[step]:.0%}"
            axes.canvas.box(left, y - 8, max(right - left - 1, 0.5), 16, COLORS[step], tip=tip)
            start += value
    x = _LEFT
    for step, color in COLORS.items():
        axes.canvas.box(x, 22, 10, 10, color)
        axes.canvas.text((x + 14, 31), step, size=11)
        x += 30 + 7 * len(step)
    return axes.canvas


def throughput_plot(benchmark: Benchmark) -> Canvas:
    """Pictures per second by batch size, a line for each format with the most threads."""
    lines: dict[tuple[str, str], list[Timing]] = {}
    for timing in benchmark.timings:
        most = max(each.threads for each in benchmark.timings if each.device == timing.device)
        if timing.threads == most:
            lines.setdefault((timing.format, timing.device), []).append(timing)
    sizes = sorted({timing.batch for timing in benchmark.timings})
    high = max(timing.throughput.high or timing.throughput.value or 0.0 for timing in benchmark.timings)
    ticks = nice_steps(0, high)
    canvas = Canvas(_LEFT + _WIDTH + _RIGHT, 250 + 18 * len(lines), "Pictures per second by batch size")
    _title(canvas, "Throughput (pictures per second)")
    axes = Axes(canvas, 46, 46, _LEFT + _WIDTH - 46, 150, (-0.3, len(sizes) - 0.7), (0, ticks[-1]))
    axes.rows(ticks)
    for index, size in enumerate(sizes):
        canvas.text((axes.x(index), axes.bottom + 16), tick(size), size=11, anchor="middle")
    most = max(timing.threads for timing in benchmark.timings)
    scale = f"batch size, {_threads(most)}; higher is better"
    canvas.text((axes.left + axes.width / 2, axes.bottom + 34), scale, anchor="middle")
    for number, ((name, device), timings) in enumerate(lines.items()):
        color, dash = SERIES[number % len(SERIES)]
        timings = sorted(timings, key=lambda timing: timing.batch)
        points = [axes.at(sizes.index(timing.batch), timing.throughput.value or 0.0) for timing in timings]
        canvas.line(points, color, width=2, dash=dash)
        for timing, point in zip(timings, points, strict=True):
            least, best = timing.throughput.low, timing.throughput.high
            if least is not None and best is not None:
                canvas.line([(point[0], axes.y(least)), (point[0], axes.y(best))], color, width=1.4)
            tip = f"{name}, batch {timing.batch}: {timing.throughput.value:.1f} pictures per second, {timing.runs} runs"
            canvas.dot(point, color, radius=4, tip=tip)
        y = axes.bottom + 58 + 18 * number
        canvas.line([(46, y - 4), (72, y - 4)], color, width=2, dash=dash)
        canvas.text((80, y), name if device == CPU else f"{name}, {device}", size=11.5)
    return canvas


def cold_plot(benchmark: Benchmark) -> Canvas:
    """Seconds until a fresh process has answered, and the most memory it had by then."""
    formats = benchmark.formats
    canvas = Canvas(_LEFT + _WIDTH + _RIGHT, 62 + len(formats) * 2 * _ROW + 58, "Cold start (fresh process)")
    _title(canvas, "Cold start (fresh process)")
    top = 40.0
    for words, values, unit in (
        ("until its first answer", [cost.cold.seconds for cost in formats], "s"),
        ("memory at its peak", [cost.cold.peak_mb for cost in formats], "MB"),
    ):
        canvas.text((0, top), words, size=12)
        highest = max(values) or 1.0
        for cost, value in zip(formats, values, strict=True):
            top += _ROW * 0.8
            canvas.text((_LEFT - 8, top + 4), shortened(cost.format, 15), "ink", size=11.5, anchor="end")
            width = _WIDTH * 0.78 * value / highest
            canvas.box(_LEFT, top - 7, width, 14, "blue", tip=f"{cost.format}: {value:.1f} {unit}")
            canvas.text(
                (_LEFT + width + 6, top + 4), f"{value:.1f} {unit}" if unit == "s" else f"{value:.0f} {unit}", size=11
            )
        top += _ROW * 1.2
    return canvas


def singles(benchmark: Benchmark) -> list[Timing]:
    """The timings of single pictures, by format."""
    return [timing for timing in benchmark.timings if timing.batch == 1]


def axes_at(axes: Axes, value: float, y: float) -> tuple[float, float]:
    """Where a value lies in a row."""
    return axes.x(value), y


def _rows(title: str, count: int, highest: float, scale: str, *, legend: bool = False) -> Axes:
    """A picture with a row for each of `count` names and a scale from zero under them."""
    top = 44.0 if legend else 28.0
    ticks = nice_steps(0, highest)
    canvas = Canvas(_LEFT + _WIDTH + _RIGHT, top + _ROW * count + 44, title)
    _title(canvas, title)
    axes = Axes(canvas, _LEFT, top, _WIDTH, _ROW * count, (0, ticks[-1]))
    for value in ticks:
        canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
    axes.columns(ticks, scale)
    return axes


def _label(axes: Axes, index: int, timing: Timing) -> float:
    y = axes.top + _ROW * (index + 0.5)
    axes.canvas.text((_LEFT - 8, y), shortened(timing.format, 15), "ink", size=11.5, anchor="end")
    under = _threads(timing.threads) if timing.device == CPU else timing.device
    axes.canvas.text((_LEFT - 8, y + 12), shortened(under, 18), size=10.5, anchor="end")
    return y


def _threads(count: int) -> str:
    return f"{count} thread" if count == 1 else f"{count} threads"


def _title(canvas: Canvas, text: str) -> None:
    canvas.text((0, 14), text, "ink", size=14, bold=True)


def _mark(canvas: Canvas, name: str, at: tuple[float, float], color: str, tip: str) -> None:
    """A shape for each percentile: nothing is told apart by colour alone."""
    x, y = at
    if name == "p50":
        canvas.dot(at, color, radius=5, tip=tip)
    elif name == "p95":
        canvas.area([(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)], color, tip=tip)
    else:
        canvas.area([(x, y - 6), (x + 6, y + 5), (x - 6, y + 5)], color, tip=tip)
