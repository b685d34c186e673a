"""The page of a verdict: promoted or refused, what failed and by how much, and everything that was asked."""

from __future__ import annotations

from pathlib import Path

from assay.evaluation.catalogue import label_of
from assay.evaluation.catalogue import metric as metric_entry
from assay.gate.report.plots import plot
from assay.gate.verdict import Verdict
from assay.pages.page import save_page
from assay.pages.templates import templates
from assay.studies.decision.metric import with_interval


def write_page(path: Path, verdict: Verdict, *, purpose: str = "") -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        verdict: what was decided.
        purpose: of the gate, a sentence.
    """
    rows = [(check, plot(check)) for check in sorted(verdict.checks, key=lambda check: check.passed)]
    numbers = [
        (metric_label(name), with_interval(name.partition("/")[0], metric), metric.n)
        for name, metric in verdict.metrics.items()
    ]
    save_page(
        path,
        templates("assay.gate.report"),
        "verdict.html.j2",
        verdict=verdict,
        answer=answer(verdict),
        purpose=purpose,
        rows=rows,
        numbers=numbers,
        facts=facts(verdict),
    )


def answer(verdict: Verdict) -> str:
    """The decision in a sentence."""
    failed, total = len(verdict.failed), len(verdict.checks)
    if verdict.override is not None:
        return (
            f"OVERRIDDEN by {verdict.override.by}: {failed} of {total} checks of {verdict.gate} failed, and it passes "
            f"nevertheless. Reason given: {verdict.override.reason}"
        )
    if verdict.decision == "promote":
        over = f", in place of version {verdict.champion}" if verdict.champion else ", as first champion"
        every = f"all {total} checks of {verdict.gate} hold" if total > 1 else f"the only check of {verdict.gate} holds"
        return f"Passes: {every}{over}."
    names = ", ".join(check.name for check in verdict.failed) or "there is no bundle"
    return f"Refused: {failed} of {total} checks of {verdict.gate} failed: {names}."


def facts(verdict: Verdict) -> dict[str, str]:
    """What was judged, against whom, by whom and when."""
    return {
        "model": verdict.model,
        "run": f"{verdict.run_id[:8]} ({verdict.run_name})",
        "backbone": verdict.backbone or "unknown",
        "bundle": verdict.bundle_digest[:12] + (f", answers in {verdict.serves}" if verdict.serves else "") or "none",
        "champion": f"version {verdict.champion}" if verdict.champion else "none",
        "test images": f"{verdict.n:,}, set {verdict.test_digest[:12]}",
        "challenger": f"number {verdict.challenger} on these images" if verdict.challenger else "not counted",
        "gate": f"{verdict.gate}, {verdict.gate_digest[:12]}",
        "asked by": verdict.author or "unknown",
        "time": verdict.time.replace("T", " ").replace("+00:00", " UTC"),
        "judged by": f"commit {verdict.git_commit[:12]}, packages {verdict.lock_digest[:12]}",
    }


def metric_label(name: str) -> str:
    """A number of a verdict for people: `F1 of defective` for `f1/defective`."""
    metric, _, of = name.partition("/")
    return label_of(metric, of) if of and metric_entry(metric).per_class else label_of(name)
