"""Cells of tables in the terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from assay.measurement import Measurement
from assay.pages.numbers import interval, shown
from assay.terminal import joined, styled


def with_interval(
    measured: Measurement | None,
    write: Callable[[float], str] = shown,
    *,
    mark: str = "",
    style: str = "",
    between: str = " to ",
    break_line: bool = True,
    narrow: bool = False,
) -> str | Text:
    """A value, and its interval in dim figures.

    Args:
        measured: the value; "—" where it is not known.
        write: writes a number.
        mark: stands behind the value.
        style: of value and mark.
        between: stands between the ends.
        break_line: puts the interval under the value.
        narrow: leaves the interval out.
    """
    if measured is None or measured.value is None:
        return "—"
    text = f"{write(measured.value)} {mark}".rstrip()
    ends = "" if narrow else interval(measured, write=write, between=between)
    return joined(styled(text, style), styled(ends, "dim"), separator="\n" if break_line else " ")
