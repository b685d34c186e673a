"""Extractors: networks whose features FID and KID are about, each under a name that says which and at what size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.data.preprocessing import Preprocessing, Resize
from assay.files import sha256_of_file

if TYPE_CHECKING:
    from assay.embeddings.extract import Embedder
    from assay.models.network import Network

INCEPTION = "inception_v3"
"""torch-fidelity's own, which is the one of the literature; timm's is `inception_v3.tv_in1k`."""


@dataclass(frozen=True)
class ExtractorSpec:
    """Which features.

    Attributes:
        name: "inception_v3", or a timm architecture, with or without the tag of its weights.
        weights: "pretrained", or as `build_backbone` takes them; for inception_v3 the path of its weights instead.
        size: side in pixels to which both kinds of images are brought.
        resize: how.
    """

    name: str = "tf_efficientnet_lite0"
    weights: str = "pretrained"
    size: int = 224
    resize: Resize = "squash"

    @property
    def preprocessing(self) -> Preprocessing:
        """From a decoded picture to the extractor's input; the same for both sides."""
        return Preprocessing(size=self.size, resize=self.resize)

    @property
    def label(self) -> str:
        """What metric names carry, e.g. "tf_efficientnet_lite0@64": equal only where the features are."""
        weights = ""
        if self.weights != "pretrained":
            file = Path(self.weights).expanduser()
            known = sha256_of_file(file)[:8] if file.is_file() else self.weights.replace("/", "_")
            weights = f":{known}"
        return f"{self.name}{weights}@{self.size}{'' if self.resize == 'squash' else f'-{self.resize}'}"


def build_network(spec: ExtractorSpec, cache_dir: Path) -> Network:
    """The network, whose `embed` takes uint8 pictures [B, 3, S, S].

    Args:
        spec: which.
        cache_dir: where Inception's weights are kept.

    Raises:
        ConfigError: no such architecture.
        WeightsError: its weights are missing, unreachable, or not what they should be.
    """
    import torch

    from assay.models.backbone import build_backbone
    from assay.models.head import LinearHead
    from assay.models.network import Network

    if spec.name == INCEPTION:
        from assay.synthetic.fidelity.inception import inception_network

        return inception_network(spec.weights, cache_dir)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        backbone = build_backbone(spec.name, spec.weights, image_size=spec.size)
        return Network(backbone, LinearHead(embedding_dim=backbone.embedding_dim, classes=2))


def build_embedder(spec: ExtractorSpec, cache_dir: Path) -> Embedder:
    """What gives features of manifests, from the embedding store where it has them; raises as `build_network`."""
    from assay.embeddings.extract import Embedder
    from assay.embeddings.onnx_runtime import EXPORTED
    from assay.embeddings.store import EmbeddingStore

    network = build_network(spec, cache_dir)
    store = EmbeddingStore(cache_dir / "embeddings")
    backend: Any = "eager" if spec.name == INCEPTION else "auto"
    return Embedder(network, spec.preprocessing, store, backend=backend, cache_dir=cache_dir / EXPORTED)
