"""Workshop: what all steps of a retraining work with: where runs, models, pictures and answers lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.config.changed import changed
from assay.errors import DataError, GateError
from assay.registry.open_registry import known_models, registry_of, store_of
from assay.retraining.step_settings import StepSettings
from assay.run.ensemble import is_ensemble
from assay.run.recorded_run import RecordedRun
from assay.store.kept_pictures import KeptPictures
from assay.store.service_store import ServiceStore

if TYPE_CHECKING:
    from assay.registry.registry import Registry
    from assay.registry.state import Reigning
    from assay.tracking.store import TrackingStore

OF_TODAY = ("tracking", "cache", "registry")
"""Groups of a config that are asked for now and not as the champion was trained: where things lie."""
AUTHOR = "retraining"


@dataclass(frozen=True)
class Workshop:
    """What steps work with.

    Attributes:
        config: composed: where runs are recorded and models are registered.
        store: of the service.
        pictures: that were kept with consent.
        settings: of the steps.
        model: name of the registered model; "" takes the only one.
    """

    config: DictConfig
    store: ServiceStore
    pictures: KeptPictures
    settings: StepSettings
    model: str = ""

    @cached_property
    def tracking(self) -> TrackingStore:
        """Where runs are recorded.

        Raises:
            TrackingError: it does not answer.
        """
        return store_of(self.config)

    def registry(self) -> Registry:
        """The model whose champion is retrained.

        Raises:
            GateError: nothing was promoted yet.
            TrackingError: there are several models, and none is named.
        """
        if self.model or known_models(self.config, self.tracking):
            return registry_of(self.config, self.tracking, self.model or None)
        raise GateError(
            "nothing was promoted yet, so there is no champion whose recipe could be trained again; promote a run: "
            "assay promote run=RUN_ID gate=default"
        )

    def registry_of(self, recipe: Mapping[str, Any]) -> Registry:
        """The model that a retraining is of, whatever was registered since.

        Args:
            recipe: result of the step recipe.
        """
        return registry_of(self.config, self.tracking, str(recipe["model"]))

    def config_of(self, recipe: Mapping[str, Any]) -> DictConfig:
        """The config, in which that model is named.

        Args:
            recipe: result of the step recipe.
        """
        return changed(self.config, {"registry.name": str(recipe["model"])})

    def reigning(self) -> Reigning:
        """Who is champion now.

        Raises:
            GateError: nobody is, or no run is known that it was made by.
        """
        registry = self.registry()
        champion = registry.state().champion
        if champion is None or not champion.run_id:
            raise GateError(
                f"{registry.name}: no champion with a run, so there is no recipe to train again; promote one first"
            )
        return champion

    def run_of(self, recipe: Mapping[str, Any]) -> RecordedRun:
        """The champion's run.

        Args:
            recipe: result of the step recipe.
        """
        return RecordedRun(self.tracking.find(str(recipe["run"])))

    def recipe_with(self, results: Mapping[str, Mapping[str, Any]]) -> DictConfig:
        """The champion's own config and division with the reviewed labels of the retraining; paths are those of now.

        What came into the dataset since is trained on, and what is measured on stays, whatever version divides it.

        Args:
            results: of the steps recipe and labels.

        Raises:
            DataError: the champion was trained on a part of its data alone, which no other training is held against,
                or is an ensemble.
        """
        recipe, labels = results["recipe"], str(results["labels"]["folder"])
        recorded = self.run_of(recipe).config
        if recorded.data.get("fold") is not None:
            raise DataError(
                f"run {str(recipe['run'])[:8]}: is a fold of a cross-validation, whose test set no other run is held "
                "against; train and promote one that is no fold"
            )
        if is_ensemble(recorded):
            raise DataError(
                f"run {str(recipe['run'])[:8]}: is an ensemble of recorded runs, in which nothing is trained; train "
                "its members with the new images and their labels, and put those together"
            )
        now = {group: self.config[group] for group in OF_TODAY if group in self.config}
        kept = {"data.reviewed": labels or None, "data.division": str(recipe["run"])}
        return changed(recorded, {**now, **kept, "resume": None})
