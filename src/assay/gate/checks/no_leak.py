"""NoLeak: no test image is among those that the candidate learned from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.config.bounds import AtLeast, Between
from assay.data.manifest import Manifest
from assay.errors import AssayError
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.gate.same_picture import Pictures, SamePicture
from assay.predictions import FloatArray

SEEN = ("train", "val", "calib")


@dataclass(frozen=True)
class NoLeak(Check):
    """Test images against those of train, val and calib: the same bytes, the same group, the same picture.

    Attributes:
        at_most: pairs of the same picture in other bytes that are put up with.
        bits: in which perceptual hashes of pictures differ at most to be looked at closely.
        cosine: of embeddings, likewise; the run's own, where it kept them.
        correlation: of the pixels from which on two pictures are the same; see `assay.gate.same_picture`.
    """

    stricter: ClassVar[dict[str, str]] = {
        "at_most": "lower",
        "bits": "higher",
        "cosine": "lower",
        "correlation": "lower",
    }
    at_most: Annotated[int, AtLeast(0)] = 0
    bits: Annotated[int, Between(0, 24)] = 8
    cosine: Annotated[float, Between(0.5, 1)] = 0.98
    correlation: Annotated[float, Between(0.9, 1)] = 0.9985

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "No test image, and no copy of one, among the images of train, val and calib"

    def evaluate(self, case: Case) -> Finding:
        """Compare bytes and groups, then pictures."""
        manifest, test = case.run.manifest, case.run.test
        others = {name: manifest.only(name) for name in SEEN if name in manifest.splits}
        ids, groups = set(test.ids.tolist()), set(test.groups.tolist())
        for name, images in others.items():
            if same := len(ids & set(images.ids.tolist())):
                return Finding(False, f"{same:,} of {len(test):,} test images are in {name}, byte for byte")
            if shared := len(groups & set(images.groups.tolist())):
                return Finding(False, f"{shared:,} groups of test images are in {name} too")
        pairs: list[str] = []
        without = []
        mine = self._embeddings(case, test)
        for name, images in others.items():
            theirs = None if mine is None else self._embeddings(case, images)
            if theirs is None:
                without.append(name)
            same_picture = SamePicture(self.bits, self.cosine, self.correlation)
            same_pictures = same_picture.pairs(
                _pictures(test, None if theirs is None else mine), _pictures(images, theirs)
            )
            pairs += [
                f"{test.paths[place].name} is {images.paths[other].name} in {name}" for place, other in same_pictures
            ]
        how = (
            "" if not without else f"; {', '.join(without)} by perceptual hash alone, the run kept no embeddings of it"
        )
        if len(pairs) > self.at_most:
            return Finding(
                False, f"{len(pairs):,} pictures of test are in other splits in other bytes: {pairs[0]}{how}"
            )
        more = f", {len(pairs)} the same picture" if pairs else ""
        total = sum(map(len, others.values()))
        return Finding(True, f"{len(test):,} test images against {total:,} others: none the same bytes{more}{how}")

    def _embeddings(self, case: Case, images: Manifest) -> FloatArray | None:
        """What the run said about the images of a split; None where it kept nothing that fits."""
        try:
            predictions = case.run.predictions(images.splits[0])
        except (AssayError, OSError, ValueError, KeyError):
            return None
        if predictions.embeddings is None:
            return None
        row = {image_id: place for place, image_id in enumerate(predictions.ids.tolist())}
        rows = [row.get(image_id, -1) for image_id in images.ids.tolist()]
        return None if min(rows, default=-1) < 0 else np.asarray(predictions.embeddings[rows])


def _pictures(images: Manifest, embeddings: FloatArray | None) -> Pictures:
    return Pictures(images.paths, images.table["phash"].to_numpy(dtype=np.uint64), embeddings)
