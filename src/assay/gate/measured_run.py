"""MeasuredRun: the run behind a candidate; whatever keeps its images from being read is a reason to refuse."""

from __future__ import annotations

from assay.data.manifest import Manifest
from assay.errors import AssayError, GateError
from assay.run.recorded_run import RecordedRun


class MeasuredRun(RecordedRun):
    """A run as the gate reads it."""

    @property
    def manifest(self) -> Manifest:
        """All images of the run.

        Raises:
            GateError: there is no such file, or it cannot be read.
        """
        try:
            return super().manifest
        except (AssayError, OSError, ValueError, KeyError, TypeError) as error:
            raise GateError(f"the run's manifest cannot be read: {error}") from error

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
