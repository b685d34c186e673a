"""The most confident errors, with their pictures as small data URIs."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.data.sample_range import FULL, SampleRange
from assay.errors import DataError
from assay.predictions import FloatArray, Predictions

log = logging.getLogger(__name__)

SIDE = 160
"""Longest side of a thumbnail in pixels."""


@dataclass(frozen=True)
class Mistake:
    """An image that was answered wrong.

    Attributes:
        id: sha256 of the image's bytes.
        true: name of its class.
        predicted: name of the class it was taken for.
        confidence: calibrated probability of `predicted`.
        true_probability: calibrated probability of `true`.
        name: file name, or "" when unknown.
        picture: data URI, or None.
        problem: why there is no picture.
    """

    id: str
    true: str
    predicted: str
    confidence: float
    true_probability: float
    name: str = ""
    picture: str | None = None
    problem: str = ""


def most_confident_mistakes(
    predictions: Predictions,
    probabilities: FloatArray,
    *,
    limit: int = 24,
    picture_of: Callable[[str], Path | None] | None = None,
    samples: SampleRange = FULL,
) -> list[Mistake]:
    """The wrong answers with the highest confidence, highest first.

    A picture that cannot be found or read is not an error: the mistake says why it has none.

    Args:
        predictions: the split that is reported.
        probabilities: [N, C], calibrated, in the order of `predictions`.
        limit: how many at most.
        picture_of: image id -> its file; None leaves the pictures out.
        samples: what is white in files whose samples have more than 8 bits.
    """
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != predictions.labels)
    first = wrong[np.lexsort((predictions.ids[wrong], -confidence[wrong]))][:limit]
    mistakes = []
    for index in first:
        image_id = str(predictions.ids[index])
        label = int(predictions.labels[index])
        name, picture, problem = picture_and_name(image_id, picture_of, samples)
        mistakes.append(
            Mistake(
                id=image_id,
                true=predictions.class_names[label],
                predicted=predictions.class_names[int(predicted[index])],
                confidence=float(confidence[index]),
                true_probability=float(probabilities[index, label]),
                name=name,
                picture=picture,
                problem=problem,
            )
        )
    return mistakes


def thumbnail(path: Path, samples: SampleRange = FULL) -> str:
    """The image as a JPEG data URI, at most 160 pixels on its longest side.

    Raises:
        DataError: the file cannot be read as an image.
    """
    from PIL import Image

    from assay.data.image import read_image

    image = Image.fromarray(read_image(path, samples))
    image.thumbnail((SIDE, SIDE))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode()


def picture_and_name(
    image_id: str, picture_of: Callable[[str], Path | None] | None, samples: SampleRange = FULL
) -> tuple[str, str | None, str]:
    """File name, thumbnail as a data URI or None, and why there is none."""
    if picture_of is None:
        return "", None, "no pictures were given"
    try:
        path = picture_of(image_id)
    except (KeyError, LookupError):
        path = None
    if path is None:
        return "", None, "the file is not known"
    try:
        return path.name, thumbnail(path, samples), ""
    except (DataError, OSError) as error:
        log.warning("report: no picture of %s: %s", path, error)
        return path.name, None, "the file cannot be read"
