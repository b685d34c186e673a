"""Fill the embedding store for a dataset, or check what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from omegaconf import DictConfig

from assay.config.request import Help

if TYPE_CHECKING:
    from assay.embeddings.validation import Validation


@dataclass(frozen=True)
class EmbedRequest:
    """The words of the command itself.

    Attributes:
        validate: whether what is stored is checked, and nothing is added.
    """

    validate: Annotated[bool, Help("checks what is stored instead of filling it")] = False


@dataclass(frozen=True)
class Embedded:
    """What the command leaves.

    Attributes:
        images: that have an embedding, or should have one.
        size: numbers in each embedding; 0 where the store was only checked.
        computed: embeddings that were computed now.
        note: what has to be known besides; "" for nothing.
        validation: of the store; None where it was filled.
    """

    images: int
    size: int
    computed: int
    note: str
    validation: Validation | None = None


def embed(request: EmbedRequest, config: DictConfig) -> Embedded:
    """Compute what is missing, or hold what is stored against what is computed now.

    Raises:
        AssayError: dataset or weights are not there.
    """
    from assay.run.images import build_preprocessing
    from assay.run.network import build_embedder, build_network
    from assay.run.training_images import load_manifest

    manifest = load_manifest(config)
    network = build_network(config, len(manifest.class_names))
    embedder = build_embedder(config, network, build_preprocessing(config, manifest))
    if request.validate:
        from assay.embeddings.validation import validate_embeddings

        validation = validate_embeddings(embedder, manifest)
        return Embedded(validation.images, 0, 0, "", validation)
    vectors = embedder(manifest)
    return Embedded(len(vectors), int(vectors.shape[1]), embedder.computed, embedder.note)
