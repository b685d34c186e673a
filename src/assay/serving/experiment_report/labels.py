"""Labels: what answers should have been, as somebody who has looked at the pictures says."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assay.errors import DataError
from assay.spreadsheet import as_written
from assay.store.experiment_answers import ExperimentAnswer

PREDICTION, REQUEST, LABEL = "prediction", "request", "label"


@dataclass(frozen=True)
class Labels:
    """What is known of answers.

    Attributes:
        of_answer: label by the id of an answer that went out, in the order in which they became known.
        strangers: lines about answers that are none of this experiment's.
    """

    of_answer: dict[str, str]
    strangers: int


def read_labels(path: Path) -> list[tuple[str, str, str]]:
    """The lines of a file: which column it is named by (`prediction` or `request`), the id, and the label.

    Raises:
        DataError: it is no such table, or a cell is empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            rows = [row for row in csv.reader(opened, strict=True) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a table of labels ({error})") from error
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    named = next((name for name in (PREDICTION, REQUEST) if name in header), "")
    if not named or LABEL not in header:
        raise DataError(
            f"{path}: the first line has to name the columns {PREDICTION} (or {REQUEST}) and {LABEL}; it says "
            f"{', '.join(header) or 'nothing'}"
        )
    lines = []
    for number, row in enumerate(rows[1:], start=2):
        cells = dict(zip(header, (as_written(cell.strip()) for cell in row), strict=False))
        if not cells.get(named) or not cells.get(LABEL):
            raise DataError(f"{path}: line {number} has no {LABEL if cells.get(named) else named}")
        lines.append((named, cells[named], cells[LABEL]))
    return lines


def known_labels(lines: Iterable[tuple[str, str, str]], answers: Iterable[ExperimentAnswer]) -> Labels:
    """Labels by the id of the answer that went out; a shadow's id stands for that of its pair.

    Args:
        lines: from `read_labels`, the earliest first.
        answers: of the experiment.

    Raises:
        DataError: a request had several pictures, or an answer has two labels.
    """
    out: dict[tuple[str, str], list[str]] = {}
    for answer in answers:
        given = answer.pair or answer.id
        out.setdefault((PREDICTION, answer.id), []).append(given)
        if not answer.pair:
            out.setdefault((REQUEST, answer.request), []).append(given)
    labels: dict[str, str] = {}
    strangers = 0
    for named, identifier, label in lines:
        meant = out.get((named, identifier), [])
        if not meant:
            strangers += 1
            continue
        if len(meant) > 1:
            raise DataError(
                f"request {identifier}: had {len(meant)} pictures; name each by the column {PREDICTION} instead"
            )
        if labels.setdefault(meant[0], label) != label:
            raise DataError(f"{named} {identifier}: is labelled {labels[meant[0]]} and {label}; which one is right?")
    return Labels(labels, strangers)
