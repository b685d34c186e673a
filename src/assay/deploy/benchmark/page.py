"""The page of a benchmark: whether the targets are met, what each format takes, and where the time goes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assay.deploy.benchmark.benchmark import Benchmark
from assay.deploy.benchmark.figures import plots
from assay.deploy.benchmark.verdict import answer, marked
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates


def write_page(path: Path, benchmark: Benchmark) -> None:
    """Write the page, whole or not at all."""
    save_page(
        path,
        templates("assay.deploy.benchmark"),
        "benchmark.html.j2",
        benchmark=benchmark,
        answer=answer(benchmark),
        facts=_facts(benchmark),
        judged=[(*marked(target.state), target) for target in benchmark.judged],
        plots=[to_svg(canvas) for canvas in plots(benchmark)],
    )


def _facts(benchmark: Benchmark) -> Mapping[str, str]:
    machine = benchmark.machine
    return {
        "run": benchmark.run_id[:8],
        "bundle": f"{benchmark.bundle_digest[:12]}, {benchmark.bundle_mb:.1f} MB",
        "serves": benchmark.serves,
        "pictures": benchmark.pictures,
        "CPU": f"{machine.cpu}, {machine.cores} cores",
        "instructions": ", ".join(machine.flags) or "unknown",
        **({"GPU": machine.gpu} if machine.gpu else {}),
        "packages": ", ".join(f"{name} {version}" for name, version in machine.versions.items()),
        "thread settings": ", ".join(f"{name}={value}" for name, value in machine.settings.items() if value) or "none",
        "load before": "unknown" if machine.load is None else f"{machine.load:.1f}",
        "made": benchmark.made.replace("T", " ").removesuffix("+00:00") + " UTC",
    }
