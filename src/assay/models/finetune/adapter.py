"""Adapter: the head first, then small low-rank matrices beside the frozen layers of a transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from assay.config.bounds import AtLeast, Between
from assay.models.finetune.stage import LowRank, Stage


@dataclass(frozen=True)
class Adapter:
    """Low-rank adaptation: pretrained weights stay, and each linear layer of a block learns a change to its own.

    The change is the product of two matrices of a small rank; it is added to the weights when training ends, so that
    what is exported and served is the plain network. For vision transformers; networks of convolutions have no such
    layers and are refused.

    Attributes:
        head_epochs: most epochs of the head on cached embeddings.
        epochs: most epochs of adapters and head.
        rank: of each change.
        alpha: scales it, by alpha / rank.
        dropout: rate in front of each change, in training.
        lr_factor: multiplies the learning rate in the second stage.

    Source: Hu et al. (2022), LoRA.
    """

    corrects_frequencies: ClassVar[bool] = False
    needs_package: ClassVar[str] = "peft"

    head_epochs: Annotated[int, AtLeast(1)] = 60
    epochs: Annotated[int, AtLeast(1)] = 15
    rank: Annotated[int, AtLeast(1)] = 8
    alpha: Annotated[float, Between(0.01, 10_000)] = 16.0
    dropout: Annotated[float, Between(0, 0.95)] = 0.0
    lr_factor: Annotated[float, Between(0.0001, 1000)] = 1.0

    def stages(self) -> tuple[Stage, ...]:
        """The head on embeddings, then adapters and head on images."""
        low_rank = LowRank(self.rank, self.alpha, self.dropout)
        second = Stage("adapter", self.epochs, "images", lr_factor=self.lr_factor, adapter=low_rank)
        return Stage("head", self.head_epochs, "embeddings", blocks=0), second
