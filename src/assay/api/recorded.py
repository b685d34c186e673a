"""Run: a recorded training, read back; and the table of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from omegaconf import DictConfig

    from assay.data.manifest import Manifest
    from assay.evaluation.evidence import Evidence
    from assay.pages.canvas import Canvas
    from assay.predictions import Predictions
    from assay.predictor import Answer, Picture, Predictor
    from assay.tracking.read import RunRecord


class Run:
    """A recorded training. What it left is read when it is first used, from its folder or from the store.

    Attributes:
        id: MLflow's id, 32 hex characters.
        name: as the MLflow UI shows it.
        status: "FINISHED", "RUNNING", "FAILED" or "KILLED".
        metrics: the latest value of each, by its logged name: `test/macro_f1`, `cost/size_mb`, …
        tags: of the run, as text.
        params: the flattened config, as text.
        folder: its working folder on this machine; there only if it was at work here.
    """

    def __init__(self, record: RunRecord, cache: str) -> None:
        from assay.run.recorded_run import RecordedRun

        self._recorded, self._cache = RecordedRun(record), Path(cache).expanduser()
        self.id = record.run_id
        self.name = record.name
        self.status = record.status
        self.metrics = dict(record.metrics)
        self.tags = dict(record.tags)
        self.params = dict(record.params)
        self.folder = record.folder

    def __repr__(self) -> str:
        return f"Run({self.id[:8]!r}, {self.name!r}, {self.status})"

    @property
    def config(self) -> DictConfig:
        """How it was trained."""
        return self._recorded.config

    @property
    def evidence(self) -> Evidence:
        """What was measured on its test images: every number with its interval."""
        return self._recorded.evidence

    @property
    def manifest(self) -> Manifest:
        """Its images with their splits."""
        return self._recorded.manifest

    def predictions(self, split: str = "test") -> Predictions:
        """What its model predicted for the images of a split, before calibration."""
        return self._recorded.predictions(split)

    @cached_property
    def _predictor(self) -> Predictor:
        return self._recorded.predictor(cache_dir=self._cache)

    def predict(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Calibrated answers about pictures.

        Args:
            pictures: paths of files, bytes of files, or decoded uint8 RGB [H, W, 3].

        Raises:
            DataError: a picture cannot be decoded.
        """
        return self._predictor.answers(pictures)

    def figures(self) -> dict[str, Canvas]:
        """The figures of its report by name; a notebook shows them as they are."""
        from assay.evaluation.report.sections import all_sections
        from assay.evaluation.report.subject import Subject

        test = self.predictions("test")
        subject = Subject(self.evidence, test, self._predictor.probabilities(test))
        return {name: canvas for section in all_sections() for name, canvas in section.figures(subject).items()}


def runs(overrides: Sequence[str] = (), *, metric: str | None = None) -> pd.DataFrame:
    """The finished trainings, the newest first: `run`, `name`, `dataset`, `seed`, and a column for each metric.

    Args:
        overrides: where runs are recorded, as on the command line: `["tracking=server", "tracking.uri=…"]`.
        metric: only runs that have recorded it, e.g. `test/macro_f1`; None takes all.

    Raises:
        AssayError: the store does not answer.
    """
    import pandas as pd

    from assay.api.composing import compose
    from assay.run.workspace import is_absent, open_store, tracking_store

    config = compose(overrides)
    records = [] if is_absent(tracking_store(config)) else open_store(config).runs(metric=metric)
    rows = [
        {
            "run": record.run_id,
            "name": record.name,
            "dataset": record.tags.get("dataset_digest", ""),
            "seed": record.params.get("seed", ""),
            **record.metrics,
        }
        for record in records
    ]
    return pd.DataFrame(rows, columns=None if rows else ["run", "name", "dataset", "seed"])
