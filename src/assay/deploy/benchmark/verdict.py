"""The verdict of a benchmark in one sentence: whether the format that serves keeps to the targets."""

from __future__ import annotations

from assay.deploy.benchmark.benchmark import Benchmark
from assay.deploy.benchmark.targets import MET, MISSED, JudgedTarget

MARKS = {MET: ("✓", "met"), MISSED: ("✗", "missed")}


def marked(state: str) -> tuple[str, str]:
    """Mark and word for a state."""
    return MARKS.get(state, ("?", "inconclusive"))


def answer(benchmark: Benchmark) -> tuple[str, str]:
    """State and sentence for the format that serves, or the first that was measured."""
    measured = [entry.format for entry in benchmark.formats]
    name = benchmark.serves if benchmark.serves in measured else measured[0]
    own = [entry for entry in benchmark.judged if entry.format == name]
    message = "; ".join(f"{entry.target} {_said(entry)}" for entry in own)
    missed = [entry for entry in own if entry.state == MISSED]
    met = all(entry.state == MET for entry in own)
    state = MISSED if missed else MET if met else "open"
    head = {MET: "keeps to the targets", MISSED: "misses a target"}.get(state, "cannot be judged on every target")
    return state, f"{name} {head}: {message}."


def _said(entry: JudgedTarget) -> str:
    return f"{entry.why} ({marked(entry.state)[1]})"
