"""What stands in place of deleted cells: a picture from which the explained class is gone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from assay.explain.sanity.deletion import Pixels, Probabilities
from assay.predictions import FloatArray, IntArray


def blurred_picture(picture: Pixels) -> Pixels:
    """The picture [3, S, S] under a Gaussian blur of a twelfth of its side, without its details."""
    sigma = picture.shape[-1] / 12
    blurred = cv2.GaussianBlur(np.ascontiguousarray(picture.transpose(1, 2, 0)), (0, 0), sigma)
    return blurred.transpose(2, 0, 1).astype(np.uint8)


def mean_colour(picture: Pixels) -> Pixels:
    """The mean colour of the picture [3, S, S] everywhere."""
    mean = np.rint(picture.mean(axis=(1, 2), keepdims=True)).astype(np.uint8)
    return np.broadcast_to(mean, picture.shape)


BLANKS: dict[str, Callable[[Pixels], Pixels]] = {"the blurred picture": blurred_picture, "its mean colour": mean_colour}


def best_blank(pictures: Pixels, targets: IntArray, probabilities: Probabilities) -> tuple[str, Pixels, FloatArray]:
    """The blank that leaves least of the explained classes, whatever the maps say.

    A blur leaves a large bright object where it was; a plain colour may be a class of its own.

    Args:
        pictures: uint8 [N, 3, S, S].
        targets: [N], the explained classes.
        probabilities: the model.

    Returns:
        Its name, the blanks [N, 3, S, S], and the probability of each target that is left.
    """
    rows = np.arange(len(pictures))
    blanked = []
    for name, blank_of in BLANKS.items():
        blanks = np.stack([blank_of(picture) for picture in pictures])
        blanked.append((name, blanks, probabilities(blanks)[rows, targets]))
    return min(blanked, key=lambda entry: float(entry[2].mean()))
