"""Validation: is what the store holds for a manifest whole, complete, and still what the network computes?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.embeddings.runtime import TOLERANCE, relative_difference
from assay.embeddings.store import StoreProblem
from assay.embeddings.views import View, ViewPolicy

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.embeddings.extract import Embedder


@dataclass(frozen=True)
class Validation:
    """What was found about the embeddings of one manifest.

    Attributes:
        images: how many the manifest has.
        stored: how many of them have a verified vector in the store.
        problems: shards of the key that are damaged.
        compared: how many stored vectors were computed again.
        difference: the largest relative difference among those.
    """

    images: int
    stored: int
    problems: tuple[StoreProblem, ...]
    compared: int
    difference: float

    @property
    def ok(self) -> bool:
        """Complete, no damaged shard, and equal to what is computed now to 1e-3 relative."""
        return self.stored == self.images and not self.problems and self.difference <= TOLERANCE


def validate_embeddings(
    embedder: Embedder,
    manifest: Manifest,
    *,
    policy: ViewPolicy | None = None,
    view: int = 0,
    seed: int = 0,
    sample: int = 32,
) -> Validation:
    """Read all stored embeddings of a manifest and compute `sample` of them, evenly spread, once more.

    Damaged shards are set aside by this, so that the next `Embedder` call makes their images new.

    Raises:
        DataError: a sampled picture cannot be read or is not the one that the manifest saw.
        StoreError: the store cannot be read.
    """
    key = embedder.key(policy=policy, view=view, seed=seed)
    problems = embedder.store.validate(key)
    vectors, available = embedder.store.read(key, manifest.pixel_ids)
    stored = np.flatnonzero(available)
    rows = stored[np.unique(np.linspace(0, len(stored) - 1, min(sample, len(stored))).astype(int))]
    difference = 0.0
    if len(rows):
        chosen = replace(manifest, table=manifest.table.iloc[rows])
        fresh = embedder.compute(chosen, View(embedder.preprocessing, policy, view, seed))
        difference = relative_difference(vectors[rows], fresh)
    return Validation(len(manifest), len(stored), tuple(problems), len(rows), difference)
