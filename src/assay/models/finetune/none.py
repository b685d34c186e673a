"""NoTraining: what is put together from trained runs is not trained again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from assay.models.finetune.stage import Stage


@dataclass(frozen=True)
class NoTraining:
    """No stage at all."""

    corrects_frequencies: ClassVar[bool] = False
    trains_nothing: ClassVar[bool] = True

    def stages(self) -> tuple[Stage, ...]:
        """None."""
        return ()
