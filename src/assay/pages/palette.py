"""The colours by name, for light and dark; colour-blind readers can tell them apart (after Okabe and Ito, 2008)."""

from __future__ import annotations

LIGHT = {
    "page": "#f6f5f2",
    "surface": "#ffffff",
    "ink": "#1d2329",
    "muted": "#5a6570",
    "grid": "#e4e2dc",
    "blue": "#1768ac",
    "orange": "#c4500c",
    "green": "#0b7f62",
    "purple": "#94529a",
    "ochre": "#8c6d00",
    "sky": "#3f97c9",
    "on_fill": "#ffffff",
}
DARK = {
    "page": "#14171a",
    "surface": "#1c2024",
    "ink": "#e9e7e2",
    "muted": "#a0abb5",
    "grid": "#343b42",
    "blue": "#6fb2f0",
    "orange": "#f28e4b",
    "green": "#4bc3a0",
    "purple": "#d59bdb",
    "ochre": "#d9b640",
    "sky": "#9ad4f5",
    "on_fill": "#11151a",
}

SERIES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("blue", ()),
    ("orange", (6.0, 2.5)),
    ("green", (2.0, 2.0)),
    ("purple", (9.0, 2.5, 2.0, 2.5)),
    ("ochre", (4.0, 4.0)),
    ("sky", (12.0, 3.0)),
)
"""Colour and dash of the first, second, … line of a chart: no line is told apart by colour alone."""


def css_variables(palette: dict[str, str]) -> str:
    """The palette as CSS declarations: `--blue:#1768ac;…`."""
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in palette.items())
