"""Permitted: which files of collections may be trained on now, as the ledgers of their collections say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assay.collection.landing import training_entries
from assay.collection.ledger import FILE, FOLDER, AddressLedger
from assay.collection.outcome import KEPT


@dataclass(frozen=True)
class PermittedFile:
    """A file that may be trained on.

    Attributes:
        sha256: of its bytes.
        licence: its id, as `licences.LICENCES` has it.
        label: class that it was collected for.
    """

    sha256: str
    licence: str
    label: str


def permitted_in(folder: Path) -> dict[Path, PermittedFile]:
    """Files of a collection that are there and may be trained on; {} where it is none.

    Args:
        folder: of the collection.
    """
    if not (folder / FOLDER / FILE).is_file():
        return {}
    ledger = AddressLedger(folder)
    try:
        entries = training_entries(ledger.entries((KEPT,)), commercial=ledger.commercial())
    finally:
        ledger.close()
    return {
        path: PermittedFile(entry.sha256, entry.record.licence, entry.label)
        for entry in entries
        if (path := folder / entry.file).is_file()
    }


def permitted(files: Iterable[Path]) -> dict[Path, PermittedFile]:
    """Those of some files that may be trained on; what was taken down since, or is in no collection, is not among them.

    Args:
        files: whole paths, each in the folder of a class of a collection.
    """
    by_folder: dict[Path, set[Path]] = defaultdict(set)
    for file in files:
        by_folder[file.parent.parent].add(file)
    return {
        file: right
        for folder, wanted in by_folder.items()
        for file, right in permitted_in(folder).items()
        if file in wanted
    }
