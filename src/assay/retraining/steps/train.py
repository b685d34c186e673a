"""TrainStep: the champion's recipe on the new manifest, calibrated and measured as every run is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from assay.config.changed import changed
from assay.config.door import typed_as
from assay.errors import ConfigError, DataError
from assay.retraining.step import StepContext
from assay.retraining.steps.sweep import with_words
from assay.retraining.workshop import Workshop
from assay.tracking.run_files import CONFIG, MANIFEST

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from assay.tracking.read import RunRecord

TAG = "assay.retraining"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainStep:
    """Trains, or goes on with the run that a killed attempt has left, or takes the one that it had finished.

    Attributes:
        workshop: what it works with.
    """

    workshop: Workshop
    name: ClassVar[str] = "train"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: the run, its manifest, its seconds.

        Raises:
            DataError: pictures were withdrawn since the manifest was made.
        """
        config = self.config(context)
        self._ensure_same(config, str(context.results["manifest"]["digest"]))
        with typed_as(()):
            record = self._finished(config, context)
        run = self.workshop.tracking.amend_run(record.run_id)
        run.set_tags({TAG: context.run.id})
        return {"run": record.run_id, "manifest": record.tags.get("dataset_digest", ""), "name": record.name}

    def config(self, context: StepContext) -> DictConfig:
        """What is trained: the champion's recipe, with what the best trial of a sweep has changed in it."""
        recipe = self.workshop.recipe_with(context.results)
        return with_words(recipe, context.results.get("sweep", {}).get("overrides", ()))

    def _ensure_same(self, config: DictConfig, digest: str) -> None:
        from assay.run.training_images import load_manifest

        if load_manifest(config).digest != digest:
            raise DataError(
                "pictures were withdrawn or changed since the manifest of this retraining was made, so it trains "
                "nothing; the next one takes what is there then"
            )

    def _finished(self, config: DictConfig, context: StepContext) -> RunRecord:
        from assay.run.train import train

        records = self._records(config, str(context.results["manifest"]["digest"]))
        if finished := next((each for each in records if each.status == "FINISHED"), None):
            return finished
        for record in records:
            if (record.folder / CONFIG).is_file() and (record.folder / MANIFEST).is_file():
                logger.info("retraining %s goes on with run %s", context.run.id, record.run_id)
                try:
                    return self._found(train(changed(config, {"resume": record.run_id})).run_id)
                except ConfigError as error:  # what is left of it cannot be gone on with
                    logger.warning("run %s is begun anew: %s", record.run_id, error)
        return self._found(train(config).run_id)

    def _records(self, config: DictConfig, dataset: str) -> list[RunRecord]:
        """Runs of just this config on just this manifest, the newest first: those of attempts before."""
        from assay.run.config_digest import config_digest
        from assay.tracking.search import search

        return search(self.workshop.tracking, {"config_digest": config_digest(config), "dataset_digest": dataset})

    def _found(self, run_id: str) -> RunRecord:
        return self.workshop.tracking.find(run_id)
