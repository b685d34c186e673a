"""The steps of a retraining, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.retraining.step import JobStep
from assay.retraining.steps.audit import AuditStep
from assay.retraining.steps.canary import CanaryStep
from assay.retraining.steps.collect import CollectStep
from assay.retraining.steps.embed import EmbedStep
from assay.retraining.steps.gate import GateStep
from assay.retraining.steps.labels import LabelsStep
from assay.retraining.steps.manifest import ManifestStep
from assay.retraining.steps.promote import PromoteStep
from assay.retraining.steps.recipe import RecipeStep
from assay.retraining.steps.sweep import SweepStep
from assay.retraining.steps.train import TrainStep
from assay.retraining.workshop import Workshop
from assay.serving.places import kept_folder, store_url
from assay.store.kept_pictures import KeptPictures

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from assay.retraining.request import RetrainRequest
    from assay.store.service_store import ServiceStore

STEPS = (
    RecipeStep,
    CollectStep,
    LabelsStep,
    ManifestStep,
    AuditStep,
    EmbedStep,
    SweepStep,
    TrainStep,
    GateStep,
    CanaryStep,
    PromoteStep,
)


def retraining_steps(request: RetrainRequest, config: DictConfig, store: ServiceStore) -> tuple[JobStep, ...]:
    """The steps of a job.

    Args:
        request: with the settings of the job.
        config: checked; where runs are recorded, and which model is meant.
        store: of the service, open as long as the steps run.
    """
    pictures = KeptPictures(kept_folder(store_url(config, request.store), request.kept))
    return steps_in(Workshop(config, store, pictures, request.settings, config.registry.name or ""))


def steps_in(workshop: Workshop) -> tuple[JobStep, ...]:
    """All steps of a retraining of the champion.

    Args:
        workshop: what they work with.
    """
    return tuple(kind(workshop) for kind in STEPS)
