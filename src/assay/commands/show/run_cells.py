"""Cells that every table of runs has: how a run ended, when it began, how long it took, what it takes on disk."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.text import Text

from assay.housekeeping.listed_runs import ListedRun
from assay.pages.numbers import file_size
from assay.terminal import styled
from assay.tracking.run_disk import RunDiskUse

STYLES = {"running": "cyan", "failed": "red", "killed": "yellow", "pruned": "dim"}


def status(run: ListedRun) -> Text:
    """How it ended, coloured where that asks for attention."""
    return styled(run.status, STYLES.get(run.status, ""))


def disk(use: RunDiskUse) -> str:
    """Its bytes, as far as they lie on this machine."""
    return file_size(use.total) + (" + elsewhere" if use.artifacts is None else "")


def when(milliseconds: int) -> str:
    """Date and time in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def duration(seconds: float) -> str:
    """`38 s`, `12 min`, `3.2 h`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"
