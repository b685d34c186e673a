"""As pictures are delivered: real against generated after each chain, and how small a picture may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.catalogue import fields_on
from assay.evaluation.delivery_evidence import DeliveryEvidence
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.pages.axes import FIFTHS, Axes
from assay.pages.canvas import Canvas
from assay.pages.numbers import interval, shown
from assay.pages.palette import SERIES
from assay.pages.svg import to_svg

WIDTH, ROW, NAMES = 560.0, 26.0, 172.0
LONGEST_NAME = 24
PAGE = "delivery"


def _values(subject: Subject) -> Mapping[str, Any] | None:
    delivery = subject.evidence.delivery
    if delivery is None:
        return None
    return {
        "delivery": delivery,
        "chart": to_svg(delivery_chart(delivery)),
        "heads": [entry.head for entry in fields_on(PAGE).values()],
        "fields": list(fields_on(PAGE)),
    }


def delivery_chart(delivery: DeliveryEvidence) -> Canvas:
    """A row per chain: each number as a dot with its interval, between 0 and 1."""
    height = ROW * len(delivery.chains)
    canvas = Canvas(WIDTH, height + 52, "Real against generated after each delivery")
    axes = Axes(canvas, NAMES, 8, WIDTH - NAMES - 16, height)
    for value in FIFTHS:
        canvas.line([(axes.x(value), axes.top), (axes.x(value), axes.bottom)], "grid")
    axes.columns(FIFTHS)
    for place, (entry, (color, _)) in enumerate(zip(fields_on(PAGE).values(), SERIES, strict=False)):
        x = NAMES + 150 * place - 30
        canvas.dot((x, axes.bottom + 38), color, radius=3)
        canvas.text((x + 9, axes.bottom + 42), entry.head, "ink", size=12)
    for number, chain in enumerate(delivery.chains):
        middle = axes.top + ROW * (number + 0.5)
        name = chain.name.replace("_", " ") or chain.described
        canvas.text((NAMES - 8, middle + 4), _short(name), "ink", size=12, anchor="end")
        for place, ((field, entry), (color, _)) in enumerate(zip(fields_on(PAGE).items(), SERIES, strict=False)):
            measured = getattr(chain, field)
            if measured.value is None:
                continue
            y = middle + 6 * (place - 1)
            if measured.low is not None and measured.high is not None:
                canvas.line([(axes.x(measured.low), y), (axes.x(measured.high), y)], color, width=2, opacity=0.6)
            tip = f"{name}: {entry.head} {shown(measured.value)} ({interval(measured)})"
            canvas.dot((axes.x(measured.value), y), color, radius=3, tip=tip)
    return canvas


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    delivery = subject.evidence.delivery
    return {} if delivery is None else {"delivery": delivery_chart(delivery)}


SECTION = Section("delivery", "Delivered pictures", _values, _figures)
