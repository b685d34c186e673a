"""The nearest of some real pictures, by perceptual hash, by pixels and by embedding, whatever way it was turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.vendi import unit_length
from assay.synthetic.fidelity.appearance import ORIENTATIONS, contrast, hashes, oriented

Float32Array = NDArray[np.float32]
_PIECE = 256
FAR = 64
FEWEST_COMMON = 20


@dataclass(frozen=True)
class Looks:
    """What pictures are recognised by.

    Attributes:
        spectra: appearances [N, 256].
        embeddings: [N, D], of length 1.
    """

    spectra: Float32Array
    embeddings: Float32Array

    @classmethod
    def of(cls, spectra: Float32Array, features: NDArray[np.floating]) -> Looks:
        """From appearances and features as an extractor gives them."""
        return cls(spectra, unit_length(features))

    def rows(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Looks:
        """Some of them."""
        return Looks(self.spectra[rows], self.embeddings[rows])

    def __len__(self) -> int:
        return len(self.spectra)


@dataclass(frozen=True)
class Nearest:
    """For each of N pictures the nearest of others, three times; `*_row` is -1 where there are no others.

    Attributes:
        bits: int [N], in which the hashes differ, and `bits_row`, `bits_turn`, whose and in which orientation.
        pixels: [N], 1 - correlation of the small pictures but for the common look, and `pixels_row`, `pixels_turn`.
        embedding: [N], 1 - cosine, neither turned, and `embedding_row`.
        same_row: int [N], the picture that it is a cut, framed or scaled copy of, as the splits look for copies.
    """

    bits: NDArray[np.int64]
    bits_row: NDArray[np.intp]
    bits_turn: NDArray[np.intp]
    pixels: Float32Array
    pixels_row: NDArray[np.intp]
    pixels_turn: NDArray[np.intp]
    embedding: Float32Array
    embedding_row: NDArray[np.intp]
    same_row: NDArray[np.intp]


def nearest(pictures: Looks, others: Looks, same: Sequence[tuple[int, int]] = ()) -> Nearest:
    """The nearest of `others` in all eight orientations; an even surface is near to none by its pixels.

    Args:
        pictures: N of them.
        others: M real ones.
        same: rows of both that are one picture, as `assay.data.copies` finds them.
    """
    count = len(pictures)
    bits, pixels, embedding = np.full(count, FAR), np.full(count, 2.0, np.float32), np.full(count, 2.0, np.float32)
    rows = {name: np.full(count, -1, dtype=np.intp) for name in ("bits", "pixels", "embedding")}
    turns = {name: np.zeros(count, dtype=np.intp) for name in ("bits", "pixels")}
    if len(others):
        common = common_look(others)
        own = hashes(pictures.spectra)
        bland = _bland(pictures)
        for start in range(0, count, _PIECE):
            part = slice(start, start + _PIECE)
            closeness = pictures.embeddings[part] @ others.embeddings.T
            rows["embedding"][part] = closeness.argmax(axis=1)
            embedding[part] = 1 - closeness.max(axis=1)
        for turn in range(len(ORIENTATIONS)):
            turned = oriented(others.spectra, turn)
            codes = hashes(turned)
            shown, faces = apart_from(pictures.spectra, common, turn), apart_from(turned, common, turn).T
            for start in range(0, count, _PIECE):
                part = slice(start, start + _PIECE)
                _keep(1 - shown[part] @ faces, turn, part, pixels, rows["pixels"], turns["pixels"])
                differing = np.bitwise_count(own[part, None] ^ codes[None]).astype(np.int64)
                differing[bland[part]] = FAR  # hashes of even surfaces are alike whatever they are of
                _keep(differing, turn, part, bits, rows["bits"], turns["bits"])
    same_row = np.full(count, -1, dtype=np.intp)
    for row, other in same:
        same_row[row] = other
    return Nearest(
        bits,
        rows["bits"],
        turns["bits"],
        pixels,
        rows["pixels"],
        turns["pixels"],
        embedding,
        rows["embedding"],
        same_row,
    )


def common_look(others: Looks) -> Float32Array:
    """What all these pictures have in common, [256]; nothing where there are too few to tell.

    Solar cells, faces and coins are alike in most of their pixels; what makes a picture itself is the rest.
    """
    if len(others) < FEWEST_COMMON:
        return np.zeros((1, others.spectra.shape[1]), dtype=np.float32)
    shown = contrast(others.spectra)
    return np.concatenate([np.zeros((1, 1)), shown.mean(axis=0, keepdims=True)], axis=1).astype(np.float32)


def apart_from(spectra: Float32Array, common: Float32Array, turn: int) -> Float32Array:
    """Pictures without brightness and contrast, and without the common look in this orientation, [N, 255]."""
    shown = contrast(spectra)
    rest = shown - oriented(common, turn)[:, 1:]
    rest[np.abs(shown).sum(axis=1) == 0] = 0
    lengths = np.linalg.norm(rest, axis=1, keepdims=True)
    return (rest / np.maximum(lengths, 1e-6)).astype(np.float32)


def best_turn(picture: Looks, other: Looks, common: Float32Array) -> int:
    """The orientation in which the pixels of one pair are the nearest; `common` as `common_look` gives it."""
    return min(range(len(ORIENTATIONS)), key=lambda turn: between(picture, other, turn, common)[1])


def between(picture: Looks, other: Looks, turn: int, common: Float32Array) -> tuple[int, float, float]:
    """Bits, pixels and embedding distance of one pair, the other turned; `common` as `common_look` gives it."""
    turned = oriented(other.spectra, turn)
    bits = int(np.bitwise_count(hashes(picture.spectra) ^ hashes(turned))[0])
    shown, face = apart_from(picture.spectra, common, turn), apart_from(turned, common, turn)
    pixels = 1 - float(shown[0] @ face[0])
    return bits, pixels, 1 - float(picture.embeddings[0] @ other.embeddings[0])


def _bland(pictures: Looks) -> NDArray[np.bool_]:
    return np.asarray(np.abs(contrast(pictures.spectra)).sum(axis=1) == 0)


def _keep(
    distances: NDArray[np.floating] | NDArray[np.integer],
    turn: int,
    part: slice,
    best: NDArray[np.floating] | NDArray[np.integer],
    rows: NDArray[np.intp],
    turns: NDArray[np.intp],
) -> None:
    where = distances.argmin(axis=1)
    value = distances[np.arange(len(distances)), where]
    better = value < best[part]
    best[part] = np.where(better, value, best[part])
    rows[part] = np.where(better, where, rows[part])
    turns[part] = np.where(better, turn, turns[part])
