"""What changes how many pixels a picture has: its longer or shorter side made smaller, scaled, scaled and back."""

from __future__ import annotations

from assay.augment.chain.step import LARGEST_SIDE, ChainStep
from assay.data.preprocessing import ByteImage, resample

MOST_PIXELS = 50_000_000
"""To which a picture is enlarged at most."""


class LongSide(ChainStep):
    """Made smaller until the longer side has so many pixels, as messengers do; smaller pictures stay as they are."""

    name, meaning, low, high, whole = "long_side", "pixels of the longer side", 1, LARGEST_SIDE, True
    said = "at most {:g} px"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        return scaled(image, min(1.0, self.strength / max(image.shape[:2])))


class ShortSide(ChainStep):
    """Made smaller until the shorter side has so many pixels; smaller pictures stay as they are."""

    name, meaning, low, high, whole = "short_side", "pixels of the shorter side", 1, LARGEST_SIDE, True
    said = "shorter side at most {:g} px"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        return scaled(image, min(1.0, self.strength / min(image.shape[:2])))


class Scale(ChainStep):
    """Both sides times a number: made smaller by averaging over areas, larger by cubic interpolation."""

    name, meaning, low, high = "scale", "share of each side", 0.05, 4.0
    said = "scaled to {:.0%}"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        return scaled(image, self.strength)


class ThereAndBack(ChainStep):
    """Scaled, and scaled back to the size that the picture had."""

    name, meaning, low, high = "there_and_back", "share of each side", 0.05, 4.0
    said = "to {:.0%} and back"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        return resample(scaled(image, self.strength), *image.shape[:2])


class Cut(ChainStep):
    """Edges cut off, as much on both sides."""

    name, meaning, low, high = "cut", "share of each side that is cut off", 0.0, 0.9
    said = "{:.0%} cut off"

    def __call__(self, image: ByteImage) -> ByteImage:
        """See `ChainStep`."""
        height, width = image.shape[:2]
        top, left = (min(round(self.strength * side / 2), (side - 1) // 2) for side in (height, width))
        return image[top : height - top, left : width - left].copy()


def scaled(image: ByteImage, share: float) -> ByteImage:
    """Both sides times `share`: at least one pixel, and never made so large that memory or file formats end."""
    height, width = image.shape[:2]
    share = min(share, max(1.0, min(LARGEST_SIDE / max(height, width), (MOST_PIXELS / (height * width)) ** 0.5)))
    return resample(image, *(max(1, round(side * share)) for side in (height, width)))
