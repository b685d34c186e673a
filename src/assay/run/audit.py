"""Audit the dataset that a config names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.changed import changed
from assay.errors import AssayError
from assay.run.images import list_manifest
from assay.run.shared_objects import sharing
from assay.run.training_images import load_manifest

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

_LENIENT = (("merge_labels", True), ("on_error", "skip"), ("on_conflict", "drop"), ("ordered", False))
"""What lets a source list a dataset that training refuses, in the order in which `build_manifest` asks."""


@dataclass(frozen=True)
class Audited:
    """A dataset that was looked at.

    Attributes:
        manifest: of all its images; without splits where they cannot be assigned.
        refused: what a training with this config would refuse, as its messages.
    """

    manifest: Manifest
    refused: tuple[str, ...] = ()


def audit_dataset(request: object, config: DictConfig) -> Audited:
    """Read the dataset; what is wrong with it is listed, and does not stop the audit.

    Raises:
        AssayError: there is no such dataset, or it cannot be told what its images and labels are.
    """
    refused: list[AssayError] = []
    with sharing():
        manifest, config = _listed(config, refused)
        try:
            manifest = load_manifest(config)
        except AssayError as error:
            refused.append(error)
    return Audited(manifest, tuple(dict.fromkeys(map(str, refused))))


def _listed(config: DictConfig, refused: list[AssayError]) -> tuple[Manifest, DictConfig]:
    """The images, and the config with what was needed to list them; what stood in the way is added to `refused`."""
    for key, value in _LENIENT:
        if key not in config.data:
            continue
        try:
            return list_manifest(config), config
        except AssayError as error:
            refused.append(error)
        config = changed(config, {f"data.{key}": value})
    return list_manifest(config), config
