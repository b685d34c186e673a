"""The form on which an expert says, picture by picture, whether the heat lies on the right place; as a CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.errors import DataError
from assay.explain.cases import ExplainedCase
from assay.spreadsheet import as_written, save_csv

JUDGEMENTS = ("yes", "partly", "no")
COLUMNS = (
    "number",
    "sheet",
    "image_id",
    "file",
    "true_class",
    "predicted_class",
    "confidence",
    "explained_class",
    "signal",
    "heat_on_right_place",
    "comment",
)


@dataclass(frozen=True)
class MapJudgement:
    """What an expert said about one picture.

    Attributes:
        place: "yes", "partly", "no", or "" where nothing was said yet.
        comment: free text.
    """

    place: str = ""
    comment: str = ""


Judgements = dict[tuple[str, str], MapJudgement]
"""By image id and explained class."""


def form_rows(
    cases: Sequence[ExplainedCase], signal: Sequence[bool], class_names: Sequence[str], judgements: Judgements
) -> list[dict[str, str]]:
    """The rows of the form, values by column, in the order of the cases; what was said before is filled in."""
    rows = []
    for number, (case, seen) in enumerate(zip(cases, signal, strict=True), start=1):
        judgement = judgements.get((case.picture.id, class_names[case.target]), MapJudgement())
        values = (
            str(number),
            case.sheet,
            case.picture.id,
            case.picture.path.name,
            "" if case.true is None else class_names[case.true],
            class_names[case.predicted],
            f"{case.confidence:.3f}",
            class_names[case.target],
            "yes" if seen else "no",
            judgement.place,
            judgement.comment,
        )
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def write_form(rows: Sequence[dict[str, str]], path: Path) -> None:
    """Write the CSV, with a byte-order mark so that spreadsheets read it as UTF-8."""
    save_csv(path, COLUMNS, rows)


def read_form(path: Path) -> Judgements:
    """What an expert has filled in; nothing when there is no such file.

    Raises:
        DataError: the file is not a form, or a judgement is none of "yes", "partly" and "no".
    """
    if not path.exists():
        return {}
    judgements: Judgements = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            for row in csv.DictReader(opened):
                answer, comment = row["heat_on_right_place"].strip().lower(), as_written(row["comment"].strip())
                if answer not in ("", *JUDGEMENTS):
                    raise DataError(f"{path}: row {row['number']}: {answer!r} is none of {', '.join(JUDGEMENTS)}")
                if answer or comment:
                    judgements[row["image_id"], as_written(row["explained_class"])] = MapJudgement(answer, comment)
    except (KeyError, AttributeError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a form ({error!r}); move it away to get a new one") from error
    return judgements
