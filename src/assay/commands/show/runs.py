"""What is shown of recorded runs: a table of them, one in full, what a deletion takes away, what is found again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.commands.show.run_cells import disk, status, when
from assay.commands.show.run_details import show_run
from assay.errors import TrackingError
from assay.evaluation.catalogue import metric
from assay.housekeeping.delete_runs import RunDeletion
from assay.housekeeping.listed_runs import ListedRun
from assay.housekeeping.request import RunsRequest
from assay.housekeeping.restore_runs import RunRestoration
from assay.housekeeping.run_details import RunDetails
from assay.housekeeping.runs import RunList
from assay.pages.numbers import file_size, interval, shown
from assay.terminal import joined, styled, terminal

Result = RunList | RunDetails | RunDeletion | RunRestoration
SHOWN = ("macro_f1", "accuracy")
"""Metrics of the list; the first one alone in a narrow terminal."""
WIDE = 110
"""Columns of a terminal in which a list has model, data and a second metric."""


def text(result: Result, request: RunsRequest) -> None:
    """Print it."""
    console = terminal()
    if isinstance(result, RunList):
        _list(console, result, request)
    elif isinstance(result, RunDetails):
        show_run(console, result)
    elif isinstance(result, RunRestoration):
        _restoration(console, result)
    else:
        _deletion(console, result)


def document(result: Result, request: RunsRequest) -> dict[str, Any]:
    """The list, the run, the deletion, or the restoration; `what` says which."""
    if isinstance(result, RunList):
        return {"what": "list", "store": result.store, "runs": [_run_document(run) for run in result.runs]}
    if isinstance(result, RunDetails):
        about = {name: getattr(result, name) for name in RunDetails.__dataclass_fields__ if name != "run"}
        return {"what": "run", **_run_document(result.run), **about}
    if isinstance(result, RunRestoration):
        return {"what": "restoration", "runs": _restored(result)}
    return {
        "what": "deletion",
        "deleted": result.done,
        "bytes": result.size,
        "runs": [
            {
                "run": entry.record.run_id,
                "name": entry.record.name,
                "kind": entry.kind,
                "bytes": entry.size,
                "pages": entry.pages,
                "needs": entry.needs,
            }
            for entry in result.runs
        ],
    }


def rows(result: Result, request: RunsRequest) -> list[dict[str, Any]]:
    """One row for each run of a list, a deletion or a restoration; of a single run one for each metric."""
    if isinstance(result, RunList):
        return [_row(run) for run in result.runs]
    if isinstance(result, RunDetails):
        return [
            {"run": result.run.run_id, "split": result.run.split, "metric": name, **measurement_cells(measured)}
            for name, measured in result.run.metrics.items()
        ]
    if isinstance(result, RunRestoration):
        return _restored(result)
    return [
        {
            "run": entry.record.run_id,
            "name": entry.record.name,
            "kind": entry.kind,
            "bytes": entry.size,
            "deleted": result.done,
            "needed_by": " ".join(need.by for need in entry.needs),
        }
        for entry in result.runs
    ]


def ending(result: Result, request: RunsRequest) -> None:
    """A deletion of what has to stay is a failure.

    Raises:
        TrackingError: nothing was deleted, because something needs one of the runs.
    """
    if isinstance(result, RunDeletion) and result.refused:
        lines = [f"  - run {run.record.run_id[:8]} {need}" for run in result.refused for need in run.needs]
        raise TrackingError("\n".join(["nothing was deleted:", *lines]))


def _list(console: Console, result: RunList, request: RunsRequest) -> None:
    if not result.runs:
        asked = any((request.status, request.parent, request.experiment))
        what = "no such run in" if asked else "no run was recorded yet in"
        console.print(f"{what} {result.store}")
        return
    wide = console.width >= WIDE
    names = SHOWN if wide else SHOWN[:1]
    table = Table(show_edge=False, pad_edge=False, show_lines=True)
    table.add_column("run", no_wrap=True)
    table.add_column("started (UTC)", no_wrap=True)
    table.add_column("what", ratio=1, overflow="fold")
    if wide:
        table.add_column("model, data", no_wrap=True, max_width=26)
    for name in names:
        table.add_column(metric(name).head, no_wrap=True)
    table.add_column("disk", justify="right", no_wrap=True)
    for run in result.runs:
        about = [f"{run.model}\n{run.data} {run.dataset_digest[:8]}".strip()] if wide else []
        table.add_row(
            run.run_id[:8],
            joined(when(run.started), status(run), separator="\n"),
            _what(run),
            *about,
            *(_metric(run, name) for name in names),
            disk(run.disk),
        )
    console.print(table)
    if len(result.runs) == result.limit:
        console.print(f"the newest {result.limit}; limit={result.limit * 5} shows more", style="dim")


def _deletion(console: Console, result: RunDeletion) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for column in ("run", "started (UTC)", "status"):
        table.add_column(column, no_wrap=True)
    table.add_column("what", ratio=1, overflow="fold")
    table.add_column("goes", justify="right", no_wrap=True)
    for entry in result.runs:
        record = entry.record
        pages = f"\nand {entry.pages}" if entry.pages else ""
        what = f"{record.name if entry.kind == 'training' else f'{entry.kind} {record.name}'}{pages}"
        table.add_row(
            record.run_id[:8],
            when(record.started),
            "deleted" if record.deleted else record.status.lower(),
            what,
            styled("has to stay", "red") if entry.needs else file_size(entry.size),
        )
    console.print(table)
    if result.done:
        console.print(f"deleted: {_counted(len(result.runs))}, {file_size(result.size)}")
    elif not result.refused:
        ids = " ".join(entry.record.run_id[:8] for entry in result.runs if entry.record.parent is None) or "…"
        console.print(
            f"{_counted(len(result.runs))}, {file_size(result.size)} would go; nothing was deleted. "
            f"assay runs delete {ids} --yes deletes",
        )


def _restoration(console: Console, result: RunRestoration) -> None:
    for run in result.runs:
        lost = "" if run.folder.is_dir() else "; its folder is gone, its params, metrics and tags are there"
        console.print(f"restored: {run.run_id[:8]} {run.name}{lost}", soft_wrap=True)


def _restored(result: RunRestoration) -> list[dict[str, Any]]:
    return [{"run": run.run_id, "name": run.name, "folder": run.folder.is_dir()} for run in result.runs]


def _counted(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _what(run: ListedRun) -> Text:
    kind = "" if run.kind == "training" else run.kind
    children = f"({run.children.lower()})" if run.children else ""
    versions = [styled(f"★ {version}", "bold") for version in run.versions]
    return joined(styled(kind, "bold"), run.name, styled(children, "dim"), *versions, separator=" ")


def _metric(run: ListedRun, name: str) -> str | Text:
    measured = run.metrics.get(name)
    if measured is None:
        return ""
    spread = interval(measured, between="–") or ("on val" if run.split == "val" else "")
    return joined(shown(measured.value), styled(spread, "dim"), separator="\n")


def _run_document(run: ListedRun) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "name": run.name,
        "kind": run.kind,
        "status": run.status,
        "started": _iso(run.started),
        "ended": None if run.ended is None else _iso(run.ended),
        "parent": run.parent,
        "children": run.children,
        "model": run.model,
        "data": run.data,
        "dataset_digest": run.dataset_digest,
        "split": run.split,
        "metrics": run.metrics,
        "bytes": {"folder": run.disk.folder, "artifacts": run.disk.artifacts, "all": run.disk.total},
        "versions": run.versions,
    }


def _row(run: ListedRun) -> dict[str, Any]:
    content = {name: value for name, value in _run_document(run).items() if name not in ("metrics", "bytes")}
    main = {
        f"{name}{end}": getattr(run.metrics[name], field) if name in run.metrics else None
        for name in SHOWN
        for end, field in (("", "value"), ("_low", "low"), ("_high", "high"))
    }
    return {**content, "versions": ", ".join(run.versions), **main, "bytes": run.disk.total}


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
