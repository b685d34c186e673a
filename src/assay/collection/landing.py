"""Landing: pictures as files of an imagefolder, and beside them the tables that say what may be done with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay.collection.croissant import croissant
from assay.collection.ledger import AddressLedger, LedgerEntry
from assay.collection.outcome import KEPT, WITHDRAWN
from assay.collection.source_record import DISPLAY, TRAINING, why_not
from assay.collection.validated import Validated
from assay.files import atomic_write

MANIFEST, EXPORT, CREDITS, CROISSANT = "metadata.parquet", "manifest.json", "attribution.txt", "croissant.json"
DISPLAY_FOLDER = "display-only"
COLUMNS = (
    "file_name",
    "label",
    "license",
    "source",
    "generator",
    "generator_version",
    "seed",
    "prompt_sha256",
    "author",
    "title",
    "page",
    "address",
    "license_url",
    "attribution",
    "seen",
    "evidence",
    "evidence_at",
    "sha256",
    "phash",
    "width",
    "height",
    "format",
)
"""Of the manifest; the first five are what training reads, `phash` has 16 hex digits."""
EMPTY = "file_name,label\n"


def place_of(label: str, use: str, picture: Validated) -> str:
    """Where a picture lies within a collection.

    Args:
        label: its class.
        use: "training", or "display" for what no training may read.
        picture: whose bytes name the file.
    """
    name = f"{label}/{picture.sha256[:24]}.{picture.suffix}"
    return name if use == TRAINING else f"{DISPLAY_FOLDER}/{name}"


def write_picture(folder: Path, place: str, content: bytes) -> None:
    """Write a picture whole or not at all.

    Args:
        folder: of the collection.
        place: within it.
        content: of the file.
    """
    with atomic_write(folder / place) as temporary:
        temporary.write_bytes(content)


def training_entries(entries: Sequence[LedgerEntry], *, commercial: bool) -> list[LedgerEntry]:
    """Those that may be trained on, whatever else the ledger holds: every manifest is made of these alone.

    Args:
        entries: of the ledger.
        commercial: whether the purpose is commercial.
    """
    return [
        entry
        for entry in entries
        if entry.outcome == KEPT and entry.use == TRAINING and not why_not(entry.record, commercial=commercial)
    ]


def write_manifest(folder: Path, ledger: AddressLedger) -> int:
    """Write manifest, export, credits and Croissant anew; gives how many pictures may be trained on.

    Where there are none, the manifest stands empty beside the pictures, so that nobody takes their folders for classes.
    """
    import pandas as pd

    entries = training_entries(ledger.entries((KEPT,)), commercial=ledger.commercial())
    rows = [manifest_row(entry) for entry in entries]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    with atomic_write(folder / MANIFEST) as temporary:
        table.to_parquet(temporary, index=False)
    write_text(folder / EXPORT, json.dumps(rows, ensure_ascii=False, indent=1))
    write_text(folder / CREDITS, "".join(f"{row['file_name']}: {row['attribution']}\n" for row in rows))
    write_text(folder / CROISSANT, json.dumps(croissant(folder, rows), ensure_ascii=False, indent=1))
    if (folder / DISPLAY_FOLDER).is_dir():
        write_text(folder / DISPLAY_FOLDER / "metadata.csv", EMPTY)
    return len(rows)


def manifest_row(entry: LedgerEntry) -> dict[str, Any]:
    """A row of the manifest."""
    record = asdict(entry.record)
    return {
        "file_name": entry.file,
        "label": entry.label,
        "license": entry.record.licence,
        "attribution": entry.record.credit,
        **{name: record[name] for name in COLUMNS if name in record},
        "license_url": entry.record.licence_url or entry.record.terms_of_licence.url,
        **{name: getattr(entry, name) for name in ("sha256", "phash", "width", "height", "format")},
    }


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def remove_withdrawn(folder: Path, ledger: AddressLedger) -> int:
    """Delete the files of what was taken down, as far as they are still there; gives how many.

    A kill between the ledger and the files leaves them to the next call.
    """
    gone = 0
    for entry in ledger.entries((WITHDRAWN,)):
        if entry.file:
            if (path := folder / entry.file).exists():
                path.unlink()
                gone += 1
            ledger.forget_file(entry.address)
    return gone


def is_display(entry: LedgerEntry) -> bool:
    """Whether a picture is there to be looked at alone."""
    return entry.use == DISPLAY
