"""Backbone with its weights and a fresh head, and what gives embeddings by it."""

from __future__ import annotations

import copy
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.targets import build
from assay.config.tta import views_in
from assay.disk import note_use
from assay.files import digest_of, sha256_of_file, write_cache
from assay.run.ensemble import build_ensemble, is_ensemble
from assay.run.shared_objects import is_sharing, once
from assay.run.workspace import cache_folder, plain_node

if TYPE_CHECKING:
    import torch

    from assay.data.preprocessing import Preprocessing
    from assay.embeddings.extract import Embedder
    from assay.models.backbone import Backbone
    from assay.models.network import Network

BACKBONES = "backbones"
BUILDER = "assay.models.backbone.build_backbone"
KEPT_VERSION = 1


def build_network(config: DictConfig, classes: int) -> Network:
    """Backbone with its weights, and a fresh head drawn from the seed; of an ensemble what its members have learned.

    Inside a `sharing` block weights are read once. Whoever trains the backbone gets a copy of what was read, whoever
    does not shares another.
    """
    if is_ensemble(config):
        return build_ensemble(config)

    import torch

    from assay.models.network import Network

    def drawn() -> tuple[Backbone, torch.Tensor]:
        return kept_backbone(config) if frozen else (_built(config), torch.get_rng_state())

    frozen = stays_frozen(config)
    torch.manual_seed(config.seed)
    # Building draws random numbers, even where weights replace them; the head is drawn from those that follow.
    made_from = [plain_node(config.model), config.data.image_size, config.seed, frozen]
    backbone, state = once("backbone", made_from, drawn)
    torch.set_rng_state(state)
    if is_sharing():
        own = partial(copy.deepcopy, backbone)
        backbone = once("frozen backbone", made_from, own) if frozen else own()
    return Network(backbone, build(config.head, embedding_dim=backbone.embedding_dim, classes=classes))


def as_asked(config: DictConfig, network: Network) -> Network:
    """A network as it is asked about pictures once it is trained: shown the views of `evaluation.tta`."""
    if not (views := views_in(config)):
        return network
    from assay.models.views import with_views

    return with_views(network, views)


def _built(config: DictConfig) -> Backbone:
    backbone: Backbone = build(config.model, image_size=config.data.image_size)
    if config.model["_target_"] != BUILDER:
        from assay.models.plugin_backbone import origin_of

        backbone.origin = origin_of(plain_node(config.model))
    return backbone


def kept_backbone(config: DictConfig) -> tuple[Backbone, torch.Tensor]:
    """A backbone that is never trained, and torch's random state after building it; from the cache where it has both.

    What is kept depends on the bytes of the weights' file, the architecture's library and the options; the random state
    on the seed as well. Weights that are drawn or fetched are not kept.
    """
    import torch

    from assay.models.stored_backbone import load_backbone, save_backbone

    path = _kept_path(config)
    if path is None:
        return _built(config), torch.get_rng_state()
    states = path.with_suffix(f".{config.seed}.rng")
    if states.exists() and (stored := load_backbone(path)) is not None:
        note_use(path)
        return stored, torch.frombuffer(bytearray(states.read_bytes()), dtype=torch.uint8)
    backbone, state = _built(config), torch.get_rng_state()
    save_backbone(backbone, path, image_size=config.data.image_size, drop_path=config.model.drop_path)
    write_cache(states, lambda file: file.write_bytes(state.numpy().tobytes()), "the backbone is built anew each time")
    return backbone, state


def _kept_path(config: DictConfig) -> Path | None:
    import torch

    from assay.models.weights import local_file

    if config.model["_target_"] != BUILDER:
        return None
    source = local_file(config.model.name, config.model.weights)
    if source is None:
        return None
    made_from = [plain_node(config.model), config.data.image_size, sha256_of_file(source)]
    key = digest_of([KEPT_VERSION, *made_from, version("timm"), torch.__version__])
    return cache_folder(config) / BACKBONES / f"{key[:32]}.safetensors"


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
    if is_sharing() and own is None:
        store = once("embedding store", str(folder), lambda: RememberingStore(folder))
        if stays_frozen(config):
            views = getattr(network.backbone, "views", ())
            made_from = [plain_node(config.model), config.data.image_size, config.seed, list(views)]
            weights = once("weights digest", made_from, lambda: weights_digest(network))
    graphs = cache_folder(config) / EXPORTED
    return Embedder(network, preprocessing, store, cache_dir=cache / EXPORTED, graphs_dir=graphs, weights=weights)
