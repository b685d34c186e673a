"""ChainStep: one thing that is done to a whole picture, of any size, on its way to whoever judges it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

from assay.data.preprocessing import ByteImage
from assay.errors import ConfigError

LARGEST_SIDE = 16_383
"""Pixels that a side has at most after a step: what a WebP file can have, the least of the formats."""


class ChainStep(ABC):
    """Base of all steps. Steps draw nothing at random: the same picture always comes out the same.

    Args:
        strength: how much, within `low` and `high`.

    Attributes:
        name: in a config.
        meaning: of the strength.
        low: least strength.
        high: largest strength.
        whole: whether the strength is a whole number.
        said: what is done, in a few words, with a place for the strength.

    Raises:
        ConfigError: a strength that is no number, or outside the limits.
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    low: ClassVar[float]
    high: ClassVar[float]
    whole: ClassVar[bool] = False
    said: ClassVar[str]

    def __init__(self, strength: float) -> None:
        number = isinstance(strength, (int, float)) and not isinstance(strength, bool) and math.isfinite(strength)
        if not number or not self.low <= strength <= self.high or (self.whole and strength != int(strength)):
            kind = "a whole number" if self.whole else "a number"
            raise ConfigError(
                f"{self.name}: {self.meaning} must be {kind} from {self.low:g} to {self.high:g}, got {strength!r}"
            )
        self.strength = strength

    @abstractmethod
    def __call__(self, image: ByteImage) -> ByteImage:
        """The picture after it.

        Args:
            image: uint8 RGB [H, W, 3]; left alone.

        Returns:
            uint8 RGB, of another size where the step is about size.
        """

    @property
    def described(self) -> str:
        """What is done, in a few words."""
        return self.said.format(self.strength)
