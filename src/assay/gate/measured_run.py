"""MeasuredRun: the run behind a candidate, and whether its files are still what it measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assay.data.manifest import Manifest
from assay.errors import AssayError, GateError, TrackingError
from assay.predictions import Predictions
from assay.tracking.read import RunRecord
from assay.tracking.seal import SEALED, TAG, broken_seals

MANIFEST = "manifest.parquet"


@dataclass(frozen=True)
class MeasuredRun:
    """A run as the gate reads it.

    Attributes:
        record: in the store.
    """

    record: RunRecord

    @cached_property
    def files(self) -> dict[str, Path]:
        """The files that were sealed and can be found, by their names in the run."""
        found = {}
        for name in SEALED:
            try:
                found[name] = self.record.file(name)
            except TrackingError:
                continue
        return found

    @cached_property
    def broken_seals(self) -> tuple[str, ...]:
        """Files that are not what the run measured, or were never sealed, or are gone though they were."""
        sealed = [name.removeprefix(TAG) for name in self.record.tags if name.startswith(TAG)]
        gone = [name for name in sealed if name in SEALED and name not in self.files]
        return tuple(sorted({*broken_seals(self.files, self.record.tags), *gone}))

    @property
    def manifest(self) -> Manifest:
        """All images of the run.

        Raises:
            GateError: there is no such file, or it cannot be read.
        """
        found = self._manifest
        if isinstance(found, Manifest):
            return found
        raise GateError(f"the run's manifest cannot be read: {found}")

    @property
    def test(self) -> Manifest:
        """Its test images.

        Raises:
            GateError: the manifest cannot be read, or there are none.
        """
        try:
            return self.manifest.only("test")
        except AssayError as error:
            raise GateError(str(error)) from error

    def predictions(self, split: str) -> Predictions:
        """What the run recorded about the images of a split.

        Raises:
            AssayError: nothing, or nothing that can be read.
        """
        return Predictions.load(self.record.file(f"predictions/{split}.parquet"))

    @cached_property
    def _manifest(self) -> Manifest | str:
        try:
            return Manifest.load(self.record.file(MANIFEST))
        except (AssayError, OSError, ValueError, KeyError, TypeError) as error:
            return str(error)
