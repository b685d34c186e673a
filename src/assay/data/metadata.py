"""Tables that say which file has which label: CSV, TSV, JSON, JSONL or Parquet, read as text."""

from __future__ import annotations

import json
import logging
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from assay.data.delimited import read_delimited
from assay.data.labels import as_text
from assay.data.listing import IMAGE_SUFFIXES
from assay.data.table_text import table_text
from assay.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

COLUMNS = ("label", "split", "group", "source", "ood_set", "generator", "license")
FILES = ("path", "file_name", "filename", "file_path", "filepath", "image_path")
"""What the column with the file is called; the first one counts."""
_IDS = ("image_id", "id_code", "image_name", "img_id", "id")
LOOKS_LIKE = {
    "file_name": (
        "image",
        "img",
        "file",
        "img_path",
        "imagepath",
        "image_file",
        "img_name",
        "filenames",
        "name",
        *_IDS,
    ),
    "group": (
        *("groups", "group_id", "group_name", "groupid", "patient", "patient_id", "patientid", "patient_number"),
        *("subject", "subject_id", "subjectid", "case_id", "session", "lesion_id", "slide_id", "study_id", "video_id"),
    ),
    "split": (
        *("splits", "subset", "set", "partition", "phase", "fold", "data_split", "dataset_split", "split_name"),
        *("train_test", "train_val_test", "is_train", "is_test", "is_valid", "is_val", "usage"),
    ),
    "label": (
        *("labels", "class", "class_name", "classname", "classes", "category", "target", "diagnosis", "dx", "level"),
        *("species", "tag", "tags", "y", "class_id", "label_name"),
    ),
    "source": ("dataset", "site", "camera"),
    "license": ("licence", "licenses", "rights"),
}
"""What such a column is called elsewhere; one that is not taken is named."""
_SHOWN = 200
_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
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
        book = "; save the sheet as CSV UTF-8" if suffix in _WORKBOOKS else ""
        raise DataError(f"{path}: a table must end in {', '.join(readers)}{book}")
    if not path.is_file():
        raise DataError(f"{path}: is a folder, and a table is needed" if path.is_dir() else f"{path}: no such file")
    try:
        table = readers[suffix](path)
    except RecursionError:
        raise DataError(f"{path}: cannot be read as {suffix[1:]}: its lists or objects lie too deep") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as {suffix[1:]}: {error}") from error
    columns = _columns(list(map(str, table.columns)), path)
    if not columns:
        raise DataError(f"{path}: nothing is in it; no column file_name or path, and no row")
    name = next((column for column in FILES if column in columns), None)
    if name is None:
        raise DataError(f"{path}: no column file_name or path; {_hint('file_name', columns)}")
    if "label" not in columns:
        raise DataError(f"{path}: no column label; {_hint('label', columns)}")
    if table.empty:
        raise DataError(f"{path}: no rows")
    _say_unused(columns, path)
    kept = {"path": table[columns[name]]}
    kept |= {column: table[columns[column]] for column in COLUMNS if column in columns}
    _refuse_lists(kept["path"], path, "file")
    _refuse_lists(kept["label"], path, "label")
    texts = pd.DataFrame({column: [as_text(value) for value in values] for column, values in kept.items()}, dtype="str")
    nameless = texts.index[texts["path"] == ""]
    if len(nameless):
        raise DataError(f"{path}: {len(nameless)} rows have no {name} (first: row {nameless[0] + 1})")
    return texts


def _hint(wanted: str, columns: dict[str, str]) -> str:
    """What to do about a column that is not there."""
    if cell := next((name for name in columns.values() if Path(name).suffix.lower() in IMAGE_SUFFIXES), None):
        return f"the first line has to name the columns, and holds {cell!r}: write file_name,label above it"
    near = next((known for known in LOOKS_LIKE[wanted] if known in columns), None)
    if near is None:
        return did_you_mean(wanted, columns)
    return f"rename {columns[near]} to {wanted}" + (", and write names of files into it" if near in _IDS else "")


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
        if option == "file_name":
            continue
        present = [columns[name] for name in names if name in columns]
        if present and option not in columns:
            logger.warning(
                "%s: the column %s is not used; call it %s if it says what %s each image has",
                path,
                present[0],
                option,
                option,
            )


def _refuse_lists(cells: pd.Series, path: Path, what: str) -> None:
    several = [place for place, cell in enumerate(cells) if isinstance(cell, (list, tuple, dict))]
    if several:
        raise DataError(
            f"{path}: one {what} per image is needed, and {len(several)} rows have a list or an object (first: row "
            f"{several[0] + 1}: {repr(cells.iloc[several[0]])[:_SHOWN]})"
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
    return read_delimited(table_text(path), (*FILES, *COLUMNS), first="\t" if path.suffix.lower() == ".tsv" else ",")


def _read_jsonl(path: Path) -> pd.DataFrame:
    rows = []
    for number, line in enumerate(table_text(path).split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"line {number}: {error}") from error
            if not isinstance(row, dict):
                raise ValueError(f"line {number}: not an object{'; call a list of them .json' * isinstance(row, list)}")
            rows.append(row)
    return pd.DataFrame(rows, dtype=object)


def _read_json(path: Path) -> pd.DataFrame:
    try:
        rows = json.loads(table_text(path))
    except json.JSONDecodeError as error:
        lines = "; call one object per line .jsonl" if error.msg == "Extra data" else ""
        raise ValueError(f"{error}{lines}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError('not a list of objects, as in [{"file_name": "a.png", "label": "cat"}]')
    return pd.DataFrame(rows, dtype=object)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    wanted = {*FILES, *COLUMNS}
    schema = pq.read_schema(path)
    if pictures := next((field.name for field in schema if _holds_pictures(field.type)), None):
        raise ValueError(
            f"the column {pictures} holds the pictures themselves; write each into a file, and name the files in a "
            "column file_name"
        )
    columns = [name for name in schema.names if re.sub(r"[\s-]+", "_", name.strip().lower()) in wanted]
    if not columns:
        return pd.DataFrame(columns=schema.names)
    table = pq.read_table(path, columns=columns)
    named = _names_of_numbers(schema)
    frame = pd.DataFrame(
        {name: pd.Series(_in_words(table[name].to_pylist(), named.get(name)), dtype=object) for name in columns}
    )
    return frame.reindex(columns=schema.names)


def _names_of_numbers(schema: pa.Schema) -> dict[str, list[str]]:
    """Column -> the names that its numbers stand for, as the library `datasets` records a ClassLabel."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        labels = {name: kind for name, kind in features.items() if kind.get("_type") == "ClassLabel"}
        return {str(name): [str(label) for label in kind["names"]] for name, kind in labels.items()}
    except (KeyError, TypeError, AttributeError, ValueError):
        return {}


def _in_words(values: list[Any], names: list[str] | None) -> list[Any]:
    """Numbers as the names that they stand for; -1 stands for none."""
    if names is None:
        return values
    known = {**dict(enumerate(names)), -1: ""}
    return [known.get(value, value) if isinstance(value, int) else value for value in values]


def _holds_pictures(kind: pa.DataType) -> bool:
    """Whether a column is what datasets of a hub keep pictures in: objects of bytes and a path."""
    import pyarrow as pa

    if not pa.types.is_struct(kind):
        return False
    of_bytes = (pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind.field(place).type) for place in range(kind.num_fields) for test in of_bytes)
