"""What an epoch is: where its randomness comes from, what is recorded of it, and the files that keep it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Protocol

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


def diverged(epoch: int, stage: str, loss: float, rate: float) -> str:
    """What a person should know about a training loss that is no number any more."""
    return (
        f"the training loss of epoch {epoch} of stage {stage} is {loss}: "
        f"the weights have diverged. Lower optimizer.lr (largest rate now: {rate:.2g})."
    )
