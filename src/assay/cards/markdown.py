"""Markdown of a card: templates, and values as its tables take them."""

from __future__ import annotations

import functools
import json
from typing import Any

from assay.evaluation.catalogue import label_of
from assay.measurement import Measurement
from assay.output import single_line
from assay.pages.numbers import interval, percent, shown


def fill(template: str, **values: Any) -> str:
    """A template of this room with its values filled in."""
    text: str = _environment().get_template(template).render(**values)
    return text.strip() + "\n"


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("assay.cards"),
        autoescape=False,  # Markdown; `cell` takes what could end a cell or begin a tag
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        cell=_cell, measured=_measured, percent=percent, shown=shown, label=label_of, quoted=_quoted
    )
    return environment


def _cell(text: object) -> str:
    """A text that stays in its cell of a table, whatever it holds."""
    line = single_line(str(text)).replace("\\", "\\\\")
    for mark in "|<>*_`[]":
        line = line.replace(mark, f"\\{mark}")
    return line


def _measured(measured: Measurement) -> str:
    """Three cells: value, interval, sample size."""
    return f"{shown(measured.value)} | {interval(measured) or '—'} | {measured.n:,}"


def _quoted(text: object) -> str:
    """A text as a scalar of YAML's front matter."""
    return json.dumps(single_line(str(text)), ensure_ascii=False)
