"""What `assay exposr` leaves: a page, a table, and the lines in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.commands.document import measurement_cells
from assay.commands.show.cells import with_interval
from assay.evaluation.catalogue import fields_on, metric
from assay.measurement import Measurement
from assay.studies.left_out.page import PAGE, TABLE, _own
from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.studies.left_out.left_out import LeftOut


def show(folder: Path, left_out: Sequence[LeftOut]) -> None:
    """Print a line per generator that was left out, the alarms, and the place of page and table."""
    from rich.table import Table

    drawn = Table(title="unseen generators (leave-one-generator-out)", title_justify="left")
    drawn.add_column("left out")
    shown = fields_on("generators")
    for head in (*(entry.head for entry in shown.values()), metric("generators/files_auroc").head):
        drawn.add_column(head, justify="right")
    for generator in left_out:
        detection, evidence = _own(generator)
        if detection is None or evidence is None:
            drawn.add_row(generator.generator, "failed", "", "", "", "")
            continue
        files = (
            "" if evidence.files is None else f"{evidence.files.auroc.value:.2f}{' !' if evidence.files.alarm else ''}"
        )
        drawn.add_row(generator.generator, *(with_interval(getattr(detection, key)) for key in shown), files)
    console = terminal()
    console.print(drawn)
    alarms = {e.files.sentence for entry in left_out if (e := _own(entry)[1]) is not None and e.files and e.files.alarm}
    for alarm in sorted(alarms):
        console.print(f"• {alarm}")
    for generator in left_out:
        if generator.error:
            console.print(f"• {generator.generator}: {generator.error}")
    console.print(f"page     {folder / PAGE}", soft_wrap=True)
    console.print(f"table    {folder / TABLE}", soft_wrap=True)


def text(result: tuple[Path, list[LeftOut]], request: object) -> None:
    """Print the generators."""
    show(*result)


def document(result: tuple[Path, list[LeftOut]], request: object) -> dict[str, Any]:
    """Where the pages are, and for each generator its run and how well it is told."""
    folder, left_out = result
    generators = [
        {"generator": entry.generator, "run": entry.run_id, "error": entry.error or None, "measured": _measured(entry)}
        for entry in left_out
    ]
    return {"folder": folder, "generators": generators}


def rows(result: tuple[Path, list[LeftOut]], request: object) -> list[dict[str, Any]]:
    """One row for each generator and measure; a training that failed has one without."""
    return [
        {"generator": entry.generator, "run": entry.run_id, "measure": name, **cells}
        for entry in result[1]
        for name, cells in (
            [(name, measurement_cells(measured)) for name, measured in _measured(entry).items()] or [("", {})]
        )
    ]


def _measured(entry: LeftOut) -> dict[str, Measurement]:
    answers, evidence = _own(entry)
    if answers is None or evidence is None:
        return {}
    measured = {key: getattr(answers, key) for key in fields_on("generators")}
    return measured if evidence.files is None else {**measured, "files_auroc": evidence.files.auroc}
