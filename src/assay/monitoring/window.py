"""Window: what a span of the prediction log holds, as arrays that a million rows fit into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.monitoring.bounds import WindowBounds
from assay.predictions import FloatArray, IntArray

ROWS = ("times", "statistics", "confidence", "predicted", "probabilities", "rejected", "person", "domain")
NAMED = ("block", "arm", "version", "bundle", "ids")
"""Fields with one entry for each answer: what is measured, and what says whose answer it is."""


@dataclass(frozen=True, eq=False)
class Window:
    """N answers that were given, the oldest first, column by column.

    Attributes:
        bounds: that they are within, with both ends.
        class_names: C names, in the order of the probabilities.
        statistics_names: S names.
        times: datetime64[ms] [N], UTC.
        statistics: float32 [N, S], of each picture's pixels; NaN where the log has none.
        confidence: float32 [N], calibrated probability of the answer.
        predicted: int16 [N], class that was answered.
        probabilities: float32 [N, C], calibrated.
        rejected: bool [N], whether the confidence was too low; of rows of before this was kept apart, whether a person
            was to look at a picture that is in-domain.
        person: bool [N], whether a person was to look, for whatever reason.
        domain: int8 [N], index into `assay.postprocess.ood.two_stage.DOMAINS`.
        components: float32 [N, K] of the embeddings, NaN in rows that have none; None where no row has any.
        block: int32 [N], index into `keys`: pictures that one key sent are not independent of each other.
        arm: int8 [N], index into `arms`.
        version: int16 [N], index into `versions`.
        bundle: int16 [N], index into `bundles`.
        ids: bytes [N], of the answers; `id_list` gives them as text.
        keys: ids of keys.
        arms: "champion", "challenger", "shadow".
        versions: model and version, as "exposr 3".
        bundles: hex sha256.
    """

    bounds: WindowBounds
    class_names: tuple[str, ...]
    statistics_names: tuple[str, ...]
    times: NDArray[np.datetime64]
    statistics: FloatArray
    confidence: FloatArray
    predicted: IntArray
    probabilities: FloatArray
    rejected: NDArray[np.bool_]
    person: NDArray[np.bool_]
    domain: NDArray[np.int8]
    block: IntArray
    arm: NDArray[np.int8]
    version: IntArray
    bundle: IntArray
    ids: NDArray[np.bytes_]
    components: FloatArray | None = None
    keys: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.times)
        wrong = [name for name in (*ROWS, *NAMED) if len(getattr(self, name)) != n]
        if wrong or (self.components is not None and len(self.components) != n):
            raise DataError(f"a window of {n} answers has {wrong[0] if wrong else 'components'} of another length")

    def __len__(self) -> int:
        return len(self.times)

    @property
    def enough(self) -> bool:
        """Whether there are as many answers as the bounds want at least."""
        return len(self) >= self.bounds.smallest

    @cached_property
    def per_block(self) -> IntArray:
        """Answers of each key, int64, the order of `keys`."""
        return np.bincount(self.block, minlength=len(self.keys))

    def rows(self, chosen: NDArray[np.bool_] | IntArray) -> Window:
        """Some of the answers, by a mask [N] or by their row numbers, in that order; the lists of names stay."""
        columns: dict[str, Any] = {name: getattr(self, name)[chosen] for name in (*ROWS, *NAMED)}
        components = None if self.components is None else self.components[chosen]
        return replace(self, **columns, components=components)

    def id_list(self, chosen: NDArray[np.bool_] | IntArray | None = None) -> list[str]:
        """Ids of the answers, or of some of them, as text."""
        ids = self.ids if chosen is None else self.ids[chosen]
        return [each.decode() for each in ids.tolist()]
