"""What the terminal shows of a benchmark: the verdict, the table, where the time goes, and where to look next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.commands.show.cells import with_interval
from assay.deploy.benchmark.bench import FOLDER, Benched
from assay.deploy.benchmark.benchmark import Benchmark
from assay.deploy.benchmark.timing import Timing
from assay.deploy.benchmark.verdict import answer, marked
from assay.errors import TrackingError
from assay.measurement import Measurement
from assay.terminal import joined, styled, terminal

STYLES = {"met": "green", "missed": "red", "open": "yellow"}
WIDE = 100
"""Columns of a terminal from which intervals and all batch sizes fit."""


def show(benchmark: Benchmark, folder: Path, recorded: str) -> None:
    """Print it; the first line is the verdict."""
    console = terminal()
    state, sentence = answer(benchmark)
    console.print(joined(styled(marked(state)[0], STYLES[state]), f" {sentence}"))
    machine = benchmark.machine
    console.print(f"{machine.cpu}, {machine.cores} cores; {benchmark.pictures}", style="dim")
    console.print()
    console.print(table(benchmark, narrow=console.width < WIDE))
    for form in benchmark.formats:
        console.print(
            f"• {form.format} ({form.words}): {form.bottleneck}; "
            f"{form.size_mb:.1f} MB; a fresh process answers after {form.cold.seconds:.1f} s and takes "
            f"{form.cold.peak_mb:.0f} MB of memory",
        )
    for each in benchmark.judged:
        if each.state == "missed":
            missed = f"✗ {each.format}: {each.target}, {each.why}"
            console.print(f"{missed}", style="red")
    console.print()
    for note in benchmark.notes:
        console.print(f"• {note}", style="dim")
    for name, text in (
        ("page", folder / "bench.html"),
        ("tables", f"{folder / 'bench.csv'} · bench.json"),
        ("record", recorded),
    ):
        console.print(f"{name:<8} {text}", soft_wrap=True)


def table(benchmark: Benchmark, *, narrow: bool = False) -> Table:
    """A row for each combination; a narrow one leaves intervals to the page."""
    shown = Table(title="milliseconds per call, from bytes to answers; — too few runs", title_justify="left")
    for head in ("format", "batch", "threads", "runs", "p50", "p95", "p99", "network", "pictures/s"):
        shown.add_column(head, justify="left" if head == "format" else "right")
    former = ""
    for timing in benchmark.timings:
        if former not in ("", timing.format):
            shown.add_section()
        former = timing.format
        spans = [_cell(timing.latency.get(name), narrow=narrow) for name in ("p50", "p95", "p99")]
        shown.add_row(
            _name(timing),
            str(timing.batch),
            str(timing.threads),
            str(timing.runs),
            *spans,
            f"{timing.network['p50'].value:.1f}",
            f"{timing.throughput.value:.1f}",
        )
    return shown


def _name(timing: Timing) -> str:
    return timing.format if timing.device == "cpu" else f"{timing.format}, {timing.device}"


def _cell(measured: Measurement | None, *, narrow: bool) -> str | Text:
    return with_interval(measured, "{:.1f}".format, between="–", break_line=False, narrow=narrow)


def text(result: Benched, request: object) -> None:
    """Print what was measured."""
    show(result.benchmark, result.folder, _recorded(result))


def document(result: Benched, request: object) -> dict[str, Any]:
    """What was measured, where the pages are, and the run that it is recorded in."""
    return {"folder": result.folder, "run": result.run or None, "benchmark": result.benchmark}


def rows(result: Benched, request: object) -> list[dict[str, Any]]:
    """One row for each combination and percentile of the latency, and one for its throughput."""
    table_rows = []
    for timing in result.benchmark.timings:
        about = {"format": timing.format, "device": timing.device, "batch": timing.batch, "threads": timing.threads}
        named = {f"latency_{name}_ms": measured for name, measured in timing.latency.items()}
        named["pictures_per_second"] = timing.throughput
        table_rows += [{**about, "measure": name, **measurement_cells(each)} for name, each in named.items()]
    return table_rows


def ending(result: Benched, request: object) -> None:
    """That a target is missed is an answer; what could not be recorded is a failure.

    Raises:
        TrackingError: it could not be recorded.
    """
    if result.problem:
        raise TrackingError(result.problem)


def _recorded(result: Benched) -> str:
    if result.run:
        return f"run {result.run}, artifacts {FOLDER}/"
    return "not recorded" if result.problem else "not recorded: the store does not have the bundle's run"
