"""Tables that say which file has which label: CSV, TSV, JSON lines or Parquet, read as text."""

from __future__ import annotations

import csv
import json
import os
import unicodedata
from pathlib import Path

import pandas as pd

from assay.data.labels import as_text
from assay.errors import DataError, did_you_mean

COLUMNS = ("label", "split", "group", "source", "ood_set", "generator", "license")


def read_metadata(path: Path) -> pd.DataFrame:
    """Columns `path` (as written, from `path` or `file_name`), `label`, and those of `COLUMNS` that the table has.

    Every cell is text, "" where nothing is: "007" stays "007", and a class may be called "None" or "NA".

    Raises:
        DataError: the file is missing or malformed, or lacks a column.
    """
    readers = {".csv": _read_csv, ".tsv": _read_csv, ".jsonl": _read_jsonl, ".parquet": _read_parquet}
    suffix = path.suffix.lower()
    if suffix not in readers:
        raise DataError(f"{path}: a table must end in {', '.join(readers)}")
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        table = readers[suffix](path)
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as {suffix[1:]}: {error}") from error
    name = next((column for column in ("path", "file_name") if column in table), None)
    if name is None:
        raise DataError(f"{path}: no column file_name or path; {did_you_mean('file_name', map(str, table.columns))}")
    if "label" not in table:
        raise DataError(f"{path}: no column label; {did_you_mean('label', map(str, table.columns))}")
    if table.empty:
        raise DataError(f"{path}: no rows")
    kept = {"path": table[name], **{column: table[column] for column in COLUMNS if column in table}}
    texts = pd.DataFrame({column: [as_text(value) for value in values] for column, values in kept.items()}, dtype="str")
    nameless = texts.index[texts["path"] == ""]
    if len(nameless):
        raise DataError(f"{path}: {len(nameless)} rows have no {name} (first: row {nameless[0] + 1})")
    return texts


def located(name: str, folder: str, inside: str | None = None) -> str | None:
    """Absolute path of a file as a table names it; None if it leaves the folder `inside`.

    A name that is on disk in the other Unicode form (composed or decomposed) is found too.
    """
    path = os.path.normpath(os.path.join(folder, name))  # noqa: PTH118  # a hundred thousand times
    if inside is not None and not path.startswith(inside.rstrip(os.sep) + os.sep):
        return None
    if name.isascii() or os.path.lexists(path):
        return path
    variants = (unicodedata.normalize(form, path) for form in ("NFC", "NFD"))
    return next((variant for variant in variants if os.path.lexists(variant)), path)


def _read_csv(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = csv.reader(opened, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
        header = next(rows, [])
        cells = []
        for row in rows:
            if row and len(row) != len(header):
                raise ValueError(f"line {rows.line_num} has {len(row)} fields; the header has {len(header)}")
            if row:
                cells.append(row)
    return pd.DataFrame(cells, columns=header, dtype=object)


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


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    wanted = {"path", "file_name", *COLUMNS}
    schema = pq.read_schema(path)
    columns = [name for name in schema.names if name in wanted]
    if not columns:
        return pd.DataFrame(columns=schema.names)
    table = pq.read_table(path, columns=columns)
    frame = pd.DataFrame({name: pd.Series(table[name].to_pylist(), dtype=object) for name in columns})
    return frame.reindex(columns=schema.names)
