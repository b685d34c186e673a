"""HeadOnly: a frozen backbone, and a head trained on embeddings computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from assay.config.bounds import AtLeast
from assay.models.finetune.stage import Stage


@dataclass(frozen=True)
class HeadOnly:
    """One stage on cached embeddings; minutes where finetuning takes hours.

    Attributes:
        epochs: most epochs.
        views: augmented views cached per training image, beside the plain one; None takes 4 when there is an
            augmentation of single images, and none otherwise.
    """

    corrects_frequencies: ClassVar[bool] = False
    embeddings_only: ClassVar[bool] = True

    epochs: Annotated[int, AtLeast(1)] = 100
    views: Annotated[int | None, AtLeast(0)] = None

    def stages(self) -> tuple[Stage, ...]:
        """The head, on embeddings."""
        return (Stage("head", self.epochs, "embeddings", blocks=0, views=self.views),)
