"""Cases: the pictures that are explained, what the model says about each, and which class is explained."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assay.data.image import read_bytes
from assay.data.listing import list_images
from assay.errors import ConfigError, DataError, did_you_mean
from assay.explain.maps import ImageFile
from assay.predictions import FloatArray, Predictions

RANDOM, ERRORS, ASKED = "random", "errors", "asked"
PREDICTED, TRUE = "predicted", "true"
SHORTEST_ID = 6


@dataclass(frozen=True)
class ExplainedCase:
    """One picture to explain.

    Attributes:
        picture: id and file.
        sheet: "random", "errors" or "asked", which sheet it stands on.
        predicted: the class that the model takes it for.
        confidence: calibrated probability of `predicted`.
        true: its class, None when unknown.
        target: the class that is explained.
        group: images of one group are resampled together.
    """

    picture: ImageFile
    sheet: str
    predicted: int
    confidence: float
    true: int | None
    target: int
    group: str

    @property
    def wrong(self) -> bool:
        """Whether the model is known to be wrong about it."""
        return self.true is not None and self.true != self.predicted


def cases_of(
    predictions: Predictions, probabilities: FloatArray, rows: Iterable[int], files: dict[str, Path], sheet: str
) -> list[ExplainedCase]:
    """Cases of rows of predictions; the explained class is the predicted one.

    Args:
        predictions: of one split.
        probabilities: [N, C], calibrated.
        rows: which images.
        files: image id -> its file.
        sheet: which sheet they stand on.
    """
    return [
        ExplainedCase(
            picture=ImageFile(str(predictions.ids[row]), files[str(predictions.ids[row])]),
            sheet=sheet,
            predicted=int(probabilities[row].argmax()),
            confidence=float(probabilities[row].max()),
            true=int(predictions.labels[row]) if predictions.labels[row] >= 0 else None,
            target=int(probabilities[row].argmax()),
            group=str(predictions.groups[row]),
        )
        for row in rows
    ]


def random_rows(predictions: Predictions, count: int, *, seed: int) -> list[int]:
    """At most `count` images drawn without replacement; the draw depends on the images, not on their order."""
    by_id = np.argsort(predictions.ids)
    drawn = np.random.default_rng(seed).permutation(len(by_id))[:count]
    return [int(row) for row in by_id[drawn]]


def worst_rows(predictions: Predictions, probabilities: FloatArray, count: int) -> list[int]:
    """At most `count` wrong answers, the most confident first."""
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero((probabilities.argmax(axis=1) != predictions.labels) & (predictions.labels >= 0))
    return [int(row) for row in wrong[np.lexsort((predictions.ids[wrong], -confidence[wrong]))][:count]]


def with_target(cases: Sequence[ExplainedCase], target: str, class_names: Sequence[str]) -> list[ExplainedCase]:
    """The cases with another class explained.

    Args:
        cases: any.
        target: "predicted", "true", or the name of a class; a class that is called so comes second.
        class_names: C names.

    Raises:
        ConfigError: no such class.
        DataError: the true class of a picture is not known.
    """
    if target == PREDICTED:
        return list(cases)
    if target == TRUE:
        if unknown := [case for case in cases if case.true is None]:
            raise DataError(
                f"target=true: the true class of {unknown[0].picture.path} is not known; use target=predicted, or the "
                "name of a class"
            )
        return [replace(case, target=case.true) for case in cases if case.true is not None]
    if target not in class_names:
        raise ConfigError(f"target={target}: no such class; {did_you_mean(target, [PREDICTED, TRUE, *class_names])}")
    return [replace(case, target=list(class_names).index(target)) for case in cases]


def pictures_in(path: Path) -> list[ImageFile]:
    """A file, or the images under a folder, by their content.

    Raises:
        DataError: nothing there is an image, or a file cannot be read.
    """
    files = [path] if path.is_file() else [Path(name) for name in list_images(str(path.absolute())).images]
    if not files:
        raise DataError(f"images={path}: no images in this folder")
    return [ImageFile(hashlib.sha256(read_bytes(file)).hexdigest(), file.absolute()) for file in files]


def ids_like(beginnings: Sequence[str], known: Sequence[str]) -> list[str]:
    """The ids that begin like this, one for each.

    Raises:
        DataError: none, or several do.
    """
    ids = []
    for beginning in beginnings:
        matches = [entry for entry in known if entry.startswith(beginning)]
        if len(matches) != 1:
            message = "no image of the run has" if not matches else f"{len(matches)} images of the run have"
            raise DataError(
                f"images={beginning}: {message} an id that begins like this; ids are in predictions and report"
            )
        ids += matches
    return ids
