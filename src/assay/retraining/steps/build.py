"""The steps of a retraining, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.errors import ServiceError
from assay.retraining.step import JobStep

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from assay.retraining.request import RetrainRequest
    from assay.store.service_store import ServiceStore


def retraining_steps(request: RetrainRequest, config: DictConfig, store: ServiceStore) -> tuple[JobStep, ...]:
    """The steps of a job.

    Args:
        request: with the settings of the job.
        config: checked; where runs are recorded, and which model is meant.
        store: of the service, open as long as the steps run.

    Raises:
        AssayError: what a step needs is not there.
    """
    raise ServiceError("retrain: this version has no steps yet; assay retrain plan shows what would be due")
