"""What the terminal shows of a collection."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import Any

from assay.collection.dry_run import DryRun
from assay.collection.landing import MANIFEST
from assay.collection.outcome import FAILURES
from assay.collection.request import CollectRequest
from assay.collection.summary import Summary
from assay.housekeeping.collect import CollectResult
from assay.output import say

FEW = 12
"""Lines of reasons that are shown; json and csv have them all."""


def text(result: CollectResult, request: CollectRequest) -> None:
    """Print it."""
    if result.dry_run is not None:
        _show_dry_run(result.dry_run)
        return
    if request.report:
        for line in result.credits:
            say(line)
        return
    assert result.summary is not None
    if result.taken_down is not None:
        taken = result.taken_down
        what = f"{taken.key}={taken.value}"
        say(f"taken down  {len(taken.files)} pictures of {what}; {taken.addresses} addresses are shut")
        for use in result.uses:
            versions = f", versions {', '.join(use.versions)}" if use.versions else ""
            bundle = f", bundle {use.bundle}" if use.bundle else ""
            say(f"used by     run {use.run_id[:8]} {use.name}: {use.pictures} pictures{versions}{bundle}")
        if taken.files and not result.uses:
            say("used by     no recorded run")
    _show_summary(result.summary, request)


def _show_dry_run(planned: DryRun) -> None:
    say(f"would fetch {len(planned.records)} pictures of {planned.ask.source} as {planned.ask.label}")
    for licence, count in planned.licences.items():
        say(f"{count:>9}  {licence}")
    for reason, count in planned.refused.items():
        say(f"{count:>9}  left out: {reason}")


def _show_summary(summary: Summary, request: CollectRequest) -> None:
    say(f"collection  {summary.folder}: {summary.trainable} pictures in {MANIFEST}")
    for label in summary.labels:
        missing = f"{label.missing} more to minimum={request.minimum}" if label.missing else "the minimum is there"
        waiting = f"; {label.waiting} wait for resume" if label.waiting else ""
        say(f"{label.pictures:>9}  {label.label}: {missing}{waiting}")
        if request.deed == "plan" and label.missing:
            say(f"           asked so far: {', '.join(label.asked)}")
    if summary.stopped:
        say(f"stopped     {summary.stopped}")
    if request.deed == "stats":
        for name, counts in (("licences", summary.licences), ("sources", summary.sources)):
            say(f"{name:<11} {', '.join(f'{key} {count}' for key, count in counts.items()) or 'none'}")
        if summary.generated:
            say(f"generators  {', '.join(f'{key} {count}' for key, count in summary.generated.items())}")
        say(f"authors     {summary.authors}; {summary.bytes / 1e6:.1f} MB")
    _show_outcomes(summary)
    if any(label.waiting for label in summary.labels):
        say(f"again       assay collect resume {shlex.quote(f'to={summary.folder}')}")
    elif summary.trainable:
        say(f"next        assay audit data=folder {shlex.quote(f'data.root={summary.folder}')}")


def _show_outcomes(summary: Summary) -> None:
    others = [outcome for outcome in summary.outcomes if outcome.outcome != "kept"]
    for each in others[:FEW]:
        say(
            f"{each.count:>9}  {each.label}: {each.outcome}: {each.reason or FAILURES.get(each.outcome, '')}".rstrip(
                ": "
            )
        )
    if len(others) > FEW:
        say(f"           and {len(others) - FEW} other reasons; format=json has them all")


def document(result: CollectResult, request: CollectRequest) -> dict[str, Any]:
    """The same as JSON values."""
    values: dict[str, Any] = {"deed": request.deed}
    if result.summary is not None:
        values |= asdict(result.summary) | {"folder": str(result.summary.folder), "minimum": request.minimum}
    if result.dry_run is not None:
        values["dry_run"] = asdict(result.dry_run)
    if request.report:
        values["credits"] = list(result.credits)
    if result.taken_down is not None:
        values["taken_down"] = asdict(result.taken_down)
        values["used_by"] = [asdict(use) for use in result.uses]
    return values


def rows(result: CollectResult, request: CollectRequest) -> list[dict[str, Any]]:
    """One row for each outcome and reason, each candidate of a dry run, or each credit."""
    if result.dry_run is not None:
        return [asdict(record) for record in result.dry_run.records]
    if request.report:
        return [{"credit": credit} for credit in result.credits]
    assert result.summary is not None
    return [asdict(outcome) for outcome in result.summary.outcomes]
