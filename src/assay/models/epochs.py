"""What an epoch is: where its randomness comes from, what is recorded of it, and the files that keep it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from assay.errors import TrainingError

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.utils.data import DataLoader

BEST, LAST, DONE = "best.ckpt", "last.ckpt", "done"
BACKBONE = "network.backbone."
CURVES = ("train/loss", "val/loss", "val/macro_f1", "val/accuracy", "lr")


class BatchMixing(Protocol):
    """Mixes the pictures or embeddings of a batch with each other, labels included."""

    def __call__(
        self, inputs: Tensor, labels: Tensor, classes: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Mixed inputs of the same shape, and soft targets [B, C]."""
        ...


class Schedule(Protocol):
    """The learning rate over time."""

    def factor(self, step: int, total_steps: int, steps_per_epoch: int) -> float:
        """What the learning rate is multiplied with at a step."""
        ...


def derived_seed(*parts: int | str) -> int:
    """A seed in [0, 2^63) that is a function of its parts alone, so that no random state has to be stored."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def set_epoch(loader: DataLoader[Any], epoch: int) -> None:
    """Tell sampler and dataset which epoch comes next; both draw from it."""
    for part in (loader.sampler, loader.dataset):
        if hasattr(part, "set_epoch"):
            part.set_epoch(epoch)


def as_scores(loss: Tensor, **others: Tensor) -> dict[str, Tensor]:
    """The val metrics of an epoch by their logged names; none of them is a number where the loss is none.

    An answer that is not a number is counted as the first class, and such an epoch could pass for the best one.
    """
    scores = {f"val/{name}": value for name, value in {"loss": loss, **others}.items()}
    return scores if bool(loss.isfinite()) else {name: value * math.nan for name, value in scores.items()}


def diverged(epoch: int, stage: str, which: str, loss: float, rate: float) -> str:
    """What a person should know about a loss that is no number any more.

    Args:
        epoch: counted from 0, in the stage.
        stage: by its name.
        which: the loss, "training" or "validation".
        loss: its value.
        rate: the largest learning rate of the stage; 0 where it is not known.
    """
    largest = f" (the largest of this stage: {rate:.2g})" if rate else ""
    return (
        f"the {which} loss of epoch {epoch} of stage {stage} is {loss}: the weights have diverged. "
        f"Start again with a lower learning rate, e.g. a tenth of optimizer.lr{largest}"
    )


def check_best(history: Sequence[Mapping[str, float]], epoch: int, stage: str, rate: float) -> None:
    """Refuse weights of an epoch that can only have been the best because none was any good.

    Args:
        history: a row per epoch.
        epoch: from which the weights are.
        stage: by its name.
        rate: the largest learning rate of the stage; 0 where it is not known.

    Raises:
        TrainingError: the val loss of that epoch is no number.
    """
    for row in history:
        if row["epoch"] == epoch and not math.isfinite(row["val/loss"]):
            raise TrainingError(diverged(epoch, stage, "validation", row["val/loss"], rate))
