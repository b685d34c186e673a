"""TwoStage: the head first, then the backbone or its last blocks too, so that a random head does not spoil them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from assay.config.bounds import Above, AtLeast, Between
from assay.models.finetune.stage import Stage


@dataclass(frozen=True)
class TwoStage:
    """Linear probing, then finetuning (Kumar et al. 2022).

    Attributes:
        head_epochs: most epochs of the head on cached embeddings.
        epochs: most epochs of the second stage.
        blocks: how many of the backbone's last blocks the second stage trains; None for all of them.
        lr_factor: multiplies the learning rate in the second stage.
        layer_decay: multiplies the rate once more for each block further from the head.
        batch_norm: "frozen" keeps the statistics of pretraining, on which the head was trained in the first stage:
            statistics of small batches of other pictures would take its ground away. "train" lets them follow.
    """

    corrects_frequencies: ClassVar[bool] = False

    head_epochs: Annotated[int, AtLeast(1)] = 60
    epochs: Annotated[int, AtLeast(1)] = 15
    blocks: Annotated[int | None, AtLeast(1)] = None
    lr_factor: Annotated[float, Above(0)] = 0.1
    layer_decay: Annotated[float, Between(0, 1)] = 1.0
    batch_norm: Literal["frozen", "train"] = "frozen"

    def stages(self) -> tuple[Stage, ...]:
        """The head on embeddings, then head and backbone on images."""
        second = Stage(
            "finetune",
            self.epochs,
            "images",
            blocks=self.blocks,
            lr_factor=self.lr_factor,
            layer_decay=self.layer_decay,
            batch_norm=self.batch_norm,
        )
        return Stage("head", self.head_epochs, "embeddings", blocks=0), second
