"""The verdict of a benchmark in one sentence: whether the format that serves keeps to the targets."""

from __future__ import annotations

from assay.deploy.benchmark.benchmark import Benchmark
from assay.deploy.benchmark.targets import MET, MISSED, Judged

MARKS = {MET: ("✓", "met"), MISSED: ("✗", "missed")}


def marked(state: str) -> tuple[str, str]:
    """Mark and word for a state."""
    return MARKS.get(state, ("?", "open"))


def answer(benchmark: Benchmark) -> tuple[str, str]:
    """State and sentence for the format that serves, or the first that was measured."""
    measured = [one.format for one in benchmark.formats]
    name = benchmark.serves if benchmark.serves in measured else measured[0]
    own = [one for one in benchmark.judged if one.format == name]
    message = "; ".join(f"{one.target} {_said(one)}" for one in own)
    missed = [one for one in own if one.state == MISSED]
    met = all(one.state == MET for one in own)
    state = MISSED if missed else MET if met else "open"
    head = {MET: "keeps to the targets", MISSED: "misses a target"}.get(state, "cannot be judged on every target")
    return state, f"{name} {head}: {message}."


def _said(one: Judged) -> str:
    return f"{one.why} ({marked(one.state)[1]})"
