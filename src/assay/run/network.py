"""Backbone with its weights and a fresh head, and what gives embeddings by it."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.targets import build
from assay.run.shared_objects import is_warm, once
from assay.run.workspace import _plain, cache_folder

if TYPE_CHECKING:
    from assay.data.preprocessing import Preprocessing
    from assay.embeddings.extract import Embedder
    from assay.models.backbone import Backbone
    from assay.models.network import Network


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
