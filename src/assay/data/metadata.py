"""Tables that say which file has which label: CSV, TSV, JSON, JSONL or Parquet, read as text."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import re
import unicodedata
from pathlib import Path

import pandas as pd

from assay.data.labels import as_text
from assay.data.table_text import table_text
from assay.errors import DataError, did_you_mean

logger = logging.getLogger(__name__)

COLUMNS = ("label", "split", "group", "source", "ood_set", "generator", "license")
FILES = ("path", "file_name", "filename", "file_path", "filepath", "image_path")
"""What the column with the file is called; the first one counts."""
LOOKS_LIKE = {
    "group": (
        "groups",
        "group_id",
        "group_name",
        "patient",
        "patient_id",
        "subject",
        "subject_id",
        "case_id",
        "session",
    ),
    "split": ("splits", "subset", "set", "partition", "phase", "fold"),
    "label": ("labels", "class", "class_name", "category", "target"),
    "source": ("dataset", "site", "camera"),
    "license": ("licence", "licenses", "rights"),
}
"""What such a column is called elsewhere; one that is not taken is named."""
DELIMITERS = (",", "\t", ";", "|")
PARTS = re.compile(r"[\\/]+")
WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


def read_metadata(path: Path) -> pd.DataFrame:
    """Columns `path` (as written, from the first of `FILES`), `label`, and those of `COLUMNS` that the table has.

    Every cell is text, "" where nothing is: "007" stays "007", and a class may be called "None" or "NA". Columns
    are known in any case. CSV may be delimited by comma, semicolon, tab or `|`, whichever makes the columns appear, and
    be written in UTF-8, in UTF-16 with its mark, or in Windows-1252 where `western` is certain of it.

    Raises:
        DataError: the file is missing or malformed, or lacks a column.
    """
    readers = {
        ".csv": _read_csv,
        ".tsv": _read_csv,
        ".jsonl": _read_jsonl,
        ".parquet": _read_parquet,
        ".json": _read_json,
    }
    suffix = path.suffix.lower()
    if suffix not in readers:
        raise DataError(f"{path}: a table must end in {', '.join(readers)}")
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        table = readers[suffix](path)
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as {suffix[1:]}: {error}") from error
    columns = _columns(list(map(str, table.columns)), path)
    name = next((column for column in FILES if column in columns), None)
    if name is None:
        raise DataError(f"{path}: no column file_name or path; {did_you_mean('file_name', columns)}")
    if "label" not in columns:
        near = next((known for known in LOOKS_LIKE["label"] if known in columns), None)
        hint = f"rename {columns[near]} to label" if near else did_you_mean("label", columns)
        raise DataError(f"{path}: no column label; {hint}")
    if table.empty:
        raise DataError(f"{path}: no rows")
    _say_unused(columns, path)
    kept = {"path": table[columns[name]]}
    kept |= {column: table[columns[column]] for column in COLUMNS if column in columns}
    _refuse_lists(kept["label"], path)
    texts = pd.DataFrame({column: [as_text(value) for value in values] for column, values in kept.items()}, dtype="str")
    nameless = texts.index[texts["path"] == ""]
    if len(nameless):
        raise DataError(f"{path}: {len(nameless)} rows have no {name} (first: row {nameless[0] + 1})")
    return texts


def _columns(written: list[str], path: Path) -> dict[str, str]:
    """Name of a column in small letters and without spaces around it -> as it is written."""
    names: dict[str, str] = {}
    for column in written:
        name = re.sub(r"[\s-]+", "_", column.strip().lower())
        if name in names and (name in COLUMNS or name in FILES):
            raise DataError(
                f"{path}: the column {name} is there twice ({names[name]!r} and {column!r}); keep the one that counts"
            )
        names.setdefault(name, column)
    return names


def _say_unused(columns: dict[str, str], path: Path) -> None:
    for option, names in LOOKS_LIKE.items():
        present = [columns[name] for name in names if name in columns]
        if present and option not in columns:
            logger.warning(
                "%s: the column %s is not used; call it %s if it says what %s each image has",
                path,
                present[0],
                option,
                option,
            )


def _refuse_lists(labels: pd.Series, path: Path) -> None:
    several = [place for place, label in enumerate(labels) if isinstance(label, (list, tuple, dict))]
    if several:
        raise DataError(
            f"{path}: one label per image is needed, and {len(several)} rows have a list or an object (first: row "
            f"{several[0] + 1}: {labels.iloc[several[0]]!r})"
        )


def located(name: str, folder: str, inside: str | None = None) -> str | None:
    """Absolute path of a file as a table names it; None if it leaves the folder `inside`.

    A name that is on disk in the other Unicode form (composed or decomposed) is found too, and so is one with the
    backslashes of Windows.

    Raises:
        DataError: it is the path of a drive or a share of Windows.
    """
    if os.sep == "/" and "\\" in name and not os.path.lexists(os.path.join(folder, name)):  # noqa: PTH118
        if WINDOWS.match(name):
            raise DataError(
                f"{name}: is a path of Windows, which leads nowhere here; write paths relative to the table, or to "
                f"data.root, as in {'/'.join(re.split(PARTS, name)[-2:])}"
            )
        name = name.replace("\\", "/")
    path = os.path.normpath(os.path.join(folder, name))  # noqa: PTH118  # a hundred thousand times
    if inside is not None and not path.startswith(inside.rstrip(os.sep) + os.sep):
        return None
    if name.isascii() or os.path.lexists(path):
        return path
    variants = (unicodedata.normalize(form, path) for form in ("NFC", "NFD"))
    return next((variant for variant in variants if os.path.lexists(variant)), path)


def _read_csv(path: Path) -> pd.DataFrame:
    text = table_text(path)
    first = "\t" if path.suffix.lower() == ".tsv" else ","
    header = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=lambda mark: (_known(header, mark), mark == first))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    header_cells = next(rows, [])
    cells = []
    for row in rows:
        if row and len(row) != len(header_cells):
            raise ValueError(f"line {rows.line_num} has {len(row)} fields; the header has {len(header_cells)}")
        if row:
            cells.append(row)
    return pd.DataFrame(cells, columns=header_cells, dtype=object)


def _known(header: str, delimiter: str) -> int:
    """How many columns that mean something this delimiter makes of a header."""
    names = {cell.strip().strip('"').lower() for cell in header.strip("\r\ufeff").split(delimiter)}
    return len(names.intersection((*FILES, *COLUMNS)))


def _read_jsonl(path: Path) -> pd.DataFrame:
    rows = []
    with path.open(encoding="utf-8-sig") as opened:
        for number, line in enumerate(opened, start=1):
            if line.strip():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise ValueError(f"line {number}: {error}") from error
                if not isinstance(row, dict):
                    raise ValueError(f"line {number}: not an object")
                rows.append(row)
    return pd.DataFrame(rows, dtype=object)


def _read_json(path: Path) -> pd.DataFrame:
    rows = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError('not a list of objects, as in [{"file_name": "a.png", "label": "cat"}]')
    return pd.DataFrame(rows, dtype=object)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    wanted = {*FILES, *COLUMNS}
    schema = pq.read_schema(path)
    columns = [name for name in schema.names if re.sub(r"[\s-]+", "_", name.strip().lower()) in wanted]
    if not columns:
        return pd.DataFrame(columns=schema.names)
    table = pq.read_table(path, columns=columns)
    frame = pd.DataFrame({name: pd.Series(table[name].to_pylist(), dtype=object) for name in columns})
    return frame.reindex(columns=schema.names)
