"""TrainerSettings: how training runs, apart from what is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.bounds import Above, AtLeast, Below, Between


@dataclass(frozen=True)
class TrainerSettings:
    """Batches, precision, devices, stopping.

    Attributes:
        batch_size: images per step and device.
        accelerator: as in Lightning: "auto", "cpu" or "gpu".
        devices: number of devices, or "auto".
        strategy: as in Lightning: "auto" or "ddp".
        precision: as in Lightning.
        channels_last: memory format of pictures; faster for convolutions.
        compile: whether `torch.compile` is applied to the network.
        workers: processes that read images, or "auto".
        monitor: metric on val that stops training and picks the checkpoint.
        patience: epochs without an improvement after which training stops; None never stops early.
        gradient_clip: largest norm of the gradient; None does not clip.
        ema_decay: decay of the exponential moving average of weights, in stages that train on images; None uses the
            weights themselves.
        soup: in stages that train on images, how many of the best epochs on val are tried for an average of their
            weights, see `assay.models.soup`; None takes the best epoch.
        progressive: in stages that train on images, share of the picture's side that their first epoch begins with, see
            `assay.models.progressive`; None has the full size throughout.
        preresize: in stages that train on images, shorter side that pictures are scaled down to once, before they are
            augmented, see `assay.data.kept_pixels`; None reads each file in each epoch.
    """

    batch_size: Annotated[int, AtLeast(1)] = 64
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: Annotated[int | Literal["auto"], AtLeast(1)] = "auto"
    strategy: Literal["auto", "ddp"] = "auto"
    precision: Literal["32-true", "16-mixed", "bf16-mixed", "bf16-true"] = "32-true"
    channels_last: bool = True
    compile: bool = False
    workers: Annotated[int | Literal["auto"], Between(0, 1024)] = "auto"
    monitor: Literal["val/macro_f1", "val/accuracy", "val/loss"] = "val/macro_f1"
    patience: Annotated[int | None, AtLeast(1)] = 10
    gradient_clip: Annotated[float | None, Above(0)] = 1.0
    ema_decay: Annotated[float | None, AtLeast(0), Below(1)] = None
    soup: Annotated[int | None, AtLeast(2)] = None
    progressive: Annotated[float | None, Between(0.1, 1)] = None
    preresize: Annotated[int | None, AtLeast(1)] = None

    @property
    def mode(self) -> Literal["min", "max"]:
        """Whether a smaller or a larger value of the monitored metric is better."""
        return "min" if self.monitor == "val/loss" else "max"
