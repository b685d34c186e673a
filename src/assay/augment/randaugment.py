"""RandAugment: n operations out of fourteen, all at one magnitude."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import numpy as np

from assay.augment.policy import ImageStep
from assay.config.bounds import AtLeast, Between
from assay.data.preprocessing import PADDING, ByteImage

if TYPE_CHECKING:
    from PIL.Image import Image

TOP = 30
GEOMETRIC = ("shear_x", "shear_y", "translate_x", "translate_y", "rotate")
ENHANCED = {"brightness": "Brightness", "color": "Color", "contrast": "Contrast", "sharpness": "Sharpness"}
OPERATIONS = ("identity", "auto_contrast", "equalize", "posterize", "solarize", *ENHANCED, *GEOMETRIC)


class RandAugment(ImageStep):
    """Two settings in place of a searched policy; follows a window and a mirror: `aug=[standard,randaugment]`.

    The strength of each operation grows with m as in torchvision: turns up to 30 degrees, shears to 0.3, shifts to
    0.45 of the side, light and colour by 90 %, posterising to 4 bits, solarising from white down to 0; signs are
    random. What moves into the picture has the mean colour of ImageNet. The random state of the image is the only one,
    which neither timm's nor torchvision's version can be handed.

    Source: Cubuk et al. (2020), "RandAugment: Practical automated data augmentation with a reduced search space".
    """

    def __init__(self, *, n: Annotated[int, AtLeast(1)] = 2, m: Annotated[float, Between(0, 30)] = 9) -> None:
        """Take the settings.

        Args:
            n: operations on each view, drawn with replacement.
            m: magnitude of all of them, 0 is none or next to none and 30 the most.
        """
        self.n = n
        self.m = m

    def __call__(self, view: ByteImage, rng: np.random.Generator) -> ByteImage:
        """The view, changed, see `ImageStep`."""
        from PIL import Image

        picture = Image.fromarray(view)
        for _ in range(self.n):
            operation = OPERATIONS[rng.integers(len(OPERATIONS))]
            sign = 1.0 if rng.random() < 0.5 else -1.0
            picture = apply(picture, operation, sign * self.m / TOP)
        return np.array(picture)


def apply(picture: Image, operation: str, magnitude: float) -> Image:
    """One operation.

    Args:
        picture: RGB; left alone.
        operation: one of `OPERATIONS`.
        magnitude: from -1 to 1; the sign counts for what goes both ways.
    """
    from PIL import ImageEnhance, ImageOps

    if operation in GEOMETRIC:
        return _moved(picture, operation, magnitude)
    if operation in ENHANCED:
        return getattr(ImageEnhance, ENHANCED[operation])(picture).enhance(1 + 0.9 * magnitude)
    if operation == "posterize":
        return ImageOps.posterize(picture, 8 - round(4 * abs(magnitude)))
    if operation == "solarize":
        return ImageOps.solarize(picture, math.ceil(255 * (1 - abs(magnitude))))
    if operation == "auto_contrast":
        return ImageOps.autocontrast(picture)
    return ImageOps.equalize(picture) if operation == "equalize" else picture.copy()


def _moved(picture: Image, operation: str, magnitude: float) -> Image:
    from PIL import Image

    if operation == "rotate":
        return picture.rotate(30 * magnitude, Image.Resampling.BILINEAR, fillcolor=PADDING)
    width, height = picture.size
    shear, shift = 0.3 * magnitude, 150 / 331 * magnitude
    # From where in the picture each pixel of the result comes, as (a, b, c, d, e, f): x' = a x + b y + c.
    matrix = {
        "shear_x": (1, shear, -shear * height / 2, 0, 1, 0),
        "shear_y": (1, 0, 0, shear, 1, -shear * width / 2),
        "translate_x": (1, 0, -int(shift * width), 0, 1, 0),
        "translate_y": (1, 0, 0, 0, 1, -int(shift * height)),
    }[operation]
    return picture.transform(picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=PADDING)
