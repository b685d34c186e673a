"""From config nodes to the objects of the rooms; the only place that knows which key feeds what."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from assay.config.imbalance import corrections, expand_minority
from assay.config.reject import guarantees_risk
from assay.config.schema import DATASET_KEYS, SAMPLER_KEYS
from assay.config.signature import signature_of
from assay.config.targets import build
from assay.tasks.warm import is_warm, once

OWN_CACHE = "cache"

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow.entities import DatasetInput

    from assay.augment.minority import Policies
    from assay.augment.mixing.mixing import Mixing
    from assay.augment.policy import ImagePolicy
    from assay.data.manifest import Manifest
    from assay.data.preprocessing import Preprocessing
    from assay.data.sampler.epoch_sampler import EpochSampler
    from assay.embeddings.extract import Embedder
    from assay.models.backbone import Backbone
    from assay.models.head import Head
    from assay.models.network import Network
    from assay.postprocess.calibration.calibrator import Calibrator
    from assay.predictions import FloatArray, IntArray
    from assay.synthetic.use import SyntheticUse
    from assay.tracking.store import TrackingStore


def cache_folder(config: DictConfig) -> Path:
    """Folder of everything that can be computed again."""
    return Path(config.cache).expanduser()


def open_store(config: DictConfig) -> TrackingStore:
    """Where runs are recorded: it answers, and what died there is marked."""

    def opened() -> TrackingStore:
        store: TrackingStore = build(config.tracking)
        store.check()
        store.mark_dead_runs()
        return store

    return once("tracking store", _plain(config.tracking), opened)


def environment_tags(config: DictConfig) -> dict[str, str]:
    """What a training runs on, as tags; inside a warm block the code is the one that it began with."""
    from assay.tracking.environment import environment as tags_of

    on = training_device(config)
    return once("environment", on, lambda: tags_of(device=on))


def load_manifest(config: DictConfig) -> Manifest:
    """The dataset with its splits, what it is held against in the split ood, and more images in train where asked."""
    return load_training_images(config)[0]


def load_training_images(config: DictConfig) -> tuple[Manifest, SyntheticUse | None]:
    """The manifest, and what is known about its generated images; None without any."""
    real = load_real_manifest(config)
    if not config.data.get("synthetic") and not config.data.get("repeat_ratio"):
        return real, None

    from assay.tasks.synthetic import prepare

    made_of = [*_made_of(config), config.seed, _plain(config.fidelity)]
    return once("training images", made_of, lambda: prepare(config, real))


def load_real_manifest(config: DictConfig) -> Manifest:
    """The dataset with its splits before any image is added to train."""
    return once("manifest", _made_of(config), lambda: _manifest(config))


def _made_of(config: DictConfig) -> list[Any]:
    return [_plain(config.data), str(cache_folder(config))]


def dataset_input(config: DictConfig, manifest: Manifest) -> DatasetInput:
    """What MLflow records about the dataset of a config."""
    from assay.tracking import dataset

    described = [_plain(config.data), manifest.digest]
    return once("dataset input", described, lambda: dataset.dataset_input(manifest))


def _manifest(config: DictConfig) -> Manifest:
    import pandas as pd

    from assay.data.ood.holdout import hold_out
    from assay.data.ood.sets import with_ood
    from assay.data.splits import assign_splits

    source = build({key: value for key, value in config.data.items() if key not in DATASET_KEYS})
    scans = cache_folder(config) / "scans"
    found, outside = source.build(scans), []
    if config.data.holdout_class is not None:
        found, held_out = hold_out(found, config.data.holdout_class)
        outside.append(held_out)
    divided = assign_splits(
        found,
        **config.data.split,
        seed=config.data.split_seed,
        fold=config.data.fold,
        folds=config.data.folds,
    )
    if config.data.holdout_generator is not None:
        from assay.data.generators import hold_out_generator

        divided = hold_out_generator(divided, config.data.holdout_generator)
    divided = replace(divided, table=pd.concat([divided.table, *outside], ignore_index=True))
    return with_ood(divided, config.data.ood, config.data.ood_val, cache_dir=scans)


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
    return Preprocessing(size, config.data.resize, side)


def build_image_policy(config: DictConfig, *, minority: Any = None) -> ImagePolicy | None:
    """How training images are varied one by one; None when they are not.

    Args:
        config: composed and checked.
        minority: nodes of another augmentation; its policy takes the place of the configured one, and its steps come
            before the configured ones.
    """
    from assay.augment.pipeline import pipeline

    image = (minority and minority.image) or config.aug.image or {}
    steps = {**((minority and minority.steps) or {}), **(config.aug.steps or {})}
    return pipeline(next((build(node) for node in image.values()), None), [build(node) for node in steps.values()])


def build_policies(config: DictConfig, labels: IntArray, classes: int) -> Policies:
    """How training images are varied, class by class: rare ones by `sampler.minority_augment`, the rest by `aug`.

    Args:
        config: composed and checked.
        labels: of the training images, int [N].
        classes: C.
    """
    from assay.augment.minority import Policies, rare_classes

    usual = build_image_policy(config)
    if config.sampler.minority_augment is None:
        return Policies(usual)
    expand_minority(config)
    strong = build_image_policy(config, minority=config.sampler.minority_augment)
    assert strong is not None
    rare = rare_classes(labels, classes, config.sampler.minority_share)
    return Policies(usual, dict.fromkeys(rare, strong))


def build_sampler(config: DictConfig, labels: IntArray, embeddings: Callable[[], FloatArray]) -> EpochSampler:
    """Which training images an epoch draws.

    Args:
        config: composed and checked.
        labels: of the training images, int [N].
        embeddings: gives theirs, [N, D]; called only for a sampler that wants them.
    """
    node = {key: value for key, value in config.sampler.items() if key not in SAMPLER_KEYS}
    found = signature_of(node["_target_"])
    extra = {"embeddings": embeddings()} if found and "embeddings" in found[0] else {}
    return build(node, labels=labels, seed=config.seed, **extra)


def build_mixing(config: DictConfig) -> Mixing | None:
    """How the images of a batch are mixed; None when they are not."""
    return next((build(node) for node in (config.aug.mix or {}).values()), None)


def build_network(config: DictConfig, classes: int) -> Network:
    """Backbone with its weights, and a fresh head drawn from the seed.

    Inside a warm block weights are read once. Whoever trains the backbone gets a copy of what was read, whoever does
    not shares another.
    """
    import torch

    from assay.models.network import Network

    def drawn() -> tuple[Backbone, torch.Tensor]:
        return build(config.model, image_size=config.data.image_size), torch.get_rng_state()

    torch.manual_seed(config.seed)
    # Building draws random numbers, even where weights replace them; the head is drawn from those that follow.
    made_from = [_plain(config.model), config.data.image_size, config.seed]
    backbone, state = once("backbone", made_from, drawn)
    torch.set_rng_state(state)
    if is_warm():
        own = partial(copy.deepcopy, backbone)
        backbone = once("frozen backbone", made_from, own) if stays_frozen(config) else own()
    return Network(backbone, build(config.head, embedding_dim=backbone.embedding_dim, classes=classes))


def stays_frozen(config: DictConfig) -> bool:
    """Whether training leaves the backbone exactly as it is, so that several networks can have the same."""
    stages = build(config.finetune).stages()
    return config.trainer.precision == "32-true" and all(stage.inputs == "embeddings" for stage in stages)


def build_embedder(
    config: DictConfig, network: Network, preprocessing: Preprocessing, *, own: Path | None = None
) -> Embedder:
    """What gives embeddings by this network's backbone as it is now, from the store where it has them.

    Args:
        config: composed and checked.
        network: its backbone is not trained while the embedder is used.
        preprocessing: from a decoded picture to the network's input.
        own: folder to keep embeddings and exported backbone in; None takes the cache that all runs share, which is
            right for weights that other runs will meet again.
    """
    from assay.embeddings.extract import Embedder
    from assay.embeddings.identity import weights_digest
    from assay.embeddings.memory import RememberingStore
    from assay.embeddings.onnx_runtime import EXPORTED
    from assay.embeddings.store import EmbeddingStore

    cache = own or cache_folder(config)
    folder, weights = cache / "embeddings", None
    store = EmbeddingStore(folder)
    if is_warm() and own is None:
        store = once("embedding store", str(folder), lambda: RememberingStore(folder))
        if stays_frozen(config):
            made_from = [_plain(config.model), config.data.image_size, config.seed]
            weights = once("weights digest", made_from, lambda: weights_digest(network))
    graphs = cache_folder(config) / EXPORTED
    return Embedder(network, preprocessing, store, cache_dir=cache / EXPORTED, graphs_dir=graphs, weights=weights)


def build_loss(config: DictConfig, labels: Any, head: Head) -> Any:
    """The loss, which may weigh classes by the training labels, on the logits of this head."""
    found = signature_of(config.loss["_target_"])
    extra = {"head_scale": head.scale} if found and "head_scale" in found[0] else {}
    return build(config.loss, labels=labels, classes=head.classes, **extra)


def build_calibrator(config: DictConfig) -> Calibrator:
    """What learns how far confidence can be believed.

    Where sampler, loss or finetuning correct for the frequencies of classes, `auto` leaves answers alone unless it is
    told otherwise: a map that learns the frequencies of the calib images would take the correction back. So it does
    where a risk is to be guaranteed.
    """
    built = build(config.calibration)
    if built.method == "auto" and config.calibration.get("keep_answers") is None:
        values: Any = OmegaConf.to_container(config, resolve=True)
        built.keep_answers = bool(corrections(values)) or guarantees_risk(values)
    return built


def _plain(node: Any) -> Any:
    return OmegaConf.to_container(node, resolve=True)


def training_device(config: DictConfig) -> str:
    """What training runs on: "cuda:0" where there is one and the trainer may use it, else "cpu"."""
    import torch

    return "cuda:0" if config.trainer.accelerator != "cpu" and torch.cuda.is_available() else "cpu"
