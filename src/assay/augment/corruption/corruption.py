"""Corruption: what happens to pictures on their way, at three severities, for measuring how much a model loses."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

import numpy as np

from assay.augment.policy import ImagePolicy
from assay.data.preprocessing import ByteImage, Preprocessing, Resize, resample

Severity = Literal[1, 2, 3]
SEVERITIES: tuple[Severity, ...] = (1, 2, 3)
REFERENCE_SIDE = 224
"""Lengths are stated for a picture whose shorter side has this many pixels, and grow with the picture."""
LONGEST_SIDE = 16_384
"""Longer pictures are scaled down first: neither JPEG nor OpenCV's turns take every length."""


class Corruption(ImagePolicy):
    """Base of all corruptions: the picture is changed, and then preprocessed as for any test.

    Attributes:
        name: as it stands in config, metrics and reports.
        strengths: what severity 1, 2 and 3 are, in the unit of the corruption.
        severity: 1, 2 or 3.
        strength: the one of the severity.

    Source: the idea, and the kinds that they have too, Hendrycks and Dietterich (2019), "Benchmarking neural network
    robustness to common corruptions and perturbations".
    """

    name: ClassVar[str]
    strengths: ClassVar[tuple[float, float, float]]

    def __init__(self, severity: Severity) -> None:
        self.severity = severity
        self.strength = self.strengths[severity - 1]

    @abstractmethod
    def corrupt(self, image: ByteImage, rng: np.random.Generator) -> ByteImage:
        """Uint8 [H, W, 3] to uint8 [H, W, 3]; the input is left alone, `rng` is the only source of randomness."""

    @property
    @abstractmethod
    def described(self) -> str:
        """What is done at this severity, in a few words."""

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """The corrupted picture as evaluation sees it, see `ImagePolicy`."""
        height, width = image.shape[:2]
        if max(height, width) > LONGEST_SIDE:
            share = LONGEST_SIDE / max(height, width)
            image = resample(image, max(1, round(height * share)), max(1, round(width * share)))
        return Preprocessing(size, resize)(self.corrupt(image, rng))


def reference_scale(image: ByteImage) -> float:
    """By how much a picture's shorter side is longer than `REFERENCE_SIDE`."""
    return min(image.shape[:2]) / REFERENCE_SIDE


def either_sign(rng: np.random.Generator) -> float:
    """-1 or 1, each half of the time."""
    return 1.0 if rng.random() < 0.5 else -1.0
