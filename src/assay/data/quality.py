"""Statistics of a picture itself, whatever it shows: size, sharpness, light; read in the scan and in every answer."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# What is kept per image, computed by `statistics_of`, after the two that follow from width and height.
MEASURED = ("sharpness", "brightness", "contrast", "entropy")
STATISTICS = ("shorter_side", "aspect", *MEASURED)
UNITS = {
    "shorter_side": "pixels",
    "aspect": "width divided by height",
    "sharpness": "grey levels, standard deviation of the Laplacian",
    "brightness": "mean grey level of 0 to 255",
    "contrast": "grey levels, standard deviation",
    "entropy": "bits of 8, of the histogram of grey levels",
}
SIDE = 256


def statistics_of(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The statistics `STATISTICS` of one picture, float32 [6]; about 200 µs.

    All but the first two are of a grey copy whose longer side is scaled down to 256 pixels where it is longer, so that
    cameras of different resolution can be compared: blur that this scale does not show is not seen.

    - shorter_side: pixels.
    - aspect: width divided by height.
    - sharpness: standard deviation of the 3×3 Laplacian in grey levels; low for blur. Its square is LAPV of Pertuz et
      al. (2013), "Analysis of focus measure operators for shape-from-focus".
    - brightness: mean grey level, 0 to 255 (ITU-R BT.601 luma).
    - contrast: standard deviation of grey levels.
    - entropy: Shannon entropy of the 256-bin histogram of grey levels, in bits, 0 to 8.

    Args:
        image: uint8 [H, W, 3], RGB.
    """
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        small = max(1, round(width * scale)), max(1, round(height * scale))
        grey = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
    sharpness = float(cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1][0, 0])
    brightness, contrast = (float(value[0, 0]) for value in cv2.meanStdDev(grey))
    shares = cv2.calcHist([grey], [0], None, [256], [0, 256]).astype(np.float64) / grey.size
    shares = shares[shares > 0]
    entropy = max(0.0, float(-(shares * np.log2(shares)).sum()))
    return np.array([min(height, width), width / height, sharpness, brightness, contrast, entropy], dtype=np.float32)
