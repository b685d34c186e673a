"""EmbeddingKey: everything a vector depends on besides the image itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assay.files import digest_of

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class EmbeddingKey:
    """Names one set of embeddings in the store: two equal keys and one image give one vector.

    Attributes:
        weights: hex digest of the frozen backbone: architecture, parameters, buffers.
        preprocessing: hex digest of all that happens to the pixels: size, resize, normalisation and, for an
            augmented view, the policy, the view's number and the seed.
        dim: D, length of a vector.
        about: what a person would want to read about it; not a part of the identity.
    """

    weights: str
    preprocessing: str
    dim: int
    about: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def digest(self) -> str:
        """Hex sha256 of weights, preprocessing and dim; the name of the folder in the store."""
        return digest_of([SCHEMA_VERSION, self.weights, self.preprocessing, self.dim])
