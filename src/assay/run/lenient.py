"""A dataset that training refuses, listed all the same, so that it can be looked at and mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.changed import changed
from assay.errors import AssayError
from assay.run.images import list_manifest

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

_LENIENT = (("merge_labels", True), ("on_error", "skip"), ("on_conflict", "drop"), ("ordered", False))
"""What lets a source list a dataset that training refuses, in the order in which `build_manifest` asks."""


def listed_leniently(config: DictConfig, refused: list[AssayError]) -> tuple[Manifest, DictConfig]:
    """The images, and the config with what was needed to list them; what stood in the way is added to `refused`.

    Raises:
        AssayError: it cannot be told what the images and labels are.
    """
    for key, value in _LENIENT:
        if key not in config.data:
            continue
        try:
            return list_manifest(config), config
        except AssayError as error:
            refused.append(error)
        config = changed(config, {f"data.{key}": value})
    return list_manifest(config), config
