"""Heat over a picture, in a colour scale that survives a grey printer and colour-blind eyes."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assay.data.preprocessing import ByteImage, Preprocessing, resample
from assay.files import atomic_write

OPACITY = 0.75
SHADE = 0.55
"""Share of the heat's brightness that follows the picture, so that its structure shows through the hottest places."""
LIMIT = 448
"""Longest side of an overlay, in pixels."""
CONTOUR = 0.5
"""Share of the full scale at which a line is drawn around the heat."""


def view_of(image: ByteImage, preprocessing: Preprocessing, *, limit: int = LIMIT) -> ByteImage:
    """The part of a picture that the network sees, in more pixels than the network gets.

    What is squashed for the network is shown in its own proportions; otherwise it is cut or padded as for the network.

    Args:
        image: uint8 [H, W, 3].
        preprocessing: of the network.
        limit: longest side of what is given; small pictures are enlarged to the network's size.
    """
    longest = max(image.shape[:2])
    side = min(limit, max(longest, preprocessing.size))
    if preprocessing.resize == "squash":
        height, width = (max(1, round(length * side / longest)) for length in image.shape[:2])
        return np.ascontiguousarray(resample(image, height, width))
    return Preprocessing(side, preprocessing.resize)(image)


def overlay(picture: ByteImage, heat: NDArray[np.float32]) -> ByteImage:
    """The picture in grey under colours that get brighter, and more opaque, with the heat; a line at half the scale.

    Where there is no heat the picture stays as it is in grey, so an empty map is seen to be empty.

    Args:
        picture: uint8 [H, W, 3].
        heat: [h, w] in [0, 1].
    """
    height, width = picture.shape[:2]
    strength = np.clip(cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)
    grey = np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.float32)
    colours = colour_scale()[np.rint(strength * 255).astype(np.int64)].astype(np.float32)
    opacity = (OPACITY * np.minimum(1, strength / 0.35))[..., None]
    shaded = colours * (1 - SHADE + SHADE * grey / 255)
    shown = np.rint(grey * (1 - opacity) + shaded * opacity).astype(np.uint8)
    edges, _ = cv2.findContours((strength >= CONTOUR).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    thickness = max(1, round(max(height, width) / 220))
    drawn: ByteImage = np.ascontiguousarray(shown)
    cv2.drawContours(drawn, edges, -1, (0, 0, 0), thickness + 2, cv2.LINE_AA)
    cv2.drawContours(drawn, edges, -1, (255, 255, 255), thickness, cv2.LINE_AA)
    return drawn


def colour_scale() -> ByteImage:
    """256 RGB colours from dark violet over orange to pale yellow, each lighter than the one before.

    The upper four fifths of "inferno" (Smith and van der Walt 2015), which is even in lightness and told apart with
    every kind of colour vision.
    """
    ramp = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)
    inferno = cv2.cvtColor(ramp, cv2.COLOR_BGR2RGB)[:, 0]
    return inferno[np.linspace(56, 250, 256).astype(np.int64)].astype(np.uint8)


def write_png(pixels: ByteImage, path: Path) -> None:
    """Write a picture, whole or not at all."""
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, "PNG", compress_level=6)
    with atomic_write(path) as temporary:
        temporary.write_bytes(packed.getvalue())
