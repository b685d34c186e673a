"""RecordedRun: a run read back from the store, with what it left as the values that it wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.tracking.run_files import (
    CONFIG,
    DRAWS,
    EVIDENCE,
    MANIFEST,
    MODEL,
    OWN_CACHE,
    SEALED,
    SYNTHETIC,
    SYNTHETIC_REVIEW,
    predictions_of,
)
from assay.tracking.seal import TAG, broken_seals

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from assay.data.manifest import Manifest
    from assay.evaluation.evidence import Evidence
    from assay.postprocess.calibration.calibrator import Calibrator
    from assay.predictions import IntArray, Predictions
    from assay.predictor import Predictor
    from assay.synthetic.training.desk_review import DeskReviews, Used
    from assay.synthetic.training.generated_use import SyntheticUse
    from assay.tracking.read import RunRecord


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """What a run left, from its folder on this machine or from the store's artifacts; read when it is first used.

    Every property raises TrackingError where the run has no such file, and DataError where it cannot be read.

    Attributes:
        record: what the store holds about it.
    """

    record: RunRecord

    @property
    def run_id(self) -> str:
        """MLflow's id."""
        return self.record.run_id

    @cached_property
    def config(self) -> DictConfig:
        """Its own config, checked against the classes of today."""
        from assay.config.recorded import read_recorded

        return read_recorded(self.record.file(CONFIG))

    @cached_property
    def manifest(self) -> Manifest:
        """All its images."""
        from assay.data.manifest import Manifest

        return Manifest.load(self.record.file(MANIFEST))

    @cached_property
    def manifest_to_read(self) -> Manifest:
        """All its images for who reads their pictures: those of an address that left the cache are fetched again."""
        from assay.run.mirrored import fetched_again

        return fetched_again(self.manifest, lambda: self.config)

    @cached_property
    def evidence(self) -> Evidence:
        """What was measured on its test split."""
        from assay.evaluation.evidence import Evidence

        return Evidence.load(self.record.file(EVIDENCE))

    @property
    def draws(self) -> IntArray | None:
        """How often each training image was drawn over all epochs, int64 [N] in manifest order; None if unknown."""
        import pandas as pd

        from assay.errors import TrackingError

        try:
            table = pd.read_parquet(self.record.file(DRAWS)).set_index("id")["draws"]
        except TrackingError:
            return None
        return table.reindex(self.manifest.only("train").ids).to_numpy(dtype="int64")

    @property
    def generated_use(self) -> SyntheticUse:
        """What is known about its generated training images."""
        from assay.synthetic.training.generated_use import SyntheticUse

        return SyntheticUse.load(self.record.file(SYNTHETIC))

    @property
    def used_images(self) -> Used:
        """Which generated images helped in its training, and out of which sets they were drawn; {} for none."""
        from assay.errors import TrackingError
        from assay.synthetic.training.desk_review import used_images

        try:
            given = self.generated_use.evidence.generated_digest
        except (DataError, TrackingError):
            given = ""  # trained by a version that wrote none, or on a table whose images are generated in part
        return used_images(self.manifest, given)

    @property
    def desk_reviews(self) -> DeskReviews:
        """What reviewers at the desk decided about its generated training images."""
        from assay.synthetic.training.desk_review import DeskReviews

        return DeskReviews.load(self.record.file(SYNTHETIC_REVIEW))

    def predictions(self, split: str) -> Predictions:
        """What its model predicted for the images of a split, before calibration."""
        from assay.predictions import Predictions

        return Predictions.load(self.record.file(predictions_of(split)))

    def predictor(self, *, cache_dir: Path) -> Predictor:
        """Its model with all that answers.

        Args:
            cache_dir: where exported networks are kept that other runs have too; a run's own cache goes before it.
        """
        from assay.embeddings.onnx_runtime import EXPORTED
        from assay.predictor import Predictor

        own = self.record.folder / OWN_CACHE / EXPORTED
        return Predictor.load(self.record.file(MODEL), cache_dir=own if own.exists() else cache_dir / EXPORTED)

    @cached_property
    def calibrator(self) -> Calibrator:
        """Its calibrator, without its network."""
        from assay.postprocess.calibration import calibrator_from_state

        file = self.record.file(MODEL) / "predictor.json"
        try:
            content: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return calibrator_from_state(content["calibrator"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"run {self.run_id}: its calibrator cannot be read from {file}: {error}") from error

    @property
    def picture_files(self) -> dict[str, Path]:
        """Image id -> its file, which need not be there any more."""
        return dict(zip(self.manifest.ids.tolist(), self.manifest.paths, strict=True))

    @cached_property
    def sealed_files(self) -> dict[str, Path]:
        """The sealed files that can be found, by their names in the run."""
        from assay.errors import TrackingError

        files = {}
        for name in SEALED:
            try:
                files[name] = self.record.file(name)
            except TrackingError:
                continue
        return files

    @cached_property
    def broken_seals(self) -> tuple[str, ...]:
        """Sealed files that are not what the run measured, or were never sealed, or are gone though they were."""
        sealed = [name.removeprefix(TAG) for name in self.record.tags if name.startswith(TAG)]
        gone = [name for name in sealed if name in SEALED and name not in self.sealed_files]
        return tuple(sorted({*broken_seals(self.sealed_files, self.record.tags), *gone}))
