"""TrainingExamples: pictures of each class, of the training of the model that answers, for those who review."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig

from assay.deploy.bundle.bundle import Bundle
from assay.errors import AssayError

EACH = 4
"""Pictures of a class."""
NOT_SHOWN = re.compile(r"all rights reserved|©|\bcopyright(?:ed)?\b", re.IGNORECASE)
"""In the name of a licence by which nobody may show the picture."""
_log = logging.getLogger(__name__)


class TrainingExamples:
    """Chooses them once for each model; a bundle holds none, the record of its run says where they lie.

    Only training pictures are shown, never what a model is measured on, and none that was generated.

    Args:
        config: where runs are recorded.
    """

    def __init__(self, config: DictConfig) -> None:
        self._config = config
        self._known: dict[str, Mapping[str, tuple[Path, ...]]] = {}
        self._lock = threading.Lock()

    def __call__(self, bundle: Bundle) -> Mapping[str, tuple[Path, ...]]:
        """Files by class; none where the run is not recorded here, or its files have gone."""
        with self._lock:
            if bundle.digest not in self._known:
                self._known = {bundle.digest: self._chosen(bundle.about.run_id)}
            return self._known[bundle.digest]

    def _chosen(self, run_id: str) -> Mapping[str, tuple[Path, ...]]:
        from assay.data.spread import spread_pictures
        from assay.registry.open_registry import store_of
        from assay.run.recorded_run import RecordedRun

        try:
            train = RecordedRun(store_of(self._config).find(run_id)).manifest.only("train")
        except AssayError as error:
            _log.info("no examples of the classes for reviewers: %s", error)
            return {}
        table = train.table
        shown = (table["generator"] == "") & ~table["license"].str.contains(NOT_SHOWN)
        return spread_pictures(replace(train, table=table[shown]), EACH)
