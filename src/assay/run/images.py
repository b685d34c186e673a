"""The dataset of a config: its manifest with splits and OOD sets, and what turns a picture into the network's input."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.config.division import is_manifest_file
from assay.config.ood import held_out_classes
from assay.config.schema import DATASET_KEYS
from assay.run.shared_objects import once
from assay.run.workspace import cache_folder, open_store, plain_node

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow.entities import DatasetInput

    from assay.data.manifest import Manifest
    from assay.data.preprocessing import Preprocessing


def load_real_manifest(config: DictConfig) -> Manifest:
    """The dataset with its splits and what people have decided on, before any generated image is added to train."""
    return once("manifest", dataset_identity(config), lambda: _manifest(config))


def dataset_identity(config: DictConfig) -> list[Any]:
    """All that decides which images a config has."""
    return [plain_node(config.data), str(cache_folder(config))]


def dataset_input(config: DictConfig, manifest: Manifest) -> DatasetInput:
    """What MLflow records about the dataset of a config."""
    from assay.tracking import dataset

    described = [plain_node(config.data), manifest.digest]
    return once("dataset input", described, lambda: dataset.dataset_input(manifest))


def list_manifest(config: DictConfig) -> Manifest:
    """All images of the dataset as its source lists them, before anything is divided or held out."""
    source = {key: value for key, value in config.data.items() if key not in DATASET_KEYS}
    identity = [{key: value for key, value in plain_node(config.data).items() if key in source or key == "range"}]
    scans = cache_folder(config) / "scans"
    return once("listed manifest", [*identity, str(scans)], lambda: _listed(config, source, scans))


def _listed(config: DictConfig, source: dict[Any, Any], scans: Path) -> Manifest:
    from assay.data.dataset_range import with_sample_range
    from assay.run.mirrored import build_source

    # A run that was recorded before this key existed scales as it did.
    return with_sample_range(build_source(source, config), scans, config.data.get("range", "full"))


def _manifest(config: DictConfig) -> Manifest:
    import pandas as pd

    from assay.data.copies.grouping import with_copies_grouped
    from assay.data.ood.holdout import hold_out
    from assay.data.ood.sets import with_ood
    from assay.data.splits import assign_splits
    from assay.run.mirrored import PlacesHere

    scans = cache_folder(config) / "scans"
    manifest, outside = list_manifest(config), []
    for name in held_out_classes(plain_node(config.data.holdout_class)):
        manifest, held_out = hold_out(manifest, name)
        outside.append(held_out)
    # A run that was recorded before this key existed keeps its splits.
    grouped = partial(with_copies_grouped, cache_dir=scans, kind=config.data.get("copies", "bytes"))
    if config.data.get("division"):
        divided = _divided_as_recorded(config, manifest, grouped)
    else:
        divided = assign_splits(
            grouped(manifest),
            **config.data.split,
            seed=config.data.split_seed,
            fold=config.data.fold,
            folds=config.data.folds,
        )
    if config.data.holdout_generator is not None:
        from assay.data.generators import hold_out_generator

        divided = hold_out_generator(divided, config.data.holdout_generator)
    divided = replace(divided, table=pd.concat([divided.table, *outside], ignore_index=True))
    places = PlacesHere(config)
    with places.named():
        reported, chosen_on = (
            [places.folder(entry, f"data.{key}") for entry in config.data[key]] for key in ("ood", "ood_val")
        )
        copies = config.data.get("copies", "bytes")
        manifest = with_ood(divided, reported, chosen_on, cache_dir=scans, copies=copies)
    if config.data.get("reviewed") or config.data.get("reviewed_test"):
        from assay.run.reviewed import with_reviewed

        manifest = with_reviewed(config, manifest)
    return manifest


def _divided_as_recorded(config: DictConfig, manifest: Manifest, grouped: Callable[[Manifest], Manifest]) -> Manifest:
    from assay.data.kept_division import keep_division
    from assay.data.manifest import Manifest
    from assay.run.recorded_run import RecordedRun
    from assay.run.reviewed_notes import SOURCE

    entry = str(config.data.division)
    if is_manifest_file(entry):
        recorded = Manifest.load(Path(entry).expanduser())
    else:
        recorded = RecordedRun(open_store(config).find(entry)).manifest
    return keep_division(manifest, recorded, grouped, where=f"data.division={entry}", elsewhere=SOURCE)


def build_preprocessing(config: DictConfig, manifest: Manifest) -> Preprocessing:
    """From a decoded picture to the network's input.

    Args:
        config: composed and checked.
        manifest: all splits; with `data.normalise_files` its training images say at which size a picture is normalised.
    """
    from assay.data.preprocessing import Preprocessing

    size, side = config.data.image_size, None
    if config.data.normalise_files:
        from assay.data.normalise import normalising_side

        side = normalising_side(manifest, largest=size)
    return Preprocessing(size, config.data.resize, side, manifest.samples)
