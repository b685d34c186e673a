"""Preprocessing: the one way from a decoded picture to the square that a model sees, wherever it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.normalise import QUALITY, compressed_anew
from assay.data.normalise import VERSION as NORMALISE_VERSION
from assay.data.sample_range import FULL, SampleRange
from assay.errors import ConfigError, did_you_mean
from assay.files import digest_of

ByteImage = NDArray[np.uint8]
Resize = Literal["squash", "crop", "letterbox", "native"]

# Counts up whenever the pixels of some picture change, so that nothing computed from the former ones is taken for new.
VERSION = 1
# The mean colour of ImageNet: close to zero after every usual normalisation, where black is a strong signal.
PADDING = (124, 116, 104)


class ImagePolicyLike(Protocol):
    """What `assay.augment` makes: a random view of one picture."""

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """Uint8 [H, W, 3] to uint8 [size, size, 3], the same for the same state of `rng`."""


@dataclass(frozen=True)
class Preprocessing:
    """Brings a picture of any size to a square; every picture alike, whatever file it came from.

    Attributes:
        size: side of the square, in pixels.
        resize: "squash" scales each side by itself; "crop" takes the central square (the same as scaling the shortest
            side and cutting the middle out); "letterbox" scales the longest side and pads with `PADDING` on both sides;
            "native" cuts out the middle without scaling, and mirrors a picture that is too small at its edges, so that
            the traces of how it was made stay as they are.
        normalise: side of a first square at which the picture is compressed anew (`compressed_anew`), so that nothing
            tells of which kind its file was; then that square is brought to `size`. None leaves this out.
        samples: what is white in files whose samples have more than 8 bits; whoever decodes a picture hands it on.
    """

    size: int = 224
    resize: Resize = "squash"
    normalise: int | None = None
    samples: SampleRange = FULL

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ConfigError(f"preprocessing: size must be at least 1 pixel, got {self.size}")
        if self.normalise is not None and self.normalise < 1:
            raise ConfigError(f"preprocessing: normalise must be at least 1 pixel, got {self.normalise}")
        if self.resize not in get_args(Resize):
            raise ConfigError(
                f"preprocessing: resize={self.resize}: no such option; {did_you_mean(self.resize, get_args(Resize))}"
            )

    def __call__(self, image: ByteImage) -> ByteImage:
        """Uint8 RGB [H, W, 3] to a contiguous uint8 [size, size, 3]; the input is left alone."""
        return self._finished(_square(image, self.normalise or self.size, self.resize))

    def view(self, image: ByteImage, policy: ImagePolicyLike | None, rng: np.random.Generator) -> ByteImage:
        """The view that a policy makes of a picture, as the network gets it.

        A policy works on the picture as it came: what it does to it is what happens to pictures before they reach a
        model, so it is compressed anew after that, as an answer's picture is.

        Args:
            image: uint8 RGB [H, W, 3]; left alone.
            policy: what is done to it; None for nothing.
            rng: of the policy.
        """
        if policy is None:
            return self(image)
        return self._finished(policy(image, self.normalise or self.size, self.resize, rng))

    def state(self) -> dict[str, Any]:
        """The arguments that make it again, as JSON can hold them."""
        first = {} if self.normalise is None else {"normalise": self.normalise}
        deep = {} if self.samples == FULL else {"samples": self.samples.state()}
        return {"size": self.size, "resize": self.resize, **first, **deep}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Preprocessing:
        """From `state`."""
        return cls(**{**state, "samples": SampleRange.from_state(state.get("samples"))})

    @property
    def not_in_graph(self) -> str:
        """Why no exported graph does this by itself, in a few words; "" for plain scaling, which graphs do."""
        if self.normalise is not None:
            return "no graph can compress a picture anew"
        return "resize=native is not part of a graph" if self.resize == "native" else ""

    @property
    def digest(self) -> str:
        """Hex sha256 that differs between two preprocessings whenever their pixels can."""
        if self.normalise is None:
            return digest_of({"preprocessing": self.state(), "version": VERSION})
        return digest_of({"preprocessing": self.state(), "version": VERSION, "normalise": [NORMALISE_VERSION, QUALITY]})

    def _finished(self, square: ByteImage) -> ByteImage:
        """From the first square to the one that a network gets."""
        if self.normalise is None:
            return square
        anew = compressed_anew(square)
        return anew if self.normalise == self.size else _square(anew, self.size, self.resize)


def resample(image: ByteImage, height: int, width: int) -> ByteImage:
    """Uint8 [H, W, 3] to [height, width, 3]; may return the input itself.

    A side that shrinks is averaged over areas, one that grows is interpolated cubically. OpenCV averages only when no
    side grows, hence the two steps.
    """
    resampled: cv2.typing.MatLike = image
    smaller = min(image.shape[0], height), min(image.shape[1], width)
    if smaller != image.shape[:2]:
        resampled = cv2.resize(resampled, smaller[::-1], interpolation=cv2.INTER_AREA)
    if smaller != (height, width):
        resampled = cv2.resize(resampled, (width, height), interpolation=cv2.INTER_CUBIC)
    return resampled.astype(np.uint8, copy=False)


def _square(image: ByteImage, size: int, resize: Resize) -> ByteImage:
    if resize == "letterbox":
        return _letterbox(image, size)
    if resize == "native":
        return _native(image, size)
    if resize == "crop":
        image = _central_square(image)
    return np.ascontiguousarray(resample(image, size, size))


def _central_square(image: ByteImage) -> ByteImage:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _native(image: ByteImage, size: int) -> ByteImage:
    height, width = image.shape[:2]
    top, left = max(0, height - size) // 2, max(0, width - size) // 2
    cut = image[top : top + size, left : left + size]
    below, right = size - cut.shape[0], size - cut.shape[1]
    if below or right:
        edges = ((below // 2, below - below // 2), (right // 2, right - right // 2), (0, 0))
        cut = np.pad(cut, edges, mode="symmetric")
    return np.ascontiguousarray(cut)


def _letterbox(image: ByteImage, size: int) -> ByteImage:
    scale = size / max(image.shape[:2])
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    square = np.empty((size, size, 3), dtype=np.uint8)
    square[:] = PADDING
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = resample(image, height, width)
    return square
