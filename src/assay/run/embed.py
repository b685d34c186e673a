"""Fill the embedding store for a dataset, or check what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from omegaconf import DictConfig

from assay.config.bounds import AtLeast
from assay.config.request import Help
from assay.errors import ConfigError

if TYPE_CHECKING:
    from assay.embeddings.validation import Validation
    from assay.launchers.elsewhere import Elsewhere


@dataclass(frozen=True)
class EmbedRequest:
    """The words of the command itself.

    Attributes:
        validate: whether what is stored is checked, and nothing is added.
        launcher: what sends workers; "" for none, and this process computes.
        workers: how many at once; None for as many as suit the launcher.
        shards: parts of the dataset that workers claim; None for as many as suit its size.
        settings: of the launcher, by name.
    """

    validate: Annotated[bool, Help("checks what is stored instead of filling it")] = False
    launcher: Annotated[
        Literal["", "local", "joblib", "submitit_local", "submitit_slurm", "ray"],
        Help("sends workers that embed parts of the dataset at once"),
    ] = ""
    workers: Annotated[
        int | None, AtLeast(1), Help("workers at once; by default one per GPU, else per core; Slurm needs a number")
    ] = None
    shards: Annotated[
        int | None, AtLeast(1), Help("parts that workers claim; by default of at most 1,024 images, and at least 16")
    ] = None
    settings: Mapping[str, Any] = field(default_factory=dict)


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
        AssayError: dataset or weights are not there, a picture cannot be read, or workers ended before all was stored.
    """
    launcher = _launcher(request, config)
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
    computed, notes = 0, []
    if launcher is not None:
        from assay.run.embed_elsewhere import embed_elsewhere

        elsewhere = embed_elsewhere(embedder, manifest, config, launcher, request.shards)
        computed, notes = elsewhere.computed, [elsewhere.note]
    vectors = embedder(manifest)
    notes.append(embedder.note)
    return Embedded(
        len(vectors), int(vectors.shape[1]), computed + embedder.computed, "; ".join(note for note in notes if note)
    )


def _launcher(request: EmbedRequest, config: DictConfig) -> Elsewhere | None:
    """The launcher that was asked for, before anything heavy is loaded."""
    if request.validate and request.launcher:
        raise ConfigError(f"launcher={request.launcher}: --validate checks in this process; leave one of them out")
    if not request.launcher:
        alone = {"workers": request.workers, "shards": request.shards} | {
            f"launcher.{name}": value for name, value in request.settings.items()
        }
        if given := next((f"{key}={value}" for key, value in alone.items() if value is not None), ""):
            raise ConfigError(f"{given}: without a launcher this process embeds alone; add launcher=local")
        return None
    from assay.launchers.elsewhere import elsewhere
    from assay.run.workspace import cache_folder

    logs = cache_folder(config) / "embeddings" / "submitit" / "%j"
    return elsewhere(request.launcher, request.workers, request.settings, logs)
