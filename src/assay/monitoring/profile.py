"""Profile: what a bundle answers about images of calib and test, the reference that all watching compares with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.data.quality import STATISTICS
from assay.errors import DataError
from assay.evaluation.record import load_record, save_record
from assay.files import sha256_of_file
from assay.monitoring.profile_table import read_table, write_table
from assay.postprocess.projection import Projection
from assay.predictions import FloatArray, IntArray

ABOUT, ROWS, PROJECTION = "profile.json", "profile.parquet", "profile.safetensors"
FILES = (ABOUT, ROWS, PROJECTION)
SCHEMA_VERSION = 1
SPLITS = ("calib", "test")
"""That a reference is made of: the network has learned from neither, so it is as sure of them as of what comes."""


@dataclass(frozen=True)
class ProfileAbout:
    """What `profile.json` says.

    Attributes:
        class_names: C names, in the order of the probabilities.
        statistics_names: S names.
        serves: form of the bundle whose answers these are: "float", "onnx" or "int8".
        evidence: hex sha256 of the `evidence.json` of the bundle.
        bundle: hex sha256 of the `bundle.json`; "" in a file inside of the bundle, which seals it.
        dataset: digest of all images of the run.
        images: how many there were, by split.
        seed: by which rows were drawn from them, where there were too many to keep.
        made: when, ISO 8601, UTC.
        files: hex sha256 of the files beside it, by name.
    """

    class_names: tuple[str, ...]
    statistics_names: tuple[str, ...]
    serves: str
    evidence: str
    images: Mapping[str, int]
    dataset: str = ""
    bundle: str = ""
    seed: int = 0
    made: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Profile:
    """N answers of a bundle about images of calib and test, column by column.

    Attributes:
        about: whose they are.
        splits: str [N], "calib" or "test".
        statistics: float32 [N, S], of each picture's pixels.
        confidence: float32 [N], calibrated probability of the answer.
        labels: int16 [N], true class.
        predicted: int16 [N], class that was answered.
        probabilities: float32 [N, C], calibrated.
        rejected: bool [N], whether the confidence was too low.
        domain: int8 [N], index into `assay.postprocess.ood.two_stage.DOMAINS`.
        block: int32 [N], images of one group have one number; they are not independent of each other.
        components: float32 [N, K] of the embeddings, rounded as the log rounds them; None without embeddings.
        projection: that made the components, and makes those of what comes; None without.

    Raises:
        DataError: shapes disagree, a split is not one that a reference is made of, or a class has no name.
    """

    about: ProfileAbout
    splits: NDArray[np.str_]
    statistics: FloatArray
    confidence: FloatArray
    labels: IntArray
    predicted: IntArray
    probabilities: FloatArray
    rejected: NDArray[np.bool_]
    domain: NDArray[np.int8]
    block: IntArray
    components: FloatArray | None = None
    projection: Projection | None = None

    def __post_init__(self) -> None:
        n, classes = len(self.splits), len(self.about.class_names)
        shapes = {
            "statistics": (n, len(self.about.statistics_names)),
            "probabilities": (n, classes),
            **dict.fromkeys(("confidence", "labels", "predicted", "rejected", "domain", "block"), (n,)),
        }
        if self.components is not None:
            shapes["components"] = (n, 0 if self.projection is None else self.projection.count)
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise DataError(f"a profile of {n} images needs {name} {shape}, got {getattr(self, name).shape}")
        if other := sorted({*self.splits.tolist()} - {*SPLITS}):
            raise DataError(f"a reference profile is made of calib and test, never of {', '.join(other)}")
        for name in ("labels", "predicted"):
            values = getattr(self, name)
            if n and (values.min() < 0 or values.max() >= classes):
                raise DataError(f"a profile of {classes} classes has {name} from {values.min()} to {values.max()}")

    def __len__(self) -> int:
        return len(self.splits)

    @property
    def class_names(self) -> tuple[str, ...]:
        """C names, in the order of the probabilities."""
        return self.about.class_names

    @property
    def statistics_names(self) -> tuple[str, ...]:
        """S names."""
        return self.about.statistics_names

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Statistics that this version measures and the profile does not have; `assay watch profile` renews it."""
        return tuple(name for name in STATISTICS if name not in self.statistics_names)

    def rows(self, chosen: NDArray[np.bool_] | IntArray) -> Profile:
        """Some of the images, by a mask [N] or by their row numbers, in that order."""
        names = ("splits", "statistics", "confidence", "labels", "predicted", "probabilities", "rejected", "domain")
        columns = {name: getattr(self, name)[chosen] for name in (*names, "block")}
        components = None if self.components is None else self.components[chosen]
        return replace(self, **columns, components=components)

    def only(self, split: str) -> Profile:
        """The images of one split; "calib" has been seen by calibrator and thresholds, "test" by nothing."""
        return self.rows(self.splits == split)

    def save(self, folder: Path) -> None:
        """Write `profile.json`, `profile.parquet` and, where there is a projection, `profile.safetensors`."""
        write_table(self, folder / ROWS)
        if self.projection is not None:
            self.projection.save(folder / PROJECTION)
        names = [ROWS, *([PROJECTION] if self.projection is not None else [])]
        files = {name: sha256_of_file(folder / name) for name in names}
        save_record(folder / ABOUT, replace(self.about, files=files), schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            DataError: a file is missing, changed, or of a schema that this version does not know.
        """
        about = load_record(folder / ABOUT, ProfileAbout, "profile", schema=SCHEMA_VERSION)
        for name in (ROWS, PROJECTION):
            sealed, path = about.files.get(name), folder / name
            if sealed is not None and (not path.is_file() or sha256_of_file(path) != sealed):
                raise DataError(f"{path}: is not what was written with {ABOUT}; make the profile again")
        projection = Projection.load(folder / PROJECTION) if PROJECTION in about.files else None
        return cls(about=about, projection=projection, **read_table(folder / ROWS))
