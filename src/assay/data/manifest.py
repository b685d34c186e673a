"""Manifest: one table, one row per image; every source ends in one, everything after starts from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from assay.data.image import DECODED_ANEW, decoded_id
from assay.data.lineage import Lineage
from assay.data.quality import MEASURED
from assay.data.rows_as_text import sorted_csv
from assay.data.sample_range import FULL, SampleRange
from assay.errors import DataError
from assay.files import atomic_write
from assay.predictions import UNLABELLED, FloatArray, IntArray

SCHEMA_VERSION = 3
READABLE = (2, SCHEMA_VERSION)
"""In 2 there is no column `ood_set`: there, `source` is the name of the set."""
LABELLED = ("train", "val", "calib", "test")
SPLITS = (*LABELLED, "ood", UNLABELLED)
COLUMNS = {
    "id": "str",  # sha256 of the file's bytes, hex
    "path": "str",  # absolute
    "label": "int64",  # index into class_names; -1 in the split ood, where it is none of them, and in unlabelled
    "split": "str",
    "group": "str",  # never straddles two splits; the id where the source names none
    "source": "str",  # where the picture comes from
    "ood_set": "str",  # in the split ood: the name of the set; "" elsewhere
    "generator": "str",  # "" for a real photograph
    "license": "str",
    "width": "int32",
    "height": "int32",
    "format": "str",  # as decoded, e.g. "PNG", whatever the file is called
    "phash": "uint64",  # 64-bit perceptual hash
    "flags": "str",  # quality flags, comma-separated, "" for none
    **dict.fromkeys(MEASURED, "float32"),  # as in `quality.statistics_of`; NaN where nobody measured
}
WEIGHT = "weight"


@dataclass(frozen=True)
class Manifest:
    """The images of one dataset.

    Attributes:
        table: one row per image that is used, with the columns and dtypes of `COLUMNS`; where `ood_set` is missing, a
            set is named by its source. A column `weight` says how often an image is drawn in training beside others; it
            is there only where images differ in it.
        class_names: C names; `class_names[k]` is the name of label k.
        ordered: whether the classes are grades, in their order.
        excluded: one row per image that is not used: columns `path` and `reason`.
        samples: what is white in files whose samples have more than 8 bits.
        lineage: which manifest it was made from; None where that is not known. No part of the digest.

    Raises:
        DataError: a column is missing, or an image of the split unlabelled has a label.
    """

    table: pd.DataFrame
    class_names: tuple[str, ...]
    ordered: bool = False
    excluded: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"path": [], "reason": []}, dtype="str"))
    samples: SampleRange = FULL
    lineage: Lineage | None = None

    def __post_init__(self) -> None:
        optional = ("ood_set", *MEASURED)
        missing = [column for column in COLUMNS if column not in self.table.columns and column not in optional]
        if missing:
            raise DataError(f"manifest lacks the columns {', '.join(missing)}")
        table = self.table
        if "ood_set" not in table:
            table = table.assign(ood_set=table["source"].where(table["split"] == "ood", ""))
        columns = COLUMNS
        if WEIGHT in table:
            table = table.assign(**{WEIGHT: table[WEIGHT].fillna(1.0)})
            columns = {**COLUMNS, WEIGHT: "float64"} if (table[WEIGHT] != 1.0).any() else COLUMNS
        table = table.reindex(columns=list(columns)).astype(columns).reset_index(drop=True)
        known = (table["split"] == UNLABELLED) & (table["label"] != -1)
        if known.any():
            first = table["path"][known].iloc[0]
            raise DataError(f"{int(known.sum())} images of the split {UNLABELLED} have a label (first: {first})")
        object.__setattr__(self, "table", table)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def ids(self) -> np.ndarray:
        """[N] str, sha256 of each image's bytes."""
        return self.table["id"].to_numpy(dtype=np.str_)

    @property
    def pixel_ids(self) -> np.ndarray:
        """[N] str, what names the pixels of each image in caches; see `image.decoded_id`."""
        formats = self.table["format"].to_numpy()
        anew = np.flatnonzero(np.isin(formats, list(DECODED_ANEW)))
        ids = self.ids
        if len(anew):
            ids[anew] = [decoded_id(str(ids[row]), str(formats[row])) for row in anew]
        return ids

    @property
    def labels(self) -> IntArray:
        """[N] int64, class indices."""
        return self.table["label"].to_numpy()

    @property
    def groups(self) -> np.ndarray:
        """[N] str."""
        return self.table["group"].to_numpy(dtype=np.str_)

    @property
    def weights(self) -> FloatArray:
        """[N] float64, how often each image is drawn in training beside others."""
        if WEIGHT in self.table:
            return self.table[WEIGHT].to_numpy(dtype=np.float64)
        return np.ones(len(self.table))

    @property
    def statistics(self) -> FloatArray:
        """[N, K] float32, the statistics `quality.STATISTICS` of each picture; NaN where nobody measured."""
        sides = self.table[["width", "height"]].to_numpy(dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            aspect = sides[:, 0] / sides[:, 1]
        measured = self.table[list(MEASURED)].to_numpy(dtype=np.float32)
        return np.column_stack([sides.min(axis=1), aspect, measured]).astype(np.float32)

    @property
    def paths(self) -> list[Path]:
        """[N] absolute paths."""
        return [Path(path) for path in self.table["path"]]

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have images, in their usual order."""
        present = set(self.table["split"])
        return tuple(split for split in SPLITS if split in present)

    def only(self, split: str) -> Manifest:
        """The images of one split.

        Raises:
            DataError: the split has no images.
        """
        if split not in self._parts:
            rows = self.table[self.table["split"] == split]
            if rows.empty:
                raise DataError(f"split {split} has no images; there are {', '.join(self.splits) or 'none'}")
            self._parts[split] = replace(self, table=rows)
        return self._parts[split]

    @cached_property
    def labelled(self) -> Manifest:
        """The images that the classes are learned from and measured on: neither out of distribution nor unlabelled."""
        others = self.table["split"].isin(("ood", UNLABELLED))
        return replace(self, table=self.table[~others]) if others.any() else self

    @cached_property
    def _parts(self) -> dict[str, Manifest]:
        """The splits that somebody has asked for."""
        return {}

    def ood_sets(self) -> dict[str, Manifest]:
        """The sets of the split ood by their names, in the order of the table."""
        rows = self.table[self.table["split"] == "ood"]
        return {str(name): replace(self, table=rows[rows["ood_set"] == name]) for name in rows["ood_set"].unique()}

    def counts(self) -> pd.DataFrame:
        """Images per class (rows, by name) and split (columns); pictures of no class are not counted."""
        names = self.table["label"].map(dict(enumerate(self.class_names)))
        counted = pd.crosstab(names, self.table["split"])
        splits = [split for split in self.splits if split in counted]
        return counted.reindex(index=list(self.class_names), columns=splits, fill_value=0)

    @cached_property
    def digest(self) -> str:
        """Hex sha256 of what the dataset says (ids, labels, splits, groups, classes, weights), not of where it lies.

        The splits ood and unlabelled are left out: what a model is held against besides, or asked about, changes
        nothing of what it learns and how it does on test, so two runs that differ in them stay comparable. Where a
        picture comes from is left out too.
        """
        return self._digest(self.labelled.table)

    def _digest(self, table: pd.DataFrame) -> str:
        columns = ["id", "label", "split", "group", *([WEIGHT] if WEIGHT in table else [])]
        digest = hashlib.sha256(json.dumps([self.class_names, self.ordered]).encode())
        digest.update(sorted_csv(table[columns]).encode())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write one Parquet file, whole or not at all."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        about = {
            "schema": SCHEMA_VERSION,
            "class_names": list(self.class_names),
            "ordered": self.ordered,
            "excluded": self.excluded.to_dict("records"),
            "digest": self._digest(self.table),
            **({} if self.samples == FULL else {"samples": self.samples.state()}),
            **({} if self.lineage is None else {"lineage": self.lineage.state()}),
        }
        table = pa.Table.from_pandas(self.table, preserve_index=False)
        metadata = {**(table.schema.metadata or {}), b"assay.manifest": json.dumps(about).encode()}
        with atomic_write(path) as temporary:
            pq.write_table(table.replace_schema_metadata(metadata), temporary, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read what `save` wrote; pictures that moved together with the file, in one project, are named where they are.

        Raises:
            DataError: the file cannot be read, has another schema, or its rows do not match its digest.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        from assay.data.moved_pictures import follow_pictures

        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(f"{path}: cannot be read as a manifest: {error}") from error
        raw = (table.schema.metadata or {}).get(b"assay.manifest")
        about = json.loads(raw) if raw else {}
        if about.get("schema") not in READABLE:
            schema, known = about.get("schema", "none"), " and ".join(map(str, READABLE))
            raise DataError(f"{path}: manifest schema {schema}; this version of assay reads {known}: build it again")
        excluded = pd.DataFrame(about["excluded"], columns=["path", "reason"], dtype="str")
        samples = SampleRange.from_state(about.get("samples"))
        lineage = Lineage.from_state(about.get("lineage"))
        manifest = cls(table.to_pandas(), tuple(about["class_names"]), about["ordered"], excluded, samples, lineage)
        if manifest._digest(manifest.table) != about["digest"]:
            raise DataError(f"{path}: rows do not match the digest they were saved with; build the manifest again")
        table = follow_pictures(manifest.table, path)
        return manifest if table is manifest.table else replace(manifest, table=table)
