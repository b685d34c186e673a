"""NearestTraining: which training image is most like an answered picture, where its model's run is recorded here."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from assay.deploy.bundle.bundle import Bundle
from assay.errors import AssayError
from assay.predictions import FloatArray
from assay.serving.training_examples import NOT_SHOWN

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TrainingImages:
    """Images that may be shown, and where their embeddings lie.

    Attributes:
        paths: of the files.
        components: float32 [N, K], each in spreads of its own.
        scale: float32 [K], by which components of a picture are multiplied first.
    """

    paths: tuple[Path, ...]
    components: FloatArray
    scale: FloatArray

    def nearest(self, components: NDArray[np.floating]) -> Path | None:
        """The file whose components are nearest, of those that are there; None where there is none.

        Args:
            components: [K], as the log keeps them.
        """
        if len(components) != len(self.scale) or not np.isfinite(components).all():
            return None
        away = np.square(self.components - components * self.scale).sum(axis=1)
        return next(
            (self.paths[row] for row in np.argsort(away, kind="stable")[:20] if self.paths[row].is_file()), None
        )


class NearestTraining:
    """Finds them; the images of a model are read once.

    Args:
        config: where runs are recorded.
    """

    def __init__(self, config: DictConfig) -> None:
        self._config, self._lock = config, threading.Lock()
        self._known: dict[str, TrainingImages | None] = {}

    def __call__(self, bundle: Bundle, components: NDArray[np.floating]) -> Path | None:
        """The nearest training image; None where the run is not recorded here or kept no embeddings."""
        with self._lock:
            if bundle.digest not in self._known:
                self._known = {bundle.digest: self._read(bundle)}
            images = self._known[bundle.digest]
        return None if images is None else images.nearest(components)

    def _read(self, bundle: Bundle) -> TrainingImages | None:
        from assay.registry.open_registry import store_of
        from assay.run.recorded_run import RecordedRun

        try:
            projection = None if bundle.profile is None else bundle.profile.projection
            run = RecordedRun(store_of(self._config).find(bundle.about.run_id))
            predictions, table = run.predictions("train"), run.manifest.only("train").table
        except AssayError as error:
            _log.info("no nearest training images beside alerts: %s", error)
            return None
        if projection is None or predictions.embeddings is None:
            return None
        shown = table[(table["generator"] == "") & ~table["license"].str.contains(NOT_SHOWN)]
        paths = dict(zip(shown["id"].astype(str), shown["path"].astype(str), strict=True))
        rows = [row for row, name in enumerate(predictions.ids.astype(str)) if name in paths]
        if not rows:
            return None
        components = projection.components(predictions.embeddings[rows]).astype(np.float32)
        scale = (1 / (components.std(axis=0) + 1e-6)).astype(np.float32)
        names = predictions.ids.astype(str)[rows]
        return TrainingImages(tuple(Path(paths[name]) for name in names), components * scale, scale)
