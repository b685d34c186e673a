"""LastLayers: the head first, then the head and the last blocks; early blocks keep what they learned elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import Above, AtLeast, Between
from assay.models.finetune.stage import Stage


@dataclass(frozen=True)
class LastLayers:
    """As `TwoStage`, with most of the backbone frozen (its batch-norm statistics included).

    Attributes:
        blocks: how many of the backbone's last blocks are trained.
        head_epochs: most epochs of the head on cached embeddings.
        epochs: most epochs of the head and the blocks.
        lr_factor: multiplies the learning rate in the second stage.
        layer_decay: multiplies the rate once more for each block further from the head.
        batch_norm: "frozen" keeps the statistics of pretraining, on which the head was trained in the first stage:
            statistics of small batches of other pictures would take its ground away. "train" lets them follow.
    """

    blocks: Annotated[int, AtLeast(1)] = 2
    head_epochs: Annotated[int, AtLeast(1)] = 60
    epochs: Annotated[int, AtLeast(1)] = 15
    lr_factor: Annotated[float, Above(0)] = 0.3
    layer_decay: Annotated[float, Between(0, 1)] = 1.0
    batch_norm: Literal["frozen", "train"] = "frozen"

    def stages(self) -> tuple[Stage, ...]:
        """The head on embeddings, then head and last blocks on images."""
        head = Stage("head", self.head_epochs, "embeddings", blocks=0)
        return head, Stage(
            "finetune",
            self.epochs,
            "images",
            blocks=self.blocks,
            lr_factor=self.lr_factor,
            layer_decay=self.layer_decay,
            batch_norm=self.batch_norm,
        )
