"""Chain: steps in their order, as a picture goes through them, and then whatever preprocessing judges it with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from assay.augment.chain.sides import scaled
from assay.augment.chain.step import LARGEST_SIDE, ChainStep
from assay.augment.chain.steps import STEPS
from assay.augment.policy import ImagePolicy
from assay.data.preprocessing import ByteImage, Preprocessing, Resize
from assay.errors import ConfigError, did_you_mean

MOST = 12
"""Steps of a chain."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""What a chain is called: it is part of the names of metrics and files."""
WHERE = "evaluation.delivery.chains"


class Chain(ImagePolicy):
    """One way in which a picture reaches whoever judges it. A PNG loses nothing, and needs no step.

    Args:
        name: letters, digits, "_" and "-".
        steps: one after another, each a name of `STEPS` with its strength: `[{long_side: 1600}, {jpeg: 75}]`.
        where: what an error calls the place in the config.

    Raises:
        ConfigError: a name that is none, no such step, a strength outside its limits, or too many steps.
    """

    def __init__(self, name: str, steps: Sequence[Mapping[str, float]], *, where: str = WHERE) -> None:
        if not isinstance(name, str) or NAME.fullmatch(name) is None:
            raise ConfigError(f"{where}: {name!r}: a chain is called by up to 40 letters, digits, _ and -")
        self._where = f"{where}.{name}"
        if isinstance(steps, (str, Mapping)) or not isinstance(steps, Sequence) or not 1 <= len(steps) <= MOST:
            raise ConfigError(f"{self._where}: a list of 1 to {MOST} steps is needed, as [{{jpeg: 75}}]; got {steps!r}")
        pairs = [self._pair(step) for step in steps]
        self.steps = [list(pair) for pair in pairs]
        self._name = name
        self._made = [self._step(kind, strength) for kind, strength in pairs]

    @property
    def name(self) -> str:
        """What it is called, which changes no pixel."""
        return self._name

    @property
    def described(self) -> str:
        """What is done, in a few words."""
        return ", ".join(step.described for step in self._made)

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """The delivered picture as evaluation sees it, see `ImagePolicy`."""
        return Preprocessing(size, resize)(self.delivered(image))

    def delivered(self, image: ByteImage) -> ByteImage:
        """The picture at the end of the chain, uint8 RGB [H, W, 3] of whatever size it has there."""
        image = scaled(image, min(1.0, LARGEST_SIDE / max(image.shape[:2])))
        for step in self._made:
            image = step(image)
        return image

    def _pair(self, step: Mapping[str, float]) -> tuple[str, float]:
        if not isinstance(step, Mapping) or len(step) != 1:
            raise ConfigError(f"{self._where}: a step is one name with its strength, as {{jpeg: 75}}; got {step!r}")
        ((kind, strength),) = step.items()
        return str(kind), strength

    def _step(self, kind: str, strength: float) -> ChainStep:
        if kind not in STEPS:
            raise ConfigError(f"{self._where}: {kind}: no such step; {did_you_mean(kind, STEPS)}")
        try:
            return STEPS[kind](strength)
        except ConfigError as error:
            raise ConfigError(f"{self._where}: {error}") from None
