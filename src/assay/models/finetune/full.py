"""Full: the whole network from the first step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from assay.config.bounds import Above, AtLeast, Between
from assay.models.finetune.stage import Stage


@dataclass(frozen=True)
class Full:
    """One stage on images with nothing frozen; the schedule for a network from scratch.

    Attributes:
        epochs: most epochs.
        lr_factor: multiplies the optimizer's learning rate.
        layer_decay: multiplies the rate once more for each block further from the head.
    """

    corrects_frequencies: ClassVar[bool] = False

    epochs: Annotated[int, AtLeast(1)] = 30
    lr_factor: Annotated[float, Above(0)] = 1.0
    layer_decay: Annotated[float, Between(0, 1)] = 1.0

    def stages(self) -> tuple[Stage, ...]:
        """The whole network on images."""
        return (Stage("full", self.epochs, "images", lr_factor=self.lr_factor, layer_decay=self.layer_decay),)
