"""The learning rate over time: a linear warm-up, then a cosine or a constant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import AtLeast, Between


@dataclass(frozen=True)
class Constant:
    """The full rate after the warm-up.

    Attributes:
        warmup_epochs: epochs in which the rate rises in a line; at most half of the training.
    """

    warmup_epochs: Annotated[float, AtLeast(0)] = 1.0

    def factor(self, step: int, total_steps: int, steps_per_epoch: int) -> float:
        """What the learning rate is multiplied with, in (0, 1].

        Args:
            step: number of the step, from 0.
            total_steps: steps of the whole training.
            steps_per_epoch: steps of one epoch.
        """
        return min(1.0, (step + 1) / max(1, self.warmup_steps(total_steps, steps_per_epoch)))

    def warmup_steps(self, total_steps: int, steps_per_epoch: int) -> int:
        """Steps until the full rate is reached."""
        return min(round(self.warmup_epochs * steps_per_epoch), total_steps // 2)


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from the full rate down to `floor`, after the warm-up.

    Attributes:
        warmup_epochs: epochs in which the rate rises in a line; at most half of the training.
        floor: share of the rate that is left at the end.
    """

    warmup_epochs: Annotated[float, AtLeast(0)] = 1.0
    floor: Annotated[float, Between(0, 1)] = 0.0

    def factor(self, step: int, total_steps: int, steps_per_epoch: int) -> float:
        """What the learning rate is multiplied with, in [0, 1].

        Args:
            step: number of the step, from 0; past the end the rate stays at the floor.
            total_steps: steps of the whole training.
            steps_per_epoch: steps of one epoch.

        Source: Loshchilov and Hutter (2017), equation 5, without restarts.
        """
        rise = Constant(self.warmup_epochs)
        warmup = rise.warmup_steps(total_steps, steps_per_epoch)
        if step < warmup:
            return rise.factor(step, total_steps, steps_per_epoch)
        progress = min(1.0, (step - warmup) / max(1, total_steps - warmup))
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * progress))
