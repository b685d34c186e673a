"""EpochProgress: shows Lightning's training of a stage as `StageProgress` does."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from assay.models.stage_progress import SHOWN, StageProgress


class EpochProgress(Callback):
    """One line or bar of the first process.

    Args:
        stage: name of what is trained.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._progress: StageProgress | None = None

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock, or the bar."""
        if trainer.is_global_zero:
            self._progress = StageProgress(self._stage, trainer.max_epochs or 0, int(trainer.num_training_batches))
            self._progress.start(trainer.current_epoch)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Say now and then where a long epoch is."""
        if self._progress is not None:
            self._progress.batch(batch_idx)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show the epoch's val metrics."""
        if self._progress is not None:
            metrics = trainer.callback_metrics
            shown = {name: float(metrics[name]) for name in SHOWN if name in metrics}
            self._progress.epoch(trainer.current_epoch, shown)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say how the stage ended."""
        if self._progress is not None:
            self._progress.end()

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
