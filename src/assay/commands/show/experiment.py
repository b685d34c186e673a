"""What the terminal shows of experiments."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from assay.measurement import Measurement
from assay.output import say
from assay.pages.numbers import interval, shown
from assay.serving.experiment_report.record import ArmReport, ExperimentReport
from assay.serving.experiment_report.state import NOTHING_BEGUN
from assay.serving.experiment_report.words import agreement_words, needs
from assay.serving.manage_experiments import ExperimentResult


def text(result: ExperimentResult, request: object) -> None:
    """Print it."""
    if result.report is not None:
        _show_report(result.report)
        say(f"page        {result.folder}/index.html")
        say(f"tables      {result.folder}/experiment.csv · experiment.json")
        return
    if not result.experiments:
        say(NOTHING_BEGUN)
    for each in result.experiments:
        part = f"{each.share:.1%} of the keys" if each.arm == "challenger" else "all pictures"
        say(f"{each.name}  {each.arm}, {part}; since {each.since[:16]}Z, {each.state} {each.why}".rstrip())


def _show_report(report: ExperimentReport) -> None:
    part = f"{report.share:.1%} of the keys" if report.rival.arm == "challenger" else "all pictures"
    say(f"experiment  {report.name}: {report.rival.arm}, {part}; since {report.since[:16]}Z, {report.state}")
    if report.why:
        say(f"            {report.why}")
    say(f"finding     {report.finding.words}")
    for line in needs(report.finding):
        say(f"            {line}")
    say(f"reviewed    {report.reviewed:,} pictures")
    for arm in (report.champion, report.rival):
        _show_arm(arm)
    if report.agreement is not None:
        say(f"agree       {agreement_words(report.agreement)}")
    for note in report.notes:
        say(f"• {note}")


def _show_arm(arm: ArmReport) -> None:
    say(f"{arm.arm:<12}{arm.pictures:,} pictures of {arm.keys:,} keys; {arm.model or 'has answered nothing'}")
    say(f"            failed {_number(arm.failing)}, for a person {_number(arm.to_a_person)}")
    say(f"            median {_number(arm.median_ms, 1)} ms, 95 % within {_number(arm.p95_ms, 1)} ms")


def _number(measured: Measurement, digits: int = 3) -> str:
    between = interval(measured, digits)
    return f"{shown(measured.value, digits)}{f' ({between})' if between else ''}"


def document(result: ExperimentResult, request: object) -> dict[str, Any]:
    """The same as JSON values."""
    if result.report is not None:
        return {"folder": result.folder, "report": result.report}
    return {"experiments": [asdict(each) for each in result.experiments]}


def rows(result: ExperimentResult, request: object) -> list[dict[str, Any]]:
    """One row for each thing that was measured, or for each experiment."""
    if result.report is not None:
        return list(result.report.rows())
    return [asdict(each) for each in result.experiments]
