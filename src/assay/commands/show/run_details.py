"""What is shown of one run: facts, metrics with intervals, files, and what needs it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from assay.commands.show.run_cells import disk, duration, status, when
from assay.evaluation.catalogue import metric, shown_on
from assay.housekeeping.listed_runs import ListedRun
from assay.housekeeping.run_details import RunDetails
from assay.pages.numbers import file_size, interval, shown


def show_run(console: Console, result: RunDetails) -> None:
    """Print it."""
    run = result.run
    took = "" if run.ended is None else f", took {duration((run.ended - run.started) / 1000)}"
    facts = {
        "run": run.run_id,
        "name": run.name,
        "status": f"{status(run)}{f', {run.children}' if run.children else ''}",
        "started": f"{when(run.started)} UTC{took}",
        "experiment": result.experiment,
        "belongs to": result.belongs_to + (f", trial {result.trial}" if result.trial else ""),
        "resumed": f"{result.resumed} times" if result.resumed > 1 else "once" if result.resumed else "",
        "error": result.error,
        "model": run.model,
        "data": f"{run.data} {run.dataset_digest[:12]}".strip(),
        "seed": result.seed,
        "device": result.device,
        "commit": result.commit[:12],
        "command": result.command,
        "registered": ", ".join(f"version {version.rpartition(' ')[2]} of {version.rpartition(' ')[0]}"
                                for version in run.versions),
        "exported": result.exported,
        "files went": result.files_removed,
        "folder": str(result.folder) if run.disk.folder or result.folder.is_dir() else "",
        "artifacts": result.artifacts,
    }  # fmt: skip
    known = {name: value for name, value in facts.items() if value}
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in known.items():
        grid.add_row(name, value)
    console.print(grid)
    _metrics(console, run)
    _files(console, result)
    for need in result.needs:
        console.print(f"stays: {need.why}", soft_wrap=True)
    if not result.needs:
        console.print("no process, version, history or study needs it", style="dim")


def _metrics(console: Console, run: ListedRun) -> None:
    names = shown_on("terminal", run.metrics) or list(run.metrics)
    if not names:
        return
    table = Table(title=f"Metrics on {run.split}", title_justify="left")
    table.add_column("metric")
    table.add_column("value", justify="right")
    table.add_column("95 % interval")
    table.add_column("n", justify="right")
    for name in names:
        measured = run.metrics[name]
        table.add_row(
            metric(name).with_unit,
            shown(measured.value),
            interval(measured),
            str(measured.n) if measured.n else "",
        )
    console.print(table)


def _files(console: Console, result: RunDetails) -> None:
    if not result.files:
        console.print("no files on this machine")
        return
    table = Table(title=f"Files, {disk(result.run.disk)}", title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("in its folder", justify="right")
    table.add_column("among its artifacts", justify="right")
    for file in result.files:
        table.add_row(file.name, *("" if size is None else file_size(size) for size in (file.folder, file.artifacts)))
    console.print(table)
