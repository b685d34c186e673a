"""Answerer: what `Predictor` and `OnnxPredictor` have in common; and what one says about the files of a split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from assay.data.image import Pixels
from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.files import sha256_of_file
from assay.postprocess.calibration import Calibrator
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.reject import RejectRule
from assay.predictions import FloatArray, Predictions, joined
from assay.predictor import Answer, Picture, decoded
from assay.progress import track

BATCH = 32
Item = TypeVar("Item")


class Answerer(Protocol):
    """Answers about pictures, whatever computes; see `Predictor` for what each part is."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """C names, in the order of the logits."""

    @property
    def ordered(self) -> bool:
        """Whether the classes are grades."""

    @property
    def calibrator(self) -> Calibrator:
        """From logits to calibrated logits."""

    @property
    def reject(self) -> RejectRule:
        """Which answers are withheld."""

    @property
    def ood(self) -> TwoStage | None:
        """Which pictures are of another kind."""

    def answer(self, picture: Picture) -> Answer:
        """Calibrated answer about one picture."""

    def answers(self, pictures: Sequence[Picture]) -> list[Answer]:
        """Calibrated answers about pictures."""

    def look(self, images: Sequence[Pixels]) -> Predictions:
        """What the network says about decoded pictures whose classes nobody knows."""

    def probabilities(self, predictions: Predictions) -> FloatArray:
        """Calibrated probabilities [N, C] of what `look` gave."""

    def read(self, said: Predictions) -> list[Answer]:
        """The answers that a client gets, from what the network said."""


def said_of(
    look: Callable[[Sequence[Pixels]], Predictions], manifest: Manifest, *, what: str = "scoring"
) -> Predictions:
    """What a model says, before calibration, about the images of one split, from their files.

    Args:
        look: of the model.
        manifest: of one split; its files are read again.
        what: what progress calls the work.

    Raises:
        DataError: a file cannot be read, or holds another picture than the manifest says.
    """
    changed = [path for path, known in zip(manifest.paths, manifest.ids, strict=True) if _other(path, known)]
    if changed:
        raise DataError(
            f"{len(changed)} of {len(manifest)} files hold another picture than when the run was measured (first: "
            f"{changed[0]}); bring the former files back"
        )
    said = [
        look([decoded(path, str(path)) for path in batch])
        for batch in track(list(batches(manifest.paths)), what, unit="batches")
    ]
    return joined(said).about(manifest.ids, manifest.groups, manifest.labels, manifest.splits[0])


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """At most 32 items at a time, in order."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _other(path: Path, known: np.str_) -> bool:
    try:
        return sha256_of_file(path) != known
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
