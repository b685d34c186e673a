"""Generated images of a config, read and measured; what was measured before is not measured again."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from assay.errors import AssayError, DataError
from assay.files import digest_of, write_cache
from assay.run.images import load_real_manifest
from assay.run.workspace import cache_folder
from assay.synthetic.fidelity.extractor import ExtractorSpec, build_embedder
from assay.synthetic.fidelity.record import SCHEMA_VERSION, FidelityEvidence
from assay.synthetic.fidelity.settings import FidelitySettings
from assay.synthetic.training.source import Layout, read_synthetic

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

logger = logging.getLogger(__name__)

VERSION = 4  # of what is measured; a new one measures everything again
PACKAGES = ("timm", "torch-fidelity", "numpy")
"""Whose versions a measurement depends on; the second one comes with an extra."""
VECTORS = ("resamples", "splits", "minimum", "components", "near")


def generated_images(config: DictConfig, entry: str, real: Manifest, *, layout: str = "auto") -> Manifest:
    """The generated images of a folder, table or manifest, with the classes of the dataset, in the split train.

    Raises:
        ConfigError, DataError: see `assay.synthetic.training.source.read_synthetic`.
    """
    known: Layout = layout  # type: ignore[assignment]  # held against the choices there
    places = class_places(config, real.class_names)
    return read_synthetic(entry, real.class_names, cache_folder(config) / "scans", layout=known, places=places)


def class_places(config: DictConfig, class_names: tuple[str, ...]) -> tuple[str, ...]:
    """The classes of a dataset in their places, which a class that is held out leaves as they are."""
    if config.data.holdout_class is None:
        return class_names
    whole = OmegaConf.merge(config, {"data": {"holdout_class": None}})
    assert isinstance(whole, DictConfig)
    return load_real_manifest(whole).class_names


def extractor_of(config: DictConfig) -> ExtractorSpec:
    """The features of a config."""
    node = config.fidelity
    return ExtractorSpec(node.extractor, node.weights, node.size or config.data.image_size, config.data.resize)


def settings_of(config: DictConfig) -> FidelitySettings:
    """How thoroughly a config measures."""
    return FidelitySettings(**{name: config.fidelity[name] for name in VECTORS}, seed=config.seed)


def fidelity_key(config: DictConfig, real: Manifest, generated: Manifest) -> str:
    """Hex digest of everything that a measurement depends on: images and their files, features, settings."""
    columns = ["id", "path", "label", "split", "group", "generator"]
    tables = [manifest.labelled.table[columns] for manifest in (real, generated)]
    packages = {}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            packages[name] = metadata.version(name)
    return digest_of(
        [
            [VERSION, SCHEMA_VERSION, extractor_of(config).label, asdict(settings_of(config)), packages],
            [table.to_csv(index=False) for table in tables],
            list(real.class_names),
            generated.excluded.to_csv(index=False),
        ]
    )


def measured(config: DictConfig, real: Manifest, generated: Manifest) -> FidelityEvidence:
    """The evidence about generated images, from the cache where the same was measured before.

    Features come from the embedding store, so new images cost what they cost and the others nothing.

    Args:
        config: composed and checked; `fidelity`, `data.image_size`, `data.resize`, `seed` and `cache` count.
        real: the dataset with its splits.
        generated: as `generated_images` gives them.

    Raises:
        AssayError: weights cannot be had, or a picture cannot be read.
    """
    path = _cached(config, fidelity_key(config, real, generated))
    if path.exists():
        try:
            return FidelityEvidence.load(path)
        except DataError as error:
            logger.warning("%s; measured again", error)
    from assay.data.copies.between import copies_between
    from assay.synthetic.fidelity.appearance import appearances
    from assay.synthetic.fidelity.measure import measure_fidelity

    spec = extractor_of(config)
    try:
        embedder = build_embedder(spec, cache_folder(config))
    except AssayError as error:
        raise type(error)(str(error).replace("model.weights", "fidelity.weights")) from error
    evidence = measure_fidelity(
        real,
        generated,
        extractor=spec.label,
        features=_features(embedder),
        appearances=lambda manifest: appearances(manifest, embedder.store),
        same=lambda first, second: copies_between(first, second, cache_folder(config) / "scans"),
        settings=settings_of(config),
    )
    write_cache(path, evidence.save, "it is measured again next time")
    return evidence


def _features(embedder: Any) -> Any:
    return lambda manifest: embedder(manifest, what="features")


def _cached(config: DictConfig, key: str) -> Path:
    return cache_folder(config) / "fidelity" / f"{key}.json"
