"""Export: all that is held of a subject, as a ZIP of JSON lines and pictures that he can be handed."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from assay.files import atomic_write
from assay.store.components import unpacked
from assay.store.consents import kept_of
from assay.store.holdings import HOLDINGS
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore
from assay.store.subjects import DataSubject
from assay.store.tables import TRAIL, TRAIL_PERSONAL
from assay.store.trail import Personal, append_lines, read_personal

JSON_COLUMNS = ("answer", "statistics", "response", "content", "shadow", "shows", "classes", "hidden", "details")
README = """What this service holds of {name}, on {time}.

*.jsonl        one row of a table in each line; times are UTC
trail.jsonl    lines of the audit trail that are about {name}
pictures/      pictures that are kept with consent, by the number (picture) by which the rows name them

Left out are secrets with which somebody could act: hashes of keys, the secret of the numbers of pictures.
"""


def export_subject(
    store: ServiceStore, pictures: KeptPictures, subject: DataSubject, path: Path, *, actor: str
) -> dict[str, int]:
    """Write all that is held of a subject into a ZIP, and a line of the trail that it was.

    Args:
        store: of the service.
        pictures: that are kept.
        subject: whose.
        path: of the ZIP; it is whole or not there, and for its owner alone.
        actor: who asked for it.

    Returns:
        Entries by file.
    """
    personal = Personal(subject.id, {"actor": actor, "subject": subject.id})
    (entry,) = store.write(lambda connection: append_lines(connection, [("subject exported", {}, personal)]))
    counts: dict[str, int] = {}
    with atomic_write(path) as temporary, store.reading() as connection:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", README.format(name=subject.name, time=entry.time))
            for holding in HOLDINGS:
                shown = [column for column in holding.table.columns if column.name not in holding.secret]
                asked = select(*shown).where(holding.owned(subject.id))
                rows = (dict(row._mapping) for row in connection.execute(asked))
                counts[f"{holding.name}.jsonl"] = _write_lines(archive, f"{holding.name}.jsonl", rows)
            counts["trail.jsonl"] = _write_lines(archive, "trail.jsonl", _trail(connection, subject.id))
            names = [name for name in kept_of(connection, subject.id) if pictures.has(name)]
            for name in names:
                archive.write(pictures.path(name), f"pictures/{name}.png", zipfile.ZIP_STORED)
            counts["pictures"] = len(names)
    return counts


def _trail(connection: Connection, subject: str) -> Iterator[dict[str, Any]]:
    own = TRAIL_PERSONAL.c.number == TRAIL.c.number
    columns = TRAIL.c.number, TRAIL.c.time, TRAIL.c.kind, TRAIL.c.content, TRAIL_PERSONAL.c.content.label("about")
    asked = select(*columns).join(TRAIL_PERSONAL, own).where(TRAIL_PERSONAL.c.subject == subject)
    for row in connection.execute(asked.order_by(TRAIL.c.number)):
        yield {**row._mapping, "about": read_personal(row.about)}


def _write_lines(archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with archive.open(name, "w", force_zip64=True) as file:
        for row in rows:
            values = {key: _plain(key, value) for key, value in row.items()}
            file.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def _plain(key: str, value: Any) -> Any:
    if key == "components":
        return [float(number) for number in unpacked(value)]
    return json.loads(value) if key in JSON_COLUMNS and isinstance(value, str) and value else value
