"""What `assay exposr` leaves: a page, a table, and the lines in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.evaluation.catalogue import fields_on, metric
from assay.files import atomic_write
from assay.measurement import Measurement
from assay.spreadsheet import csv_text

if TYPE_CHECKING:
    from assay.evaluation.generator_evidence import Condition, GeneratorDetection, GeneratorEvidence
    from assay.studies.left_out.left_out import LeftOut

PAGE, TABLE = "index.html", "exposr.csv"


def write(folder: Path, left_out: Sequence[LeftOut], *, name: str, command: str, images: str) -> None:
    """Write `index.html` and `exposr.csv`, each whole or not at all.

    Args:
        folder: made where it is missing.
        found: a training per generator.
        name: of the study.
        command: as it was typed.
        images: digest of the dataset.
    """
    from assay.evaluation.report.sections.generators import generator_lines, jpeg_charts
    from assay.pages.page import save_page
    from assay.pages.svg import to_svg
    from assay.pages.templates import templates

    folder.mkdir(parents=True, exist_ok=True)
    rows = [(entry, *_own(entry)) for entry in left_out]
    charts = []
    for entry, detection, evidence in rows:
        if evidence is not None and detection is not None:
            place = [row.generator for row in evidence.clean.generators].index(entry.generator)
            charts += [to_svg(chart) for chart in jpeg_charts(evidence)[place : place + 1]]

    save_page(
        folder / PAGE,
        templates("assay.studies.left_out"),
        "exposr.html.j2",
        name=name,
        command=command,
        images=images,
        rows=rows,
        charts=charts,
        heads=[entry.head for entry in fields_on("generators").values()],
        fields=list(fields_on("generators")),
        files=metric("generators/files_auroc").head,
        lines=generator_lines(),
        handlings=_handlings(left_out),
    )
    with atomic_write(folder / TABLE) as temporary:
        temporary.write_text(_csv(left_out), encoding="utf-8")


def _own(left_out: LeftOut) -> tuple[GeneratorDetection | None, GeneratorEvidence | None]:
    """What was measured about the generator that was left out, on the images as they are."""
    evidence = None if left_out.evidence is None else left_out.evidence.generators
    if evidence is None:
        return None, None
    return _row(evidence.clean, left_out.generator), evidence


def _row(condition: Condition, generator: str) -> GeneratorDetection | None:
    return next((detection for detection in condition.generators if detection.generator == generator), None)


def _handlings(left_out: Sequence[LeftOut]) -> list[tuple[str, list[GeneratorDetection | None]]]:
    """Per handling, in the order of the first training: its description, and each left-out generator under it."""
    known = [(entry.generator, evidence) for entry in left_out if (evidence := _own(entry)[1]) is not None]
    described = list(dict.fromkeys(condition.described for _, evidence in known for condition in evidence.conditions))
    return [
        (
            what,
            [
                next((_row(part, name) for part in evidence.conditions if part.described == what), None)
                for name, evidence in known
            ],
        )
        for what in described
    ]


def _csv(left_out: Sequence[LeftOut]) -> str:
    heads = ["left_out", "run", "handling", "generator", "seen", "n", "metric", "value", "low", "high"]
    rows = []
    for entry in left_out:
        evidence = None if entry.evidence is None else entry.evidence.generators
        for condition in () if evidence is None else evidence.conditions:
            for generator in condition.generators:
                for key in fields_on("generators"):
                    value: Measurement = getattr(generator, key)
                    numbers = ["" if part is None else f"{part:.4f}" for part in (value.value, value.low, value.high)]
                    head = [
                        entry.generator,
                        entry.run_id,
                        condition.described,
                        generator.generator,
                        generator.seen,
                        generator.n,
                    ]
                    rows.append([*head, key, *numbers])
    return csv_text(heads, rows)
