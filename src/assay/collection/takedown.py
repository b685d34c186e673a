"""Takedown: pictures of an author, an address or a source go out, and none like them comes in again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.collection.ledger import AddressLedger
from assay.collection.outcome import KEPT
from assay.collection.source_record import SourceRecord

KEYS = ("author", "url", "source")


@dataclass(frozen=True)
class TakenDown:
    """What a takedown took.

    Attributes:
        key: "author", "url" or "source".
        value: of it.
        files: that were in the collection, as their names within it.
        sha256: of these files.
        addresses: of the ledger that are not asked for any more.
    """

    key: str
    value: str
    files: tuple[str, ...]
    sha256: tuple[str, ...]
    addresses: int


def concerns(key: str, value: str, record: SourceRecord) -> bool:
    """Whether a takedown is about a picture.

    Args:
        key: "author" compares names without regard to case and spaces, "url" the address or its page, "source" the
            source.
        value: of it.
        record: rights of the picture.
    """
    if key == "author":
        return _plain(record.author) == _plain(value)
    if key == "url":
        return value in (record.address, record.page)
    return record.source == value


def take_down(folder: Path, ledger: AddressLedger, key: str, value: str, made: str) -> TakenDown:
    """Take pictures out of a collection.

    The ledger says so first, then the manifest, then the files go; a kill in between is finished by the next command
    that opens the collection.

    Args:
        folder: of the collection.
        ledger: of it.
        key: "author", "url" or "source".
        value: of it.
        made: UTC time.
    """
    from assay.collection.landing import remove_withdrawn, write_manifest

    concerned = [entry for entry in ledger.entries() if concerns(key, value, entry.record)]
    kept = [entry for entry in concerned if entry.outcome == KEPT]
    ledger.withdraw(key, value, concerned, made)
    write_manifest(folder, ledger)
    remove_withdrawn(folder, ledger)
    files, digests = tuple(entry.file for entry in kept), tuple(entry.sha256 for entry in kept)
    return TakenDown(key, value, files, digests, len(concerned))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
