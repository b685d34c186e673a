"""Statistics of a picture itself, whatever it shows: size, sharpness, light, colour; read in scan and answer."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

CHECKED = ("shorter_side", "aspect", "sharpness", "brightness", "contrast", "entropy")
"""Those that the quick checks of the OOD rule set limits to. More limits would send more usual pictures away."""
WATCHED = ("clipped", "colourfulness", "warmth", "noise", "blockiness")
"""Those that drift alone is measured in."""
STATISTICS = (*CHECKED, *WATCHED)
# What is kept per image, computed by `statistics_of`, after the two that follow from width and height.
MEASURED = STATISTICS[2:]
UNITS = {
    "shorter_side": "pixels",
    "aspect": "width divided by height",
    "sharpness": "grey levels, standard deviation of the Laplacian",
    "brightness": "mean grey level of 0 to 255",
    "contrast": "grey levels, standard deviation",
    "entropy": "bits of 8, of the histogram of grey levels",
    "clipped": "share of pixels that are black or white without a shade",
    "colourfulness": "levels of 0 to 255, after Hasler and Süsstrunk",
    "warmth": "levels, mean of red less that of blue",
    "noise": "grey levels, standard deviation after Immerkær",
    "blockiness": "steps across borders of 8×8 blocks over those elsewhere; 1 for no blocks",
}
SIDE = 256
COLOUR_SIDE = 128
BLOCK = 8
_AXES = np.array([[1, -1, 0], [0.5, 0.5, -1], [1, 0, -1]], dtype=np.float32)
"""Red less green, yellow less blue, red less blue."""
_NOISE = np.array([1, -2, 1], dtype=np.float32)
"""Immerkær's mask is this one times itself across."""


def statistics_of(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The statistics `STATISTICS` of one picture, float32 [11]; about 400 µs.

    Those from sharpness to clipped are of a grey copy whose longer side is scaled down to 256 pixels where it is
    longer, so that cameras of different resolution can be compared: blur that this scale does not show is not seen.

    - shorter_side: pixels.
    - aspect: width divided by height.
    - sharpness: standard deviation of the 3×3 Laplacian in grey levels; low for blur. Its square is LAPV of Pertuz et
      al. (2013), "Analysis of focus measure operators for shape-from-focus".
    - brightness: mean grey level, 0 to 255 (ITU-R BT.601 luma).
    - contrast: standard deviation of grey levels.
    - entropy: Shannon entropy of the 256-bin histogram of grey levels, in bits, 0 to 8.
    - clipped: share of the pixels that are 0 or 255.
    - colourfulness: M of Hasler and Süsstrunk (2003), "Measuring colourfulness in natural images", of at most 128 × 128
      pixels in a grid; 0 for grey.
    - warmth: mean of red less mean of blue, of the same pixels; below 0 for a cold light.
    - noise: standard deviation that Immerkær (1996), "Fast noise variance estimation", reads off 256 × 256 pixels of
      the middle, not scaled; fine texture counts as noise too.
    - blockiness: of the same pixels, the mean step of grey across the borders of JPEG's 8×8 blocks, over that within
      them, as Wang, Sheikh and Bovik (2002) compare them; 1 for no blocks, also where a picture was scaled since.

    Args:
        image: uint8 [H, W, 3], RGB.
    """
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    middle = _middle(grey)
    if scale < 1:
        small = max(1, round(width * scale)), max(1, round(height * scale))
        grey = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
    sharpness = float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1][0, 0])
    brightness, contrast = (float(value[0, 0]) for value in cv2.meanStdDev(grey))
    shares = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.float64) / grey.size
    clipped = float(shares[0] + shares[255])
    shares = shares[shares > 0]
    entropy = max(0.0, float(-(shares * np.log2(shares)).sum()))
    values = (min(height, width), width / height, sharpness, brightness, contrast, entropy, clipped)
    return np.array([*values, *_colour(image), _noise(middle), _blockiness(middle)], dtype=np.float32)


def _middle(grey: NDArray[Any]) -> NDArray[Any]:
    """At most 256 × 256 pixels of the middle, that begin where a block of JPEG does."""
    top, left = (max(0, (side - SIDE) // 2) // BLOCK * BLOCK for side in grey.shape)
    return grey[top : top + SIDE, left : left + SIDE]


def _colour(image: NDArray[np.uint8]) -> tuple[float, float]:
    """Colourfulness and warmth."""
    step = max(1, -(-max(image.shape[:2]) // COLOUR_SIDE))
    means, spreads = cv2.meanStdDev(
        cv2.transform(np.ascontiguousarray(image[::step, ::step]).astype(np.float32), _AXES)
    )
    opponent = float(np.hypot(*spreads[:2, 0]) + 0.3 * np.hypot(*means[:2, 0]))
    return opponent, float(means[2, 0])


def _noise(grey: NDArray[Any]) -> float:
    if min(grey.shape) < 3:
        return 0.0
    differences = cv2.sepFilter2D(grey, cv2.CV_16S, _NOISE, _NOISE)[1:-1, 1:-1]
    return float(np.sqrt(np.pi / 2) / 6 * cv2.norm(differences, cv2.NORM_L1) / differences.size)


def _blockiness(grey: NDArray[Any]) -> float:
    if min(grey.shape) < 2 * BLOCK:
        return 1.0
    border = inside = 0.0
    borders = others = 0
    for axis, steps in enumerate((cv2.absdiff(grey[:, 1:], grey[:, :-1]), cv2.absdiff(grey[1:], grey[:-1]))):
        sums = cv2.reduce(steps, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
        across = sums[BLOCK - 1 :: BLOCK]
        size = steps.shape[axis]
        border, borders = border + float(across.sum()), borders + len(across) * size
        inside, others = inside + float(sums.sum() - across.sum()), others + (len(sums) - len(across)) * size
    # A grey level more on both sides, so that an even picture, of which nothing is known, has 1.
    return (border / borders + 1) / (inside / others + 1)
