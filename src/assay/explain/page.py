"""The page with overlays and the expert's form: one HTML file that needs nothing else, and works offline."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from assay.data.preprocessing import ByteImage
from assay.evaluation.explanation import ExplanationEvidence, MeanCurve
from assay.explain.drawn import DrawnCase
from assay.explain.heat import HeatScale
from assay.explain.overlay import colour_scale
from assay.explain.review import COLUMNS, JUDGEMENTS
from assay.pages.axes import FIFTHS, Axes
from assay.pages.canvas import Canvas
from assay.pages.page import save_page
from assay.pages.palette import SERIES
from assay.pages.svg import to_svg
from assay.pages.templates import templates

SIDE = 300
"""Longest side of an embedded picture, in pixels."""
SHEETS = {
    "random": ("Random predictions", "Drawn at random from the test images, so they stand for all of them."),
    "errors": ("Most confident errors", "Misclassified test images, the most confident first."),
    "asked": ("Chosen pictures", "The pictures that were asked for."),
}


def write_page(
    drawn: Sequence[DrawnCase],
    rows: Sequence[Mapping[str, str]],
    path: Path,
    *,
    title: str,
    facts: Mapping[str, str],
    scale: HeatScale,
    class_names: Sequence[str],
    evidence: ExplanationEvidence | None,
    key: str,
) -> None:
    """Write the page, whole or not at all.

    Args:
        drawn: at least one case.
        rows: of the form, one per case, as `form_rows` gives them.
        path: the HTML file.
        title: name of the run.
        facts: name -> text for the top of the page.
        scale: on which the overlays are drawn.
        class_names: C names.
        evidence: of the checks, None when they were not made.
        key: tells this page from others, so that each keeps its own unsaved judgements in the browser.
    """
    cards = [_card(drawn_case, row, class_names) for drawn_case, row in zip(drawn, rows, strict=True)]
    present = [sheet for sheet in SHEETS if any(card["sheet"] == sheet for card in cards)]
    environment = templates("assay.explain")
    environment.filters["measured"] = _measured
    save_page(
        path,
        environment,
        "page.html.j2",
        title=title,
        facts=facts,
        sheets=[(sheet, *SHEETS[sheet], [card for card in cards if card["sheet"] == sheet]) for sheet in present],
        ramp=_uri(np.repeat(colour_scale()[None], 8, axis=0), "PNG"),
        full=f"{scale.full:.3g}",
        half=f"{scale.full / 2:.3g}",
        floor=f"{scale.floor:.3g}",
        evidence=evidence,
        stages=[] if evidence is None else list(evidence.randomisation.items()),
        charts=[] if evidence is None else [to_svg(chart) for chart in curve_charts(evidence.curves)],
        series=list(zip(_orders(evidence), SERIES, strict=False)),
        judgements=JUDGEMENTS,
        columns=COLUMNS,
        form=[dict(row) for row in rows],
        key=key,
    )


def curve_charts(curves: Sequence[MeanCurve]) -> list[Canvas]:
    """The mean deletion and insertion curves of all orders, in two charts."""
    charts = []
    for kind, direction in (("deletion", "should fall fast"), ("insertion", "should rise fast")):
        canvas = Canvas(340, 300, f"Mean {kind} curves of {', '.join(curve.order for curve in curves)}")
        canvas.text((0, 14), f"{kind.capitalize()}: {direction}", "ink", size=13, bold=True)
        axes = Axes(canvas, 40, 44, 290, 212)
        axes.rows(FIFTHS, "probability of the explained class")
        axes.columns(FIFTHS, f"share of the picture {'deleted' if kind == 'deletion' else 'inserted'}")
        for curve, (color, dash) in reversed(list(zip(curves, SERIES, strict=False))):
            values = getattr(curve, kind)
            canvas.line(axes.path(np.linspace(0, 1, len(values)), values), color, width=2.2, dash=dash, tip=curve.order)
        charts.append(canvas)
    return charts


def _orders(evidence: ExplanationEvidence | None) -> list[str]:
    return [] if evidence is None else [curve.order for curve in evidence.curves]


def _card(drawn: DrawnCase, row: Mapping[str, str], class_names: Sequence[str]) -> dict[str, Any]:
    case = drawn.case
    return {
        **row,
        "picture": _uri(drawn.picture, "JPEG"),
        "overlay": _uri(drawn.overlay, "JPEG"),
        "wrong": case.wrong,
        "percent": f"{case.confidence:.0%}",
        "other_target": None if case.target == case.predicted else class_names[case.target],
        "seen": drawn.signal,
        "peak": f"{drawn.peak:.3g}",
    }


def _uri(pixels: ByteImage, kind: str) -> str:
    image = Image.fromarray(pixels)
    if kind == "JPEG":
        image.thumbnail((SIDE, SIDE))
    packed = io.BytesIO()
    image.save(packed, kind, quality=84)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(packed.getvalue()).decode()}"


def _measured(measured: Any) -> str:
    if measured.value is None:
        return "undefined"
    interval = "" if measured.low is None else f" ({measured.low:+.3f} to {measured.high:+.3f})"
    return f"{measured.value:+.3f}{interval}"
