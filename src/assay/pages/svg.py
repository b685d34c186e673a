"""A canvas as inline SVG: text stays text, and colours are CSS variables that follow the page."""

from __future__ import annotations

from functools import singledispatch

from markupsafe import Markup, escape

from assay.pages.marks import Area, Dot, Drawing, Line, Point, Text

READABLE_SCALE = 0.82
"""A figure is never shown smaller than this share of its size; where the page is narrower, its frame scrolls."""


def to_svg(canvas: Drawing) -> Markup:
    """An `<svg>` element that can stand in any HTML page that defines the palette's variables."""
    marks = Markup("").join(_mark(mark) for mark in canvas.marks)
    size = f"min-width:{canvas.width * READABLE_SCALE:.0f}px;max-width:{widest(canvas):.0f}px"
    return Markup('<svg role="img" viewBox="0 0 {} {}" style="{}" aria-label="{}">{}</svg>').format(
        _number(canvas.width), _number(canvas.height), size, canvas.title, marks
    )


def widest(canvas: Drawing) -> float:
    """The width in pixels beyond which a figure does not grow: small ones by a fifth, large ones not at all."""
    return max(canvas.width, min(canvas.width * 1.2, 440.0))


@singledispatch
def _mark(mark: object) -> Markup:
    raise TypeError(f"no such mark: {mark!r}")


@_mark.register
def _line(mark: Line) -> Markup:
    dash = Markup(' stroke-dasharray="{}"').format(" ".join(map(_number, mark.dash))) if mark.dash else ""
    opacity = Markup(' stroke-opacity="{}"').format(f"{mark.opacity:.3g}") if mark.opacity < 1 else ""
    start = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="{}" stroke-linejoin="round"{}{}{}')
    return start.format(
        _points(mark.points), _color(mark.color), _number(mark.width), dash, opacity, _end("polyline", mark.tip)
    )


@_mark.register
def _area(mark: Area) -> Markup:
    opacity = Markup(' fill-opacity="{}"').format(f"{mark.opacity:.3g}") if mark.opacity < 1 else ""
    return Markup('<polygon points="{}" fill="{}"{}{}').format(
        _points(mark.points), _color(mark.color), opacity, _end("polygon", mark.tip)
    )


@_mark.register
def _dot(mark: Dot) -> Markup:
    return Markup('<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}"{}').format(
        *map(_number, mark.center),
        _number(mark.radius),
        _color(mark.color),
        _color("surface"),
        _end("circle", mark.tip),
    )


@_mark.register
def _text(mark: Text) -> Markup:
    x, y = map(_number, mark.at)
    turn = Markup(' transform="rotate({} {} {})"').format(_number(mark.turn), x, y) if mark.turn else ""
    anchor = Markup(' text-anchor="{}"').format(mark.anchor) if mark.anchor != "start" else ""
    weight = Markup(' font-weight="600"') if mark.bold else ""
    return Markup('<text x="{}" y="{}" fill="{}" font-size="{}"{}{}{}>{}</text>').format(
        x, y, _color(mark.color), _number(mark.size), anchor, weight, turn, mark.text
    )


def _end(tag: str, tip: str) -> Markup:
    if not tip:
        return Markup("/>")
    return Markup("><title>{}</title></{}>").format(tip, Markup(tag))


def _points(points: tuple[Point, ...]) -> str:
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in points)


def _color(name: str) -> str:
    return f"var(--{escape(name.replace('_', '-'))})"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
