"""`assay embed`: fill the embedding store for a dataset, or check what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.config import door
from assay.errors import StoreError
from assay.run.images import build_preprocessing
from assay.run.network import build_embedder, build_network
from assay.run.training_images import load_manifest

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.embeddings.extract import Embedder


def main(arguments: Sequence[str], program: str) -> None:
    """Run the command with the words after its name; `--validate` checks what is stored instead of filling it."""
    validate = "--validate" in arguments
    config = door.single([word for word in arguments if word != "--validate"], program)
    if config is None:
        return
    manifest = load_manifest(config)
    network = build_network(config, len(manifest.class_names))
    embedder = build_embedder(config, network, build_preprocessing(config, manifest))
    if validate:
        _validate(embedder, manifest)
        return
    vectors = embedder(manifest)
    print(f"{len(vectors)} embeddings of {vectors.shape[1]} numbers, {embedder.computed} of them computed now")
    if embedder.note:
        print(embedder.note)


def _validate(embedder: Embedder, manifest: Manifest) -> None:
    from assay.embeddings.validation import validate_embeddings

    found = validate_embeddings(embedder, manifest)
    print(f"{found.stored} of {found.images} images have a verified embedding")
    print(f"{found.compared} were computed again; the largest relative difference is {found.difference:.1e}")
    for problem in found.problems:
        print(problem)
    if not found.ok:
        raise StoreError("the stored embeddings are not complete and sound; run the command without --validate")
