"""KnownPictures: what a new picture is held against, so that none comes in twice and none of a test set at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.collection.ledger import LedgerEntry
from assay.collection.outcome import KEPT, WITHDRAWN
from assay.collection.validated import Validated
from assay.data.perceptual_hash import SIDE, distance

BITS, LEVELS = 6, 4.0
"""Two pictures are one where their hashes differ in so many bits at most, and their thumbnails by so many grey levels
on average: hashes alone take different pictures of one kind for copies."""
TEST_BITS = 3
"""Where only the hash of a test image is known, few bits decide: a false refusal costs one picture, a leak the test."""


@dataclass(frozen=True)
class TestImage:
    """An image of a registered model's test set.

    Attributes:
        sha256: of its file.
        phash: perceptual hash.
        of: the model's version, as `cells 3`.
    """

    __test__ = False

    sha256: str
    phash: int
    of: str


class KnownPictures:
    """Pictures of a collection, those that were taken down, and those of test sets.

    Args:
        entries: of the ledger.
        test_images: that must not be collected.
    """

    def __init__(self, entries: Iterable[LedgerEntry], test_images: Iterable[TestImage] = ()) -> None:
        self._by_digest: dict[str, str] = {}
        self._withdrawn: set[str] = set()
        self._hashes: list[int] = []
        self._greys: list[NDArray[np.uint8]] = []
        self._names: list[str] = []
        for entry in entries:
            if entry.outcome == KEPT:
                self._note(entry.sha256, entry.pixels, int(entry.phash, 16), entry.grey, entry.file)
            elif entry.outcome == WITHDRAWN and entry.sha256:
                self._withdrawn |= {entry.sha256, entry.pixels}
        tests = list(test_images)
        self._tests = {image.sha256: image.of for image in tests}
        self._test_hashes = np.array([image.phash for image in tests], dtype=np.uint64)
        self._test_names = [image.of for image in tests]

    def add(self, picture: Validated, file: str) -> None:
        """A picture has come in."""
        self._note(picture.sha256, picture.pixels, picture.phash, picture.grey.tobytes(), file)

    def why_not(self, picture: Validated) -> str:
        """Which known picture it is, as a sentence's end; "" where it is new."""
        if of := self._tests.get(picture.sha256):
            return f"is in the test set of {of}"
        if {picture.sha256, picture.pixels} & self._withdrawn:
            return "was taken down"
        for digest in (picture.sha256, picture.pixels):
            if name := self._by_digest.get(digest):
                return f"is {name}"
        if len(self._test_hashes):
            bits = distance(self._test_hashes, _hash(picture))
            if bits[near := int(bits.argmin())] <= TEST_BITS:
                return f"looks like an image of the test set of {self._test_names[near]}"
        return self._looks_like(picture)

    def _looks_like(self, picture: Validated) -> str:
        if not self._hashes:
            return ""
        bits = distance(np.array(self._hashes, dtype=np.uint64), _hash(picture))
        for place in np.flatnonzero(bits <= BITS):
            difference = np.abs(self._greys[place].astype(np.int16) - picture.grey.astype(np.int16)).mean()
            if difference <= LEVELS:
                return f"looks like {self._names[place]} ({bits[place]} bits, {difference:.1f} grey levels apart)"
        return ""

    def _note(self, sha256: str, pixels: str, phash: int, grey: bytes, name: str) -> None:
        self._by_digest |= {sha256: name, pixels: name}
        self._hashes.append(phash)
        self._greys.append(np.frombuffer(grey, np.uint8).reshape(SIDE, SIDE))
        self._names.append(name)


def _hash(picture: Validated) -> NDArray[np.uint64]:
    return np.array([picture.phash], dtype=np.uint64)
