"""Findings as a table that a person fills in a spreadsheet, and what is read back from it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from assay.audit.decision import UNDONE, AuditDecision
from assay.audit.finding import CHOICES, RELABEL, Finding, finding_id
from assay.data.table_text import table_text
from assay.errors import AssayError, DataError, did_you_mean
from assay.spreadsheet import as_written, save_csv

COLUMNS = (
    "finding",
    "kind",
    "name",
    "files",
    "why",
    "suggestion",
    "decision",
    "label",
    "by",
    "reason",
    "pictures",
)
FILLED = ("decision", "label", "by", "reason")
"""What a person fills in."""
MARK = "F-"
"""Before the id of a finding: a spreadsheet takes "1234e5678901" for a number."""
PICTURES = "sha256: "
_DIGITS, _MOST_IN_A_CELL = 16, 30_000
_SHOWN = 20


def template_rows(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """A row for each finding, with nothing decided."""
    return [
        {
            "finding": MARK + finding.id,
            "kind": finding.kind,
            "name": finding.title,
            "files": _cell("\n".join(finding.paths)),
            "why": finding.why,
            "suggestion": " ".join(filter(None, (finding.suggestion, finding.label))),
            "pictures": _cell(PICTURES + " ".join(image[:_DIGITS] for image in finding.decided_images)),
            **dict.fromkeys(FILLED, ""),
        }
        for finding in findings
    ]


def save_template(path: Path, findings: Iterable[Finding]) -> None:
    """Write the table, whole or not at all, with no cell that a spreadsheet calculates."""
    save_csv(path, COLUMNS, template_rows(findings))


def read_filled(
    path: Path,
    ids: Iterable[str],
    class_names: Iterable[str],
    *,
    by: str = "",
    found: Callable[[], Mapping[str, Finding]] = dict,
) -> list[AuditDecision]:
    """What a person decided in the table; rows without a decision are still open.

    Args:
        path: of the table, as it was written or saved anew by a spreadsheet: with semicolons or tabs, in UTF-16, or
            with other columns between.
        ids: sha256 of the dataset's pictures.
        class_names: that a picture may be given.
        by: who decided where a row does not say it.
        found: gives findings by id, for those with more pictures than a cell holds; asked only for these.

    Raises:
        DataError: the table cannot be read, or rows cannot be decided so; each is named, and nothing is taken.
    """
    classes = tuple(class_names)
    known: dict[str, str] = {image[:_DIGITS]: image for image in ids}
    decisions, faults = [], []
    for number, row in _rows(path):
        if not row["decision"]:
            if any(row[name] for name in ("label", "reason")):
                faults.append(f"row {number}: has a label or a reason, and no decision")
            continue
        try:
            decisions.append(_decision(row, known, classes, by, found))
        except AssayError as error:
            faults.append(f"row {number}: {error}")
    repeated = [finding for finding, count in Counter(each.finding for each in decisions).items() if count > 1]
    faults += [f"{MARK}{finding}: is decided in several rows" for finding in repeated]
    if faults:
        more = f"\n  … and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        listed = "".join(f"\n  {fault}" for fault in faults[:_SHOWN])
        raise DataError(f"{path}: nothing was taken; {len(faults)} rows cannot be decided so:{listed}{more}")
    return decisions


def ensure_taken(path: Path, decisions: Iterable[AuditDecision]) -> None:
    """Refuse to write over a table that a person has filled in, before what it says has been taken.

    Args:
        path: where a table is to be written; need not exist.
        decisions: all that were made.

    Raises:
        DataError: it has decisions that are among none of these, or it is no such table.
    """
    if not path.exists():
        return
    made = {(decision.finding, decision.choice) for decision in decisions}
    for number, row in _rows(path):
        if not row["decision"].strip():
            continue
        if (finding_named(row["finding"]), _choice(row)) not in made:
            raise DataError(
                f"{path}: row {number} is decided there and not taken yet, and would be written over; take it by "
                f"assay audit decide {path}, or give another output=DIR"
            )


def ensure_table(path: Path) -> None:
    """Refuse what is no table of decisions, before a dataset is read for it.

    Raises:
        DataError: it is missing, cannot be read, or lacks columns.
    """
    _rows(path)


def finding_named(written: str) -> str:
    """The id of a finding as it was typed, with its mark or without.

    Raises:
        DataError: it is none.
    """
    name = written.strip().removeprefix(MARK).removeprefix(MARK.lower()).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", name):
        raise DataError(f"{written!r}: is no id of a finding, such as {MARK}0123456789ab")
    return name


def _decision(
    row: Mapping[str, str],
    known: Mapping[str, str],
    classes: tuple[str, ...],
    by: str,
    found: Callable[[], Mapping[str, Finding]],
) -> AuditDecision:
    finding, choice = finding_named(row["finding"]), _choice(row)
    label = row["label"].strip()
    if label and label not in classes:
        raise DataError(f"label {label!r} is no class of the dataset; {did_you_mean(label, classes)}")
    if choice == RELABEL and not label:
        raise DataError(f"{RELABEL} needs a label; {did_you_mean('', classes)}")
    if choice not in (*CHOICES, UNDONE):
        raise DataError(f"{row['decision']!r} is no decision; {did_you_mean(choice, (*CHOICES, UNDONE))}")
    if not row["reason"].strip():
        raise DataError("a reason is needed")
    if not (row["by"].strip() or by):
        raise DataError("the column by says who decided; fill it in, or add by=NAME to the command")
    kind, name, files = row["kind"].strip(), row["name"].strip(), row["files"]
    if row["pictures"].strip():
        images = _images(row["pictures"], known)
        paths = tuple(files.replace("\r\n", "\n").split("\n")) if files else ()
    else:
        finding_there = found().get(finding)
        if finding_there is None:
            raise DataError(f"{MARK}{finding} is no finding of this dataset any more; audit it again")
        images, paths = finding_there.decided_images, finding_there.paths
    if finding_id(kind, name, images) != finding:
        raise DataError(f"{MARK}{finding}: kind, name or pictures of the row were changed; fill in {', '.join(FILLED)}")
    if len(paths) != len(images):
        paths = ()
    who = row["by"].strip() or by
    return AuditDecision(finding, kind, name, choice, images, who, row["reason"].strip(), label, paths=paths)


def _choice(row: Mapping[str, str]) -> str:
    return re.sub(r"[\s-]+", "_", row["decision"].strip().lower())


def _images(cell: str, known: Mapping[str, str]) -> tuple[str, ...]:
    digests = cell.removeprefix(PICTURES.strip()).split()
    missing = [digest for digest in digests if digest not in known]
    if missing:
        raise DataError(f"picture {missing[0]} is not in the dataset; decide on the dataset that was audited")
    return tuple(known[digest] for digest in digests)


def _cell(text: str) -> str:
    """Nothing where a spreadsheet would cut it."""
    return text if len(text) <= _MOST_IN_A_CELL else ""


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """(number of the row as a spreadsheet counts, row by column) of each; cells are as they were written."""
    try:
        text = table_text(path)
        head = text.partition("\n")[0]
        delimiter = max((",", ";", "\t"), key=head.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        heads = [name.strip().lower() for name in next(reader, [])]
        lines = [(row, cells) for row, cells in enumerate(reader, start=2) if any(cell.strip() for cell in cells)]
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as a table: {error}") from error
    lacking = [name for name in COLUMNS if name not in heads and name not in ("why", "suggestion")]
    if lacking:
        raise DataError(f"{path}: lacks the columns {', '.join(lacking)}; take the table that the audit wrote")
    rows = []
    for number, cells in lines:
        filled = dict(zip(heads, cells, strict=False))
        rows.append((number, {name: as_written(filled.get(name, "")) for name in COLUMNS}))
    return rows
