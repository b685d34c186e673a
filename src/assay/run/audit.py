"""Audit the dataset that a config names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.changed import changed
from assay.run.training_images import load_manifest

if TYPE_CHECKING:
    from assay.data.manifest import Manifest


@dataclass(frozen=True)
class Audited:
    """A dataset that was looked at.

    Attributes:
        manifest: of all its images.
    """

    manifest: Manifest


def audit_dataset(request: object, config: DictConfig) -> Audited:
    """Read the dataset; what is wrong with it is listed, and does not stop the audit.

    Raises:
        DataError: there is no such dataset.
    """
    lenient = changed(config, {"data.on_error": "skip", "data.on_conflict": "drop"})
    return Audited(load_manifest(lenient))
