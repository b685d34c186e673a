"""The files of a set of labels: a line of JSON for each label, and what the set is. No picture is copied.

A copy would live on after its consent. The table names pictures by their numbers, and whoever trains on it asks the
store which of them may still be used (`assay.run.reviewed`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, make_url

from assay.errors import DataError, ServiceError
from assay.files import atomic_write
from assay.review.labels.label import ReviewedLabel

TABLE, ABOUT = "labels.jsonl", "labels.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class WrittenSet:
    """A set of labels as it lies in a folder.

    Attributes:
        set_id: of its row in the store.
        name: of the set.
        split: "train" or "test".
        store: URL of the store, without a password.
        pictures: folder of the kept pictures.
        digest: hex sha256 of the table.
        labels: of the table.
    """

    set_id: str
    name: str
    split: str
    store: str
    pictures: str
    digest: str
    labels: tuple[ReviewedLabel, ...] = ()


def refuse_folder(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        ServiceError: so that no set takes the place of another, which a run may name.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ServiceError(f"to={folder}: there is something already; name a folder that is new or empty")


def table_text(labels: Sequence[ReviewedLabel]) -> str:
    """The table: one line of JSON for each label."""
    return "".join(json.dumps(label.row(), ensure_ascii=False, allow_nan=False) + "\n" for label in labels)


def digest_of_table(text: str) -> str:
    """Hex sha256, in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def public_url(url: str) -> str:
    """The URL of a store without its password, which the driver takes from its own files or variables."""
    full = make_url(url)
    query = {key: value for key, value in full.query.items() if "passw" not in key.lower()}
    public = URL.create(full.drivername, full.username, None, full.host, full.port, full.database, query)
    return public.render_as_string(hide_password=False)


def write_set(
    folder: Path, written: WrittenSet, text: str, left_out: dict[str, int], chosen: dict[str, Any] | None = None
) -> None:
    """Write both files.

    Args:
        folder: is made.
        written: what it is.
        text: of the table.
        left_out: reason -> items.
        chosen: JSON: how the labels were chosen; None where nobody says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = {field.name: getattr(written, field.name) for field in fields(written) if field.name != "labels"}
    document = {"schema": SCHEMA_VERSION, **about, "count": text.count("\n"), "left_out": left_out}
    document |= {"chosen": chosen} if chosen else {}
    for name, content in ((TABLE, text), (ABOUT, json.dumps(document, ensure_ascii=False, indent=2) + "\n")):
        with atomic_write(folder / name) as temporary:
            temporary.write_text(content, "utf-8")


def read_set(folder: Path, *, where: str) -> WrittenSet:
    """Read what `write_set` wrote.

    Args:
        folder: of the set.
        where: what an error calls it.

    Raises:
        DataError: there is no such set, or its table is not the one that was written.
    """
    try:
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text("utf-8"))
        text = (folder / TABLE).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise DataError(
            f"{where}: holds no reviewed labels ({error}); name a folder that assay review labels has written"
        ) from error
    if about.get("schema") != SCHEMA_VERSION or about.get("digest") != digest_of_table(text):
        raise DataError(
            f"{where}: {TABLE} is not what was written: people have decided on these labels, so they are changed at "
            "the desk alone; assay review labels writes them anew, into another folder"
        )
    labels = tuple(ReviewedLabel(**json.loads(line)) for line in text.splitlines())
    return WrittenSet(
        **{each.name: about[each.name] for each in fields(WrittenSet) if each.name != "labels"}, labels=labels
    )
