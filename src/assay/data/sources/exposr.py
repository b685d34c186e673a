"""Real photographs against generated pictures: a folder `real`, beside it `generated` with one per generator."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pandas as pd

from assay.data.build import Records, build_manifest
from assay.data.listing import Listing, is_folder, list_images
from assay.data.manifest import Manifest
from assay.data.split_names import split_of
from assay.data.system_files import is_system
from assay.errors import DataError

CLASSES = ("real", "generated")


@dataclass(frozen=True)
class ExposrSource:
    """The images under `root/real/…` and `root/generated/<generator>/…`, at any depth below.

    The same two folders may lie in split folders (`root/train/real/…`, `root/test/generated/gan/…`; the names in
    `SPLIT_NAMES`), for example where a generator has seen some of the real images and test has to keep to the others.

    Attributes:
        root: the folder.
        on_error: "raise" refuses a dataset with unusable files, "skip" excludes and records them.
        on_conflict: for an image under two labels or a group in two splits, "raise" refuses it, "drop" excludes what
            stands against another.
        lists_root: whatever lies below `root` is asked whether it is an image, so that nothing else goes there.
    """

    root: str
    on_error: Literal["raise", "skip"] = "raise"
    on_conflict: Literal["raise", "drop"] = "raise"
    lists_root: ClassVar[bool] = True

    def build(self, cache_dir: Path) -> Manifest:
        """All images, of the classes real and generated; the generator's name stands in the column `generator`.

        Raises:
            DataError: no such folders, or images that cannot be used.
        """
        root = Path(os.path.abspath(os.path.expanduser(self.root)))  # noqa: PTH100, PTH111  # links are kept as they are
        where = f"data.root={self.root}"
        if not root.is_dir():
            raise DataError(f"{where}: no such folder")
        parts = _parts(root, where)
        listing, tables = Listing(), []
        for split, folder in parts:
            for label, generator, below in _sets(folder, where):
                below_listing = list_images(str(below))
                listing.add(below_listing)
                if not below_listing.images:
                    listing.faults.append((str(below), "a folder without images"))
                tables.append(
                    pd.DataFrame(
                        {"path": below_listing.images, "label": label, "generator": generator, "split": split},
                        dtype="str",
                    )
                )
        table = pd.concat(tables, ignore_index=True).assign(source=root.name)
        return build_manifest(
            Records(table, listing.faults, listing.ignored, CLASSES, False),
            cache_dir,
            where=where,
            on_error=self.on_error,
            on_conflict=self.on_conflict,
        )


def _parts(root: Path, where: str) -> list[tuple[str, Path]]:
    """(split, folder) of every folder that holds `real` or `generated`."""
    if any((root / name).is_dir() for name in CLASSES):
        return [("", root)]
    splits = [(split, path) for path in _folders(root) if (split := split_of(path.name)) is not None]
    holding = [(split, path) for split, path in splits if any((path / name).is_dir() for name in CLASSES)]
    if not holding:
        present = ", ".join(path.name for path in _folders(root)[:8]) or "nothing"
        raise DataError(
            f"{where}: needs the folders real and generated/<generator>, or split folders that hold them; "
            f"there is {present}"
        )
    return holding


def _sets(folder: Path, where: str) -> list[tuple[str, str, Path]]:
    """(class, generator, folder) of the pictures below a folder."""
    real = [("real", "", folder / "real")] if (folder / "real").is_dir() else []
    generated = folder / "generated"
    if not generated.is_dir():
        return real
    loose = list_images(str(generated), recursive=False).images
    if loose:
        raise DataError(
            f"{where}: {len(loose)} pictures lie in {generated.name}/ itself (first: {Path(loose[0]).name}); put them "
            "into a folder with the name of their generator"
        )
    return real + [("generated", path.name, path) for path in _folders(generated)]


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if not is_system(entry.name) and is_folder(entry))
