"""The real cells of the walk: those that two sources have, and those that clients send.

python experiments/loop_walkthrough/pictures.py FOLDER

writes FOLDER/sources/SOURCE/CLASS/NUMBER.jpg and FOLDER/clients/WAVE/CLIENT/CLASS-NUMBER.jpg. Only cells about which
the experts were sure are taken, one of each group of copies, each for one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from assay.data.sources.elpv import GRADES, ElpvSource

CLASSES = ("functional", "defective")
SOURCES = ("wikimedia", "openverse")
AT_SOURCE = 70
"""Monocrystalline cells of each class that a source has."""
CLIENTS = 10
WAVES = {
    "usual": ("mono", 10),
    "changed": ("poly", 16),
    "later": ("poly", 10),
    "last": ("poly", 10),
    "after": ("poly", 4),
}
"""Wave -> kind of silicon, and pictures of each client, both classes in turn."""


def sure_cells() -> dict[tuple[str, str], Iterator[Path]]:
    """Files of each kind of silicon and class, in an order that stays."""
    manifest = ElpvSource(task="grade", on_conflict="drop").build(Path.home() / ".cache" / "assay")
    table = manifest.labelled.table.drop_duplicates("group").sample(frac=1, random_state=0)
    numbers = {grade: number for number, grade in GRADES.items()}
    cells = {}
    for kind in ("mono", "poly"):
        for name in CLASSES:
            rows = table[(table["source"] == f"elpv/{kind}") & (table["label"] == numbers[name])]
            cells[kind, name] = iter([Path(path) for path in rows["path"]])
    return cells


def main(folder: Path) -> None:
    """Write them."""
    cells, clients = sure_cells(), [f"client-{number:02}" for number in range(1, CLIENTS + 1)]
    for source in SOURCES:
        for name in CLASSES:
            for number in range(AT_SOURCE):
                _write(next(cells["mono", name]), folder / "sources" / source / name / f"{number:03}.jpg")
    for wave, (kind, count) in WAVES.items():
        for client in clients:
            for number in range(count):
                name = CLASSES[number % 2]
                _write(next(cells[kind, name]), folder / "clients" / wave / client / f"{name}-{number:02}.jpg")


def _write(cell: Path, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.open(cell).convert("RGB").save(file, "JPEG", quality=90)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
