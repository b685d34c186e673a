"""Progressive resizing: training begins with small pictures, whose epochs are cheap, and grows them to the full size.

After Howard (2018), "Training Imagenet in 3 hours for USD 25", and Tan and Le (2021), "EfficientNetV2: Smaller Models
and Faster Training", section 4. Validation has the full size throughout: epochs are compared by what counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.models.finetune.stage import Stage
    from assay.models.trainer_settings import TrainerSettings

STEP = 32
"""Pixels; sides are multiples of it, because convolutional networks halve a picture five times."""
GROWN = 2 / 3
"""Share of the epochs after which pictures have their full size."""


def progressive_sizes(size: int, share: float, epochs: int) -> tuple[int, ...]:
    """Side of the training pictures in each of some epochs, in pixels, growing evenly.

    Args:
        size: full side, which the last third of the epochs has.
        share: of it, that the first epoch begins with.
        epochs: of the stage.
    """
    grown = max(1, round(GROWN * epochs))
    sides = [size * (share + (1 - share) * epoch / grown) for epoch in range(grown)]
    return (*(min(size, max(STEP, round(side / STEP) * STEP)) for side in sides), *[size] * (epochs - grown))


def sizes_of(stage: Stage, settings: TrainerSettings, size: int) -> tuple[int, ...]:
    """Sides of a stage's training pictures by epoch; () where they have the full one, `size`, throughout."""
    if settings.progressive is None or stage.inputs != "images":
        return ()
    return progressive_sizes(size, settings.progressive, stage.epochs)


def note_on_sizes(sizes: tuple[int, ...], stage: str) -> str:
    """What a report says about it; sizes as of `progressive_sizes`."""
    return (
        f"Training pictures of stage {stage} began with {sizes[0]} pixels and had their full {sizes[-1]} from epoch "
        f"{sizes.index(sizes[-1])} of the stage on (trainer.progressive); it was validated at the full size throughout."
    )
