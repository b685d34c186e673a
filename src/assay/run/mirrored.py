"""Datasets at an address: their pictures are read from the mirror in the cache, and messages name the address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.config.targets import build
from assay.errors import AssayError
from assay.run.workspace import cache_folder

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from assay.data.manifest import Manifest


def build_source(source: Mapping[Any, Any], config: DictConfig) -> Manifest:
    """The images that a source lists.

    Args:
        source: its node, `config.data` without what is asked of every dataset.
        config: composed and checked.

    Raises:
        AssayError: what the source or its address says.
    """
    from assay.mirror.remote import is_address

    scans, root = cache_folder(config) / "scans", source.get("root")
    if not is_address(root):
        manifest: Manifest = build(dict(source)).build(scans)
        return manifest
    folder = str(_mirror(config))
    try:
        mirrored: Manifest = build({**source, "root": folder}).build(scans)
    except AssayError as error:
        # What has to be mended lies there, and not in the cache.
        raise type(error)(str(error).replace(folder, str(root).rstrip("/"))) from error
    return mirrored


def fetched_again(manifest: Manifest, config: Callable[[], DictConfig]) -> Manifest:
    """A recorded manifest whose pictures are there, as far as they came from an object store.

    Args:
        manifest: as it was recorded; one of pictures that never lay in a mirror comes back as it is.
        config: reads that of its run.
    """
    from assay.mirror.mirrors import FOLDER
    from assay.mirror.remote import OBJECT_STORES

    place = re.compile(rf".*/{FOLDER}/[0-9a-f]{{16}}/[^/]+/")
    paths = manifest.table["path"]
    ours = paths.map(lambda path: place.match(path) is not None)
    if not ours.any() or paths[ours].map(lambda path: Path(path).is_file()).all():
        return manifest
    recorded = config()
    # Who wrote a run must not choose where this machine connects to: the place of an object store says its environment.
    if str(recorded.data.get("root")).partition("://")[0].lower() not in OBJECT_STORES:
        return manifest
    folder = _mirror(recorded)
    moved = paths.where(~ours, paths.map(lambda path: str(folder / place.sub("", path))))
    return replace(manifest, table=manifest.table.assign(path=moved))


def _mirror(config: DictConfig) -> Path:
    from assay.mirror.mirrors import mirrored

    return mirrored(config.data.root, cache_folder(config), str(config.get("mirror_limit", "50GB")))
