"""What the terminal shows of samples of generated images: what was queued, and what was decided."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assay.output import say
from assay.review.samples.judged import JudgedClass
from assay.serving.review_samples import SampleResult, VerdictResult

Result = SampleResult | VerdictResult


def text(result: Result) -> None:
    """Print it."""
    if isinstance(result, SampleResult):
        for title, (drawn, images) in result.strata.items():
            say(f"{title:<24}{drawn:,} of {images:,} images, drawn at random")
        before = f", {result.known:,} were there before" if result.known else ""
        say(f"batch {result.batch}: {result.added:,} queued for the form plausibility{before}")
        say(f"when they are reviewed: assay review verdict batch={result.batch}")
        return
    for row in result.judged.rows:
        say(f"{row.word:<12}{row.words}, against {result.judged.bound:g}")
        if row.lacks:
            say(f"            {row.lacks}")
    if not result.runs:
        say("no finished run was trained on these images yet; run=RUN names one")
    for written in result.runs:
        did = "holds this already" if written.stood else "written"
        say(f"run {written.run[:8]} ({written.name}): {did}: {written.review}")
        if written.overruled:
            say(f"            in place of: {written.overruled}")


def document(result: Result) -> dict[str, Any]:
    """The same as JSON values."""
    if isinstance(result, SampleResult):
        strata = {title: {"drawn": drawn, "images": images} for title, (drawn, images) in result.strata.items()}
        return {"batch": result.batch, "added": result.added, "known": result.known, "strata": strata}
    return {"judged": asdict(result.judged), "runs": [asdict(written) for written in result.runs]}


def rows(result: Result) -> list[dict[str, Any]]:
    """One row for each generator and class."""
    if isinstance(result, SampleResult):
        return [
            {"batch": result.batch, "of": title, "drawn": drawn, "images": images}
            for title, (drawn, images) in result.strata.items()
        ]
    return [_row(row, result.judged.bound) for row in result.judged.rows]


def _row(row: JudgedClass, bound: float) -> dict[str, Any]:
    rate = row.rate
    numbers = {"accepted": row.accepted, "decided": rate.n, "sampled": row.sampled, "images": row.stratum.images}
    ends = {"value": rate.value, "low": rate.low, "high": rate.high, "bound": bound}
    return {"of": row.title, "word": row.word, **numbers, **ends, "more": row.more}
