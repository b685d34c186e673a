"""What the terminal shows of a benchmark: the verdict, the table, where the time goes, and where to look next."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assay.deploy.benchmark.benchmark import Benchmark
from assay.deploy.benchmark.timing import Timing
from assay.deploy.benchmark.verdict import answer, marked
from assay.measurement import Measurement

STYLES = {"met": "green", "missed": "red", "open": "yellow"}
WIDE = 100
"""Columns of a terminal from which intervals and all batch sizes fit."""


def show(benchmark: Benchmark, folder: Path, recorded: str) -> None:
    """Print it; the first line is the verdict."""
    console = Console()
    state, said = answer(benchmark)
    console.print(f"[{STYLES[state]}]{marked(state)[0]}[/] {escape(said)}", highlight=False)
    machine = benchmark.machine
    console.print(
        f"[dim]{escape(machine.cpu)}, {machine.cores} cores; {escape(benchmark.pictures)}[/dim]", highlight=False
    )
    console.print()
    console.print(table(benchmark, narrow=console.width < WIDE))
    for one in benchmark.formats:
        console.print(
            f"• [bold]{escape(one.format)}[/bold] ({escape(one.words)}): {escape(one.bottleneck)}; {one.size_mb:.1f} "
            f"MB; a fresh process answers after {one.cold.seconds:.1f} s and takes {one.cold.peak_mb:.0f} MB of memory",
            highlight=False,
        )
    for each in benchmark.judged:
        if each.state == "missed":
            said = f"✗ {escape(each.format)}: {escape(each.target)}, {escape(each.why)}"
            console.print(f"[red]{said}[/red]", highlight=False)
    console.print()
    for note in benchmark.notes:
        console.print(f"[dim]• {escape(note)}[/dim]", highlight=False)
    for name, text in (
        ("page", folder / "bench.html"),
        ("tables", f"{folder / 'bench.csv'} · bench.json"),
        ("record", recorded),
    ):
        console.print(f"{name:<8} {escape(str(text))}", soft_wrap=True, highlight=False)


def table(benchmark: Benchmark, *, narrow: bool = False) -> Table:
    """A row for each combination; a narrow one leaves intervals to the page."""
    shown = Table(title="milliseconds per call, from bytes to answers; — too few runs", title_justify="left")
    for head in ("format", "batch", "threads", "runs", "p50", "p95", "p99", "network", "pictures/s"):
        shown.add_column(head, justify="left" if head == "format" else "right")
    former = ""
    for one in benchmark.timings:
        if former not in ("", one.format):
            shown.add_section()
        former = one.format
        spans = [_cell(one.latency.get(name), narrow=narrow) for name in ("p50", "p95", "p99")]
        shown.add_row(
            escape(_name(one)),
            str(one.batch),
            str(one.threads),
            str(one.runs),
            *spans,
            f"{one.network['p50'].value:.1f}",
            f"{one.throughput.value:.1f}",
        )
    return shown


def _name(timing: Timing) -> str:
    return timing.format if timing.device == "cpu" else f"{timing.format}, {timing.device}"


def _cell(measured: Measurement | None, *, narrow: bool) -> str:
    if measured is None or measured.value is None:
        return "[dim]—[/dim]"
    if narrow or measured.low is None or measured.high is None:
        return f"{measured.value:.1f}"
    return f"{measured.value:.1f} [dim]{measured.low:.1f}–{measured.high:.1f}[/dim]"
