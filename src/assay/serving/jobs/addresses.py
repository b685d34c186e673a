"""AddressList: a job whose pictures are fetched, one after the other, when their turn has come."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.internet.web_address import LONGEST, looks_like_url
from assay.serving.jobs.source import JobBounds, refuse_number
from assay.serving.refusal import Refusal

Fetch = Callable[[str], bytes]
"""URL to the bytes of its picture; raises `Refusal` where there is none."""
COLUMN = "url"
ENTRY_BYTES = LONGEST + 200
"""Of an address with what stands around it, at most."""


class AddressList:
    """The addresses of a list.

    Args:
        path: of a file: JSON (a list, or an object with `urls`), JSONL (texts, or objects with `url`), or CSV with a
            column `url` or with nothing but addresses.
        bounds: of a job.
        fetch: that fetches.

    Raises:
        Refusal: it is no such list, or too long.
    """

    kind = "urls"

    def __init__(self, path: Path, bounds: JobBounds, fetch: Fetch) -> None:
        if path.stat().st_size > bounds.pictures * ENTRY_BYTES:
            raise Refusal("too-large", f"A list of {path.stat().st_size} bytes; it takes {bounds.pictures} addresses.")
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _no_list() from None
        names = _of_json(text) if text.lstrip()[:1] in ("[", "{", '"') else _of_table(text)
        if not all(isinstance(name, str) for name in names):
            raise Refusal("request", "The list holds what is no address.")
        self.names: list[str] = names
        self._fetch = fetch
        refuse_number(len(names), bounds)

    def read(self, number: int) -> bytes:
        """Fetch a picture.

        Raises:
            Refusal: there is none.
        """
        return self._fetch(self.names[number])

    def close(self) -> None:
        """Nothing is open."""


def _no_list() -> Refusal:
    return Refusal("job", "The body begins as none of these.")


def _of_json(text: str) -> list[Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _of_lines(text)
    if isinstance(document, dict):
        document = document.get("urls", [document.get(COLUMN)])
    if not isinstance(document, list):
        document = [document]
    return document


def _of_lines(text: str) -> list[Any]:
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise Refusal("request", "The list is neither JSON nor JSONL: a line of it cannot be read.") from None
    return [row.get(COLUMN) if isinstance(row, dict) else row for row in rows]


def _of_table(text: str) -> list[Any]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if any(row)]
    except csv.Error:
        raise _no_list() from None
    if not rows:
        raise _no_list()
    header = [cell.strip().lower() for cell in rows[0]]
    if COLUMN in header:
        at = header.index(COLUMN)
        return [row[at].strip() if at < len(row) else "" for row in rows[1:]]
    if not looks_like_url(rows[0][0]):
        raise _no_list()
    return [row[0].strip() for row in rows]
