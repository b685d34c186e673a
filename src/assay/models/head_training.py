"""HeadTraining: what one stage on stored embeddings trains, and whether that can do without Lightning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import nn

from assay.models.epochs import BatchMixing, Schedule
from assay.models.finetune.stage import Stage
from assay.models.network import Network
from assay.models.trainer_settings import TrainerSettings


class EpochLog(Protocol):
    """Takes the metrics of epochs, and writes them when told to."""

    def add(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Take metrics of an epoch of this stage."""
        ...

    def flush(self) -> None:
        """Write what waits."""
        ...


@dataclass
class HeadTraining:
    """What one stage trains, and how; its curves once it was trained.

    Attributes:
        network: its head is trained in place.
        stage: on embeddings.
        loss: called with logits [B, C] and targets, int64 [B] or soft [B, C]; one that changes over time has
            `set_epoch(epoch, epochs)`.
        optimizer: called with parameter groups, gives the optimizer.
        schedule: the learning rate over time.
        mix: mixes a training batch; None does not.
        seed: of the run; with stage and epoch it decides all that is random in an epoch.
        owner: run and stage, which alone go on after what is kept; "" where nobody asks.
        history: one row per finished epoch: epoch, and the metrics of `CURVES`.
        fit_seconds: that the loop took in this process.
    """

    network: Network
    stage: Stage
    loss: nn.Module
    optimizer: Callable[..., torch.optim.Optimizer]
    schedule: Schedule
    mix: BatchMixing | None = None
    seed: int = 0
    owner: str = ""
    history: list[dict[str, float]] = field(default_factory=list)
    fit_seconds: float = 0.0


def suits(stage: Stage, settings: TrainerSettings) -> bool:
    """Whether a stage can do without Lightning: on embeddings, in one process on the CPU, in plain float32."""
    on_cpu = settings.accelerator == "cpu" or (
        settings.accelerator == "auto" and not torch.cuda.is_available() and not torch.backends.mps.is_available()
    )
    alone = settings.strategy == "auto" and settings.devices in ("auto", 1, "1")
    plainly = settings.precision == "32-true" and not settings.compile
    return stage.inputs == "embeddings" and on_cpu and alone and plainly
