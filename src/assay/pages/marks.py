"""Marks: the few shapes that a canvas holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Line:
    """A polyline; `dash` is a pattern of on and off lengths, empty for a solid line."""

    points: tuple[Point, ...]
    color: str
    width: float = 1.0
    dash: tuple[float, ...] = ()
    tip: str = ""
    opacity: float = 1.0


@dataclass(frozen=True)
class Area:
    """A filled polygon."""

    points: tuple[Point, ...]
    color: str
    opacity: float = 1.0
    tip: str = ""


@dataclass(frozen=True)
class Dot:
    """A filled circle with an outline in the colour of the background, so that neighbours stay apart."""

    center: Point
    radius: float
    color: str
    tip: str = ""


@dataclass(frozen=True)
class Text:
    """One line of text; `at` is its baseline, `turn` is in degrees clockwise."""

    at: Point
    text: str
    color: str = "muted"
    size: float = 12.0
    anchor: Anchor = "start"
    bold: bool = False
    turn: float = 0.0


Mark = Line | Area | Dot | Text


class Drawing(Protocol):
    """What can be rendered: a size in pixels, a title that is read out, and marks in drawing order."""

    width: float
    height: float
    title: str
    marks: list[Mark]
