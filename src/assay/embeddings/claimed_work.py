"""What one of several workers does: claim a part, embed what it lacks, store it, and take the next."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.embeddings.claims import claimed
from assay.embeddings.parts import VectorPart
from assay.embeddings.stored_ids import StoredIds
from assay.errors import DataError

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.embeddings.extract import Embedder

PATIENCE = 0.5
"""Seconds until parts that others have are looked at again."""


@dataclass(frozen=True)
class Done:
    """What a worker has done.

    Attributes:
        computed: embeddings that it computed.
        backend: what computed; "" where nothing was left for it.
        note: see `Embedder.note`.
        refused: the first part, by its number, of which a picture cannot be read, and why; None where there is none.
    """

    computed: int
    backend: str
    note: str
    refused: tuple[int, DataError] | None


def work_through(embedder: Embedder, manifest: Manifest, parts: Sequence[VectorPart]) -> Done:
    """Embed the parts that nobody has done, until all are stored; a part of a worker that dies is taken over.

    A part with a picture that cannot be read is left at that picture, as one process leaves it, and the others go on.

    Args:
        embedder: of the frozen network; its vectors lie in its store afterwards.
        manifest: of which the parts were cut.
        parts: see `cut`.

    Raises:
        StoreError: see `Embedder`; or no claim can be taken.
    """
    key = embedder.key()
    folder = embedder.store.folder(key)
    stored = StoredIds(folder)
    refused: dict[int, DataError] = {}
    left = dict(enumerate(parts))
    while left:
        stored.refresh()
        left = {number: part for number, part in left.items() if stored.missing(part.ids)}
        waiting = True
        for number, part in list(left.items()):
            with claimed(folder, part) as own:
                if not own:
                    continue
                waiting = False
                del left[number]
                stored.refresh()
                if stored.missing(part.ids):
                    try:
                        embedder(replace(manifest, table=manifest.table.iloc[part.rows]))
                    except DataError as error:
                        refused[number] = error
        if left and waiting:
            time.sleep(PATIENCE)
    runtime = embedder.runtime
    first = min(refused.items(), default=None, key=lambda each: each[0])
    return Done(embedder.computed, runtime.backend if runtime else "", embedder.note, first)
