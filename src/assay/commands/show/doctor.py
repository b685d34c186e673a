"""What is shown of an examination: each check with its state, what is so, and what mends it."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from assay.errors import ServiceError
from assay.housekeeping.doctor.doctor import Examination
from assay.housekeeping.doctor.request import DoctorRequest
from assay.terminal import joined, styled, terminal

STYLES = {"broken": "bold red", "warning": "yellow", "ok": "green", "absent": "dim"}


def text(result: Examination, request: DoctorRequest) -> None:
    """Print it."""
    console = terminal()
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("check", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("what is so, and what mends it", ratio=1, overflow="fold")
    for diagnosis in result.diagnoses:
        fix = joined(styled("fix: ", "bold"), diagnosis.fix) if diagnosis.fix else ""
        sentence = joined(diagnosis.sentence, fix, separator="\n")
        table.add_row(diagnosis.check, styled(diagnosis.state, STYLES[diagnosis.state]), sentence)
    console.print(table)
    for name in result.mended:
        console.print(f"mended: {name}")
    counts = {state: len(result.of_state(state)) for state in ("broken", "warning")}
    console.print(f"{counts['broken']} broken, {counts['warning']} warnings")


def document(result: Examination, request: DoctorRequest) -> dict[str, Any]:
    """The worst state, and everything that was seen."""
    return {"state": result.worst, "mended": list(result.mended), "diagnoses": rows(result, request)}


def rows(result: Examination, request: DoctorRequest) -> list[dict[str, Any]]:
    """One row for each diagnosis."""
    return [
        {
            "check": diagnosis.check,
            "asked": result.asked[diagnosis.check],
            "state": diagnosis.state,
            "sentence": diagnosis.sentence,
            "fix": diagnosis.fix,
        }
        for diagnosis in result.diagnoses
    ]


def ending(result: Examination, request: DoctorRequest) -> None:
    """What is broken is a failure.

    Raises:
        ServiceError: something is broken.
    """
    names = list(dict.fromkeys(diagnosis.check for diagnosis in result.of_state("broken")))
    if names:
        raise ServiceError(f"broken: {', '.join(names)}; what mends each stands beside it")
