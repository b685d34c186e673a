"""Answer: what a client hears about one picture; and the kinds of pictures that can be asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.data.image import Pixels, decode_image, read_image
from assay.data.sample_range import FULL, SampleRange
from assay.errors import DataError
from assay.predictions import FloatArray

Picture = str | Path | bytes | Pixels
"""The path of a file, its bytes, or uint8 RGB [H, W, 3]."""


@dataclass(frozen=True)
class Answer:
    """What a predictor says about one picture.

    Attributes:
        label: name of the most probable class.
        confidence: its calibrated probability.
        probabilities: [C], calibrated, in the order of the class names.
        rejected: whether the answer should go to a person, because its confidence is too low.
        domain: "in-domain", "unsure" or "out": whether the picture is of the kind that the model was made for; always
            "in-domain" where nothing checks that.
        reason: why it is not in-domain, in words; else "".
        possible: classes of the conformal set, the most probable first: with the probability that the set promises, the
            true class is among them; () where none was measured.
        statistics: of the picture's pixels, by name, as `assay.data.quality` computes them.
        components: float16 [K] of the picture's embedding, as the bundle's `Projection` makes them; None without one.
            For the log alone: no client is told them.
    """

    label: str
    confidence: float
    probabilities: FloatArray
    rejected: bool = False
    domain: str = "in-domain"
    reason: str = ""
    possible: tuple[str, ...] = ()
    statistics: Mapping[str, float] = field(default_factory=dict, repr=False, compare=False)
    components: NDArray[np.float16] | None = field(default=None, repr=False, compare=False)


def decoded(picture: Picture, name: str, samples: SampleRange = FULL) -> Pixels:
    """uint8 RGB [H, W, 3] of a file, of its bytes, or of what is decoded already.

    Args:
        picture: what is asked about.
        name: what an error calls it.
        samples: what is white in a file whose samples have more than 8 bits; `Answerer.samples`.

    Raises:
        DataError: it cannot be decoded, or is an array of another kind.
    """
    if isinstance(picture, bytes):
        return decode_image(picture, name, samples)
    if isinstance(picture, (str, Path)):
        return read_image(Path(picture), samples)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise DataError(f"{name}: uint8 RGB [H, W, 3] is needed, got {picture.dtype} {list(picture.shape)}")
    return picture
