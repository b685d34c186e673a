"""FindSettings and Sources: what an audit looks for, and what it may ask besides the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.audit.finding import KINDS
from assay.data.manifest import Manifest
from assay.errors import DataError, did_you_mean

FAST = ("quality", "copies", "leak", "shortcut", "rights")
"""Kinds that need nothing but the files."""

Embed = Callable[[Manifest], NDArray[np.float32]]


@dataclass(frozen=True)
class FindSettings:
    """What is looked for.

    Attributes:
        kinds: of `KINDS`.
        seed: of folds, trees and resamples.

    Raises:
        DataError: no such kind.
    """

    kinds: tuple[str, ...] = FAST
    seed: int = 0

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise DataError(f"nothing of the kind {kind!r} can be looked for; {did_you_mean(kind, list(KINDS))}")


@dataclass(frozen=True)
class Sources:
    """What finders may ask besides the manifest.

    Attributes:
        cache_dir: where scans are kept.
        embed: gives embeddings float32 [N, D] of a manifest's pictures; None where there are none.
        embedded_by: what those embeddings depend on, in a word that changes with it.
        tested: test images of registered models, by the name that a person knows the model by.
    """

    cache_dir: Path
    embed: Embed | None = None
    embedded_by: str = ""
    tested: Mapping[str, Manifest] = field(default_factory=dict)
