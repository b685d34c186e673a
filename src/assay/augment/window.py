"""Random windows: a part of a picture, brought to the square that evaluation would make of it."""

from __future__ import annotations

import math

import numpy as np

from assay.data.preprocessing import ByteImage, Preprocessing, Resize


def random_window(
    image: ByteImage, size: int, resize: Resize, rng: np.random.Generator, *, min_area: float, max_stretch: float
) -> ByteImage:
    """A random part of a picture, resized to a square.

    The shape of the window is that of what evaluation looks at (the whole picture; for "crop" a square), stretched by a
    factor between 1/max_stretch and max_stretch, uniform in its logarithm. Its area is a uniform share, from min_area
    to 1, of the largest window of that shape in the picture, so a long picture is varied like any other. With "squash"
    and "crop" the window is squashed; with "letterbox" it is padded.

    Args:
        image: uint8 [H, W, 3].
        size: side of the square, in pixels.
        resize: how evaluation brings a picture to a square.
        rng: source of randomness.
        min_area: smallest share of the largest window, in (0, 1].
        max_stretch: largest change of the aspect ratio, 1 or more.

    Returns:
        uint8 [size, size, 3].

    Source: random resized crop, Szegedy et al. (2015), "Going deeper with convolutions", section 6; common code draws
    windows that do not fit again and gives up after ten, which leaves long pictures nearly unvaried.
    """
    height, width = image.shape[:2]
    area, stretch, down, across = rng.random(4)
    aspect = (1.0 if resize == "crop" else width / height) * math.exp((2 * stretch - 1) * math.log(max_stretch))
    side = math.sqrt(min_area + (1 - min_area) * area)
    rows = max(1, round(side * min(height, width / aspect)))
    columns = max(1, round(side * min(width, height * aspect)))
    top, left = int(down * (height - rows + 1)), int(across * (width - columns + 1))
    window = image[top : top + rows, left : left + columns]
    return Preprocessing(size, "letterbox" if resize == "letterbox" else "squash")(window)
