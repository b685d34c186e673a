"""Predictions: what a model said about each image; all that evaluation, comparison and the gate read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.files import atomic_write

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]
StrArray = NDArray[np.str_]

SCHEMA_VERSION = 1
UNLABELLED = "unlabelled"
"""The split of pictures that are to be answered: nobody knows their class, and nothing is measured on them."""


@dataclass(frozen=True)
class Predictions:
    """Logits of one model on one split, image by image.

    Attributes:
        ids: [N], sha256 of each image's bytes, the key on which runs are compared.
        groups: [N], images that share a group are resampled together.
        split: "train", "val", "calib", "test", "ood" or "unlabelled".
        labels: [N] int64, class indices; -1 in the split ood for what is of no class, and for all that is unlabelled.
        class_names: C names; `class_names[k]` is the name of label k.
        logits: [N, C]; the model's own in float32, or what a calibrator made of them.
        ordered: whether the classes are grades, in their order.
        embeddings: [N, D] float32, or None.
        statistics: [N, K] float32, what is known of each picture itself, or None.
        statistics_names: K names.
        calibrated: whether the logits are a calibrator's; `Calibrator.applied` alone makes such ones.

    Raises:
        DataError: shapes disagree, a label has no name, an unlabelled picture has one, or a logit is not a number.
    """

    ids: StrArray
    groups: StrArray
    split: str
    labels: IntArray
    class_names: tuple[str, ...]
    logits: FloatArray
    ordered: bool = False
    embeddings: FloatArray | None = None
    statistics: FloatArray | None = None
    statistics_names: tuple[str, ...] = ()
    calibrated: bool = False

    def __post_init__(self) -> None:
        n, c = len(self.ids), len(self.class_names)
        if self.logits.shape != (n, c):
            raise DataError(f"logits have shape {self.logits.shape}; {n} images and {c} classes need {(n, c)}")
        if len(self.labels) != n or len(self.groups) != n:
            raise DataError(f"{n} images, but {len(self.labels)} labels and {len(self.groups)} groups")
        lowest = -1 if self.split in ("ood", UNLABELLED) else 0
        if n and (self.labels.min() < lowest or self.labels.max() >= c):
            raise DataError(f"labels run from {self.labels.min()} to {self.labels.max()}; there are {c} classes")
        if self.split == UNLABELLED and (self.labels != -1).any():
            raise DataError(f"{int((self.labels != -1).sum())} of {n} images of the split {UNLABELLED} have a label")
        if np.isnan(self.logits).any():
            raise DataError(f"{int(np.isnan(self.logits).any(axis=1).sum())} of {n} images have logits that are NaN")
        if self.embeddings is not None and len(self.embeddings) != n:
            raise DataError(f"{n} images, but {len(self.embeddings)} embeddings")
        if self.statistics is not None and self.statistics.shape != (n, len(self.statistics_names)):
            wanted = (n, len(self.statistics_names))
            raise DataError(f"statistics have shape {self.statistics.shape}; images and names need {wanted}")

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, chosen: NDArray[np.bool_] | IntArray) -> Predictions:
        """Some of the images, by a mask [N] or by their row numbers, in that order."""
        return replace(
            self,
            ids=self.ids[chosen],
            groups=self.groups[chosen],
            labels=self.labels[chosen],
            logits=self.logits[chosen],
            embeddings=None if self.embeddings is None else self.embeddings[chosen],
            statistics=None if self.statistics is None else self.statistics[chosen],
        )

    def about(self, ids: StrArray, groups: StrArray, labels: IntArray, split: str) -> Predictions:
        """The same answers, now that it is known which images they are about.

        Args:
            ids: [N].
            groups: [N].
            labels: [N] int64.
            split: of all of them.
        """
        return replace(self, ids=ids, groups=groups, labels=labels, split=split)

    def answers_only(self) -> Predictions:
        """The same without embeddings and statistics, for what reads answers alone."""
        return replace(self, embeddings=None, statistics=None, statistics_names=())

    def require_raw(self, user: str) -> Predictions:
        """These predictions, for what takes the model's own logits.

        Args:
            user: what takes them, as a sentence begins.

        Raises:
            DataError: they are calibrated.
        """
        if self.calibrated:
            raise DataError(
                f"{user} takes the model's own logits, and those of the split {self.split!r} are calibrated already: "
                "give it the predictions from before calibration"
            )
        return self

    def require_calibrated(self, user: str) -> Predictions:
        """These predictions, for what takes calibrated logits.

        Args:
            user: what takes them, as a sentence begins.

        Raises:
            DataError: they are the model's own.
        """
        if not self.calibrated:
            raise DataError(
                f"{user} takes calibrated logits, and those of the split {self.split!r} are the model's own: give it "
                "what applied(predictions) of the fitted calibrator returns"
            )
        return self

    def save(self, path: Path) -> None:
        """Write one Parquet file, whole or not at all; any Parquet reader can open it."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = {
            "id": pa.array(self.ids.tolist(), pa.string()),
            "group": pa.array(self.groups.tolist(), pa.string()),
            "label": pa.array(self.labels, pa.int64()),
            "logits": _vectors(self.logits),
        }
        if self.embeddings is not None:
            columns["embedding"] = _vectors(self.embeddings)
        if self.statistics is not None:
            columns["statistics"] = _vectors(self.statistics)
        about = {
            "schema": SCHEMA_VERSION,
            "split": self.split,
            "class_names": list(self.class_names),
            "ordered": self.ordered,
            "statistics_names": list(self.statistics_names),
            "calibrated": self.calibrated,
        }
        table = pa.table(columns).replace_schema_metadata({"assay.predictions": json.dumps(about)})
        with atomic_write(path) as temporary:
            pq.write_table(table, temporary, compression="zstd")

    @classmethod
    def load(cls, path: Path) -> Predictions:
        """Read what `save` wrote.

        Raises:
            DataError: the file is missing, or is not a predictions file of a schema this version knows.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(f"{path}: cannot be read as predictions: {error}") from error
        raw = (table.schema.metadata or {}).get(b"assay.predictions")
        about = json.loads(raw) if raw else {}
        if about.get("schema") != SCHEMA_VERSION:
            schema = about.get("schema", "none")
            raise DataError(f"{path}: predictions schema {schema}; this version of assay reads {SCHEMA_VERSION}")
        return cls(
            ids=np.asarray(table["id"].to_pylist(), dtype=np.str_),
            groups=np.asarray(table["group"].to_pylist(), dtype=np.str_),
            split=about["split"],
            labels=table["label"].to_numpy(),
            class_names=tuple(about["class_names"]),
            logits=_matrix(table, "logits"),
            ordered=about["ordered"],
            embeddings=_matrix(table, "embedding") if "embedding" in table.column_names else None,
            statistics=_matrix(table, "statistics") if "statistics" in table.column_names else None,
            statistics_names=tuple(about.get("statistics_names", ())),
            calibrated=about.get("calibrated", False),  # before there was such a field, runs saved raw ones alone
        )


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Predictions of one model on parts of one split, as one, in that order.

    Args:
        parts: at least one.

    Raises:
        DataError: some are calibrated and some are not.
    """
    first = parts[0]
    if any(part.calibrated != first.calibrated for part in parts):
        raise DataError("predictions before calibration and calibrated ones cannot be joined")
    return replace(
        first,
        ids=np.concatenate([part.ids for part in parts]),
        groups=np.concatenate([part.groups for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        logits=np.concatenate([part.logits for part in parts]),
        embeddings=_joined([part.embeddings for part in parts]),
        statistics=_joined([part.statistics for part in parts]),
    )


def _joined(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


def _vectors(matrix: FloatArray):  # type: ignore[no-untyped-def]  # pyarrow has no types
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(matrix, dtype=np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, matrix.shape[1])


def _matrix(table, column: str) -> FloatArray:  # type: ignore[no-untyped-def]
    values = table[column].combine_chunks()
    width = values.type.list_size
    return values.flatten().to_numpy(zero_copy_only=False).reshape(-1, width).astype(np.float32, copy=False)
