"""What is shown of a cleaning: what goes by its kind, with size and reason, and what stays."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from assay.errors import TrackingError
from assay.housekeeping.clean import Cleaning
from assay.housekeeping.removable import Removable
from assay.housekeeping.request import CleanRequest
from assay.pages.numbers import file_size
from assay.terminal import terminal


def text(result: Cleaning, request: CleanRequest) -> None:
    """Print it."""
    console = terminal()
    if result.going:
        console.print(_table("removed" if result.done else "would go", result.going))
    for entry in result.staying:
        console.print(f"stays: {_stays(entry)}", style="dim", soft_wrap=True)
    console.print(f"cache {result.cache}: {file_size(result.cache_size)}", soft_wrap=True)
    if not result.store:
        console.print("no tracking store here, so no runs were looked at (tracking.uri=…)")
    if not result.going:
        console.print("nothing to remove" if not result.done else "nothing was removed")
    elif result.done:
        console.print(f"removed: {file_size(result.size)}")
    else:
        console.print(f"{file_size(result.size)} would go; nothing was removed. --yes removes it")


def document(result: Cleaning, request: CleanRequest) -> dict[str, Any]:
    """Everything that goes and stays."""
    return {
        "removed": result.done,
        "bytes": result.size,
        "cache": {"folder": result.cache, "bytes": result.cache_size},
        "going": [_entry(entry) for entry in result.going],
        "staying": [_entry(entry) for entry in result.staying],
        "failed": result.failed,
    }


def rows(result: Cleaning, request: CleanRequest) -> list[dict[str, Any]]:
    """One row for each thing that goes."""
    return [{**_entry(entry), "paths": " ".join(map(str, entry.paths))} for entry in result.going]


def ending(result: Cleaning, request: CleanRequest) -> None:
    """What could not be removed is a failure.

    Raises:
        TrackingError: something could not be removed.
    """
    if result.failed:
        lines = (f"  - {failure}" for failure in result.failed)
        raise TrackingError("\n".join(["not removed; the same command tries again:", *lines]))


def _table(goes: str, entries: Sequence[Removable]) -> Table:
    groups: dict[tuple[str, str], list[Removable]] = defaultdict(list)
    for entry in entries:
        groups[entry.kind, entry.why].append(entry)
    table = Table(show_edge=False, pad_edge=False)
    table.add_column(goes)
    table.add_column("how many", justify="right", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("last used", no_wrap=True)
    table.add_column("why", ratio=1)
    for (kind, why), members in sorted(groups.items(), key=lambda item: -sum(each.use.size for each in item[1])):
        size = file_size(sum(each.use.size for each in members))
        table.add_row(kind, str(len(members)), size, _last_used(members), why)
    return table


def _last_used(entries: Sequence[Removable]) -> str:
    days = sorted({_age(entry.use.used) for entry in entries})
    newest, oldest = days[0], days[-1]
    age = f"{newest} d ago" if newest == oldest else f"{newest} to {oldest} d ago"
    return "today" if oldest == 0 else age


def _age(used: float) -> int:
    return max(0, int((time.time() - used) // 86400)) if used else 0


def _stays(entry: Removable) -> str:
    return f"{entry.kind}, {file_size(entry.use.size)}: {entry.why}"


def _entry(entry: Removable) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "what": entry.what,
        "run": entry.run_id or None,
        "bytes": entry.use.size,
        "last_used": entry.use.used,
        "why": entry.why,
        "paths": entry.paths,
    }
