"""From config nodes to the objects of the rooms; the only place that knows which key feeds what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from assay.config.schema import DATASET_KEYS
from assay.config.targets import build

if TYPE_CHECKING:
    from assay.augment.mixing.mixing import Mixing
    from assay.augment.policy import ImagePolicy
    from assay.data.manifest import Manifest
    from assay.data.preprocessing import Preprocessing
    from assay.embeddings.extract import Embedder
    from assay.models.network import Network


def cache_dir(config: DictConfig) -> Path:
    """Folder of everything that can be computed again."""
    return Path(config.cache).expanduser()


def manifest(config: DictConfig) -> Manifest:
    """The dataset with its splits."""
    from assay.data.splits import assign_splits

    source = build({key: value for key, value in config.data.items() if key not in DATASET_KEYS})
    return assign_splits(
        source.build(cache_dir(config) / "scans"),
        **config.data.split,
        seed=config.seed,
        fold=config.data.fold,
        folds=config.data.folds,
    )


def preprocessing(config: DictConfig) -> Preprocessing:
    """From a decoded picture to the network's input."""
    from assay.data.preprocessing import Preprocessing

    return Preprocessing(size=config.data.image_size, resize=config.data.resize)


def image_policy(config: DictConfig, *, first: ImagePolicy | None = None) -> ImagePolicy | None:
    """How training images are varied one by one; None when they are not.

    Args:
        config: composed and checked.
        first: takes the place of the configured policy; the configured steps follow it all the same.
    """
    from assay.augment.pipeline import pipeline

    configured = [build(node) for node in (config.aug.image or {}).values()]
    return pipeline(first or next(iter(configured), None), [build(node) for node in (config.aug.steps or {}).values()])


def mixing(config: DictConfig) -> Mixing | None:
    """How the images of a batch are mixed; None when they are not."""
    return next((build(node) for node in (config.aug.mix or {}).values()), None)


def network(config: DictConfig, classes: int) -> Network:
    """Backbone with its weights, and a fresh head drawn from the seed."""
    import torch

    from assay.models.head import LinearHead
    from assay.models.network import Network

    torch.manual_seed(config.seed)
    backbone = build(config.model, image_size=config.data.image_size)
    return Network(backbone, LinearHead(backbone.embedding_dim, classes))


def embedder(config: DictConfig, network: Network, *, own: Path | None = None) -> Embedder:
    """What gives embeddings by this network's backbone as it is now, from the store where it has them.

    Args:
        config: composed and checked.
        network: its backbone is not trained while the embedder is used.
        own: folder to keep embeddings and exported backbone in; None takes the cache that all runs share, which is
            right for weights that other runs will meet again.
    """
    from assay.embeddings.extract import Embedder
    from assay.embeddings.store import EmbeddingStore

    cache = own or cache_dir(config)
    return Embedder(network, preprocessing(config), EmbeddingStore(cache / "embeddings"), cache_dir=cache / "onnx")


def loss(config: DictConfig, labels: Any, classes: int) -> Any:
    """The loss, which may weigh classes by the training labels."""
    return build(config.loss, labels=labels, classes=classes)


def device(config: DictConfig) -> str:
    """What training runs on: "cuda:0" where there is one and the trainer may use it, else "cpu"."""
    import torch

    return "cuda:0" if config.trainer.accelerator != "cpu" and torch.cuda.is_available() else "cpu"
