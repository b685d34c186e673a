"""A table that lists images: a manifest as `Manifest.save` writes it, or any CSV, TSV, JSON, JSONL or Parquet file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest
from assay.data.metadata import located, read_metadata
from assay.errors import ConfigError, DataError


@dataclass(frozen=True)
class TableSource:
    """The images that a table lists, with the columns `path` or `file_name`, `label` and those of the imagefolder.

    Attributes:
        path: the table; a saved manifest keeps its classes, splits and groups, and its files must be what they were.
        root: folder of the images; no path may leave it. None takes the table's own, and any path.
        classes: names of the classes in their order; None sorts them, numbers by value; a manifest has its own.
        ordered: whether the classes are grades, in their order; a manifest says it itself.
        on_error: "raise" refuses a dataset with unusable files, "skip" excludes and records them.
        on_conflict: for an image under two labels or a group in two splits, "raise" refuses it, "drop" excludes what
            stands against another.
        merge_labels: whether labels that are nearly equal are one class.
    """

    path: str
    root: str | None = None
    classes: list[str] | None = None
    ordered: bool = False
    on_error: Literal["raise", "skip"] = "raise"
    on_conflict: Literal["raise", "drop"] = "raise"
    merge_labels: bool = False

    def build(self, cache_dir: Path) -> Manifest:
        """All images; the split is "" where the table gives none.

        Raises:
            DataError: the table cannot be read, lacks a column, or lists images that cannot be used.
        """
        path = Path(self.path).expanduser().absolute()
        return build_manifest(
            self._from_manifest(path) if is_manifest(path) else self._from_table(path),
            cache_dir,
            where=f"data.path={self.path}",
            on_error=self.on_error,
            on_conflict=self.on_conflict,
        )

    def _from_table(self, path: Path) -> Records:
        table = read_metadata(path)
        root = None if self.root is None else os.path.abspath(os.path.expanduser(self.root))  # noqa: PTH100, PTH111
        paths = [located(name, root or str(path.parent), inside=root) for name in table["path"]]
        outside = [name for name, located_path in zip(table["path"], paths, strict=True) if located_path is None]
        if outside:
            raise DataError(
                f"{path}: {len(outside)} paths leave data.root={self.root} (first: {outside[0]}); write them as they "
                "lead on from it"
            )
        table["path"] = paths
        if "source" not in table:
            table["source"] = path.stem
        return Records(table, class_names=self.classes, ordered=self.ordered, merge_labels=self.merge_labels)

    def _from_manifest(self, path: Path) -> Records:
        if self.root is not None or self.classes is not None:
            raise ConfigError(
                f"{path} is a saved manifest, which has its own paths and classes: leave out root, classes"
            )
        saved = Manifest.load(path)
        table = saved.table[["id", "path", "split", "group", "source", "ood_set", "generator", "license"]]
        table = table.assign(label=[saved.class_names[label] if label >= 0 else "" for label in saved.labels])
        excluded = list(zip(saved.excluded["path"], saved.excluded["reason"], strict=True))
        return Records(table, ignored=excluded, class_names=saved.class_names, ordered=saved.ordered)


def is_manifest(path: Path) -> bool:
    """Whether a file is what `Manifest.save` writes."""
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return b"assay.manifest" in (pq.read_schema(path).metadata or {})
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{path}: cannot be read as parquet: {error}") from error
