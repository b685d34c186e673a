"""What the terminal shows of reviews: their report, and what was written of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assay.measurement import Measurement
from assay.output import say
from assay.pages.numbers import interval, shown
from assay.review.report.page import PARTS, verdict_words
from assay.review.report.record import COLUMNS, FormReport
from assay.review.waiting import Waiting
from assay.serving.manage_review import ReviewResult

SHOWN = 20
"""Lines that were refused, in text."""


def text(result: ReviewResult) -> None:
    """Print it."""
    if result.report is not None:
        if not result.report.forms:
            say("nothing is queued for review yet")
        for form in result.report.forms:
            _show_form(form)
        say(f"page        {result.folder}/index.html")
        say(f"tables      {result.folder}/reviews.csv · failures.csv · reviews.json")
        return
    if result.waiting is not None:
        _show_waiting(result.waiting)
        return
    for what, count in result.counts.items():
        say(f"{count:>6,}  {what}")
    for row in result.refused[:SHOWN]:
        say(f"        line {row['line']}: {row['reason']}")
    if len(result.refused) > SHOWN:
        say(f"        and {len(result.refused) - SHOWN:,} more; format=csv lists all")
    if result.words:
        say(result.words)
    for note in result.notes:
        say(f"        {note}")
    if result.dry_run:
        say("nothing is written: dry_run=true")
    if result.file is not None and not result.dry_run:
        say(f"file        {result.file}")


def _show_waiting(waiting: tuple[Waiting, ...]) -> None:
    """A line for what waits; what is all decided is one line together."""
    decided = [each for each in waiting if not each.items]
    for each in waiting:
        if not each.items:
            continue
        batch, live = (
            f" ({each.batch})" if each.batch else "",
            f", {each.leases} before reviewers" if each.leases else "",
        )
        states = ", ".join(f"{count:,} {state}" for state, count in each.states.items() if count)
        say(f"{each.form:<14}{each.source}{batch}: {states}{live}; since {each.oldest[:16].replace('T', ' ')}")
    if len(decided) == len(waiting):
        say("nothing waits to be reviewed")
    if decided:
        say(f"{sum(sum(each.states.values()) for each in decided):,} others are decided or closed")


def _show_form(form: FormReport) -> None:
    progress = form.progress
    states = ", ".join(f"{count:,} {state}" for state, count in progress.by_state.items())
    say(f"{form.form:<12}{progress.items:,} items ({states or 'none'}), {progress.reviews:,} reviews")
    if form.acceptance is not None:
        say(f"            accepted {_number(form.acceptance.rate)} {verdict_words(form.acceptance)}".rstrip())
    for part in form.agreement:
        say(f"            {PARTS[part.slice]}: same choice {_number(part.raw)}, alpha {_number(part.alpha)}")
        for pair, kappa in part.kappas.items():
            say(f"            {PARTS[part.slice]}: kappa of {pair} {_number(kappa)}")
    for name, measured in form.right.items():
        say(f"            {PARTS[name]}: answers that are right {_number(measured)}")
    for name, measured in form.quality.items():
        say(f"            right on known items, {name}: {_number(measured)}")
    if form.override:
        say(f"            overrides of the answer {_number(form.override['all'])}")


def _number(measured: Measurement) -> str:
    if measured.value is None:
        return measured.method
    between = interval(measured)
    return f"{shown(measured.value)}{f' ({between})' if between else ''}"


def document(result: ReviewResult) -> dict[str, Any]:
    """The same as JSON values."""
    if result.report is not None:
        return {"folder": result.folder, "report": asdict(result.report)}
    if result.waiting is not None:
        return {"waiting": rows(result)}
    written: dict[str, Any] = {"file": result.file, "counts": result.counts}
    written |= {"refused": list(result.refused)} if result.refused else {}
    written |= {"dry_run": True} if result.dry_run else {}
    written |= {"notes": list(result.notes)} if result.notes else {}
    return {**written, **({"verdict": result.words} if result.words else {})}


def rows(result: ReviewResult) -> list[dict[str, Any]]:
    """One row for each number of a report, or for each review that was exported."""
    if result.report is not None:
        return [{column: row.get(column) for column in COLUMNS} for row in result.report.rows()]
    if result.waiting is not None:
        return [
            {"form": each.form, "source": each.source, "batch": each.batch}
            | {**each.states, "oldest": each.oldest, "leases": each.leases}
            for each in result.waiting
        ]
    return list(result.rows or result.refused) or [
        {"what": what, "count": count} for what, count in result.counts.items()
    ]
