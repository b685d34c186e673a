"""Same picture: pictures of two sets that are the same one, encoded or scaled in another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.data.image import read_image
from assay.data.perceptual_hash import distance
from assay.errors import DataError
from assay.predictions import FloatArray

SIDE = 64
PIECE = 256


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of one set.

    Attributes:
        paths: [N].
        hashes: uint64 [N], perceptual.
        embeddings: float32 [N, D] by one network for both sets; None looks at hashes alone.
    """

    paths: list[Path]
    hashes: NDArray[np.uint64]
    embeddings: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class SamePicture:
    """What makes two pictures the same one.

    Hash and embedding only name the suspects, since in a narrow domain different objects share both: of 656 x 1,706
    pairs of different solar cells, 1,601 are suspects. The pixels decide: scaled to 64 x 64 and grey, copies in another
    format (JPEG of quality 60), size (half) or brightness (0.8) correlate by 0.9993 and more, different cells by 0.9978
    at most. A copy that is cropped, turned or mirrored is not found.

    Attributes:
        bits: in which perceptual hashes of suspects differ at most.
        cosine: of the embeddings of suspects at least.
        correlation: of the grey pictures of a pair at least.
    """

    bits: int = 8
    cosine: float = 0.98
    correlation: float = 0.9985
    _seen: dict[Path, FloatArray] = field(default_factory=dict, repr=False)

    def pairs(self, first: Pictures, second: Pictures) -> Iterator[tuple[int, int]]:
        """Rows of both sets that hold the same picture.

        Raises:
            DataError: a suspect cannot be read.
        """
        for place, other in self._suspects(first, second):
            a, b = self._grey(first.paths[place]), self._grey(second.paths[other])
            if float((a * b).sum()) >= self.correlation:
                yield place, other

    def _suspects(self, first: Pictures, second: Pictures) -> Iterator[tuple[int, int]]:
        mine, theirs = _unit(first.embeddings), _unit(second.embeddings)
        for start in range(0, len(first.paths), PIECE):
            piece = slice(start, start + PIECE)
            near = distance(first.hashes[piece, None], second.hashes[None, :]) <= self.bits
            if mine is not None and theirs is not None:
                near |= mine[piece] @ theirs.T >= self.cosine
            for place, other in zip(*np.nonzero(near), strict=True):
                yield start + int(place), int(other)

    def _grey(self, path: Path) -> FloatArray:
        """Grey, 64 x 64, of mean 0 and length 1; an even surface keeps its brightness alone."""
        import cv2

        if path not in self._seen:
            try:
                pixels = read_image(path)
            except OSError as error:
                raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
            small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64)
            centred = grey - grey.mean()
            length = float(np.linalg.norm(centred))
            self._seen[path] = centred / length if length > SIDE / 8 else np.full_like(grey, 1 / SIDE)
        return self._seen[path]


def _unit(vectors: FloatArray | None) -> FloatArray | None:
    if vectors is None:
        return None
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)
