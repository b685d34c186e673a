"""Real against generated: each generator as it is, and what compression, scaling, blur and swapped formats leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.catalogue import fields_on
from assay.evaluation.generator_evidence import GeneratorDetection, GeneratorEvidence
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.pages.axes import Axes
from assay.pages.canvas import Canvas, grid
from assay.pages.numbers import interval, shown
from assay.pages.palette import SERIES
from assay.pages.svg import to_svg

WIDTH, HEIGHT = 214.0, 190.0
COLUMNS = 3


def _values(subject: Subject) -> Mapping[str, Any] | None:
    generators = subject.evidence.generators
    if generators is None:
        return None
    return {
        "generators": generators,
        "charts": [to_svg(chart) for chart in jpeg_charts(generators)],
        "heads": [entry.head for entry in fields_on("generators").values()],
        "fields": list(fields_on("generators")),
        "lines": generator_lines(),
    }


def generator_lines() -> list[tuple[str, tuple[str, tuple[float, ...]]]]:
    """Name and look of each line of the charts."""
    return [(entry.head, look) for entry, look in zip(fields_on("generator lines").values(), SERIES, strict=False)]


def jpeg_charts(generators: GeneratorEvidence) -> list[Canvas]:
    """A chart per generator: what is left at each JPEG quality; none where fewer than two were asked for."""
    qualities = [condition for condition in generators.conditions if condition.kind == "jpeg"]
    if len(qualities) < 2:
        return []
    labels = ["clean", *(condition.described.rpartition(" ")[2] for condition in qualities)]
    columns = [generators.clean, *qualities]
    charts = []
    for index, clean in enumerate(generators.clean.generators):
        row = [condition.generators[index] for condition in columns]
        charts.append(_chart(clean, row, labels))
    return charts


def _chart(clean: GeneratorDetection, row: list[GeneratorDetection], labels: list[str]) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, f"{clean.generator}: what is left at each JPEG quality")
    canvas.text((0, 14), clean.generator, "ink", size=13, bold=True)
    canvas.text((WIDTH - 8, 14), "seen in training" if clean.seen else "unseen", size=12, anchor="end")
    axes = Axes(canvas, 34, 30, WIDTH - 48, 124, (0, len(row) - 1))
    axes.rows((0.0, 0.25, 0.5, 0.75, 1.0))
    every = 1 + len(labels) // 6  # so that they do not run into each other
    for x, label in list(enumerate(labels))[::every]:
        canvas.text((axes.x(x), axes.bottom + 16), label, size=11, anchor="middle")
    canvas.text(((axes.left + axes.right) / 2, axes.bottom + 32), "JPEG quality", size=11, anchor="middle")
    for key, (name, (color, dash)) in zip(fields_on("generator lines"), generator_lines(), strict=True):
        points = [
            (x, measured, measured.value)
            for x, detection in enumerate(row)
            if (measured := getattr(detection, key)).value is not None
        ]
        ends = [(x, measured.low, measured.high) for x, measured, _ in points]
        bounded = [(x, low, high) for x, low, high in ends if low is not None and high is not None]
        if len(bounded) > 1:
            upper = [axes.at(x, high) for x, _, high in bounded]
            canvas.area([*upper, *(axes.at(x, low) for x, low, _ in reversed(bounded))], color, opacity=0.14)
        canvas.line([axes.at(x, value) for x, _, value in points], color, width=2, dash=dash)
        for x, measured, value in points:
            tip = f"{labels[x]}: {name} {shown(value)} ({interval(measured)})"
            canvas.dot(axes.at(x, value), color, radius=3, tip=tip)
    return canvas


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    charts = [] if subject.evidence.generators is None else jpeg_charts(subject.evidence.generators)
    title = "Detection of generated images at each JPEG quality"
    return {"generators": grid(title, charts, columns=COLUMNS)} if charts else {}


SECTION = Section("generators", "Generated images", _values, _figures)
