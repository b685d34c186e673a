"""EpochProgress: one line or bar that says how far a stage is and how good."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback


class EpochProgress(Callback):
    """A Rich bar over all batches on a terminal; elsewhere a line at most every ten seconds and one at the end.

    Args:
        stage: name of what is trained.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._bar: Any = None
        self._started = self._said = 0.0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock, or the bar."""
        self._started = self._said = time.monotonic()
        if sys.stderr.isatty() and trainer.is_global_zero:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
            self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._bar.start()
            total = trainer.estimated_stepping_batches
            name = f"training {self._stage}"
            self._task = self._bar.add_task(name, total=total, completed=trainer.global_step, said="")

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move the bar; without one, say now and then where a long epoch is."""
        if self._bar is not None:
            self._bar.advance(self._task)
        elif trainer.is_global_zero and time.monotonic() - self._said >= 10:
            self._line(trainer, f"batch {batch_idx + 1}/{trainer.num_training_batches}")

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show the epoch's val metrics."""
        if self._bar is not None:
            self._bar.update(self._task, said=_metrics(trainer))

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take the bar away and say how the stage ended."""
        self._stop()
        if trainer.is_global_zero:
            self._line(trainer, f"done in {time.monotonic() - self._started:.1f} s")

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Take the bar away."""
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _line(self, trainer: pl.Trainer, what: str) -> None:
        self._said = time.monotonic()
        epoch = min(trainer.current_epoch + 1, trainer.max_epochs or 0)
        name = f"training {self._stage}: epoch {epoch}/{trainer.max_epochs}"
        print(f"{name}, {what}  {_metrics(trainer)}".rstrip(), file=sys.stderr, flush=True)


def _metrics(trainer: pl.Trainer) -> str:
    shown = ("train/loss", "val/loss", "val/macro_f1")
    values = {name: trainer.callback_metrics[name] for name in shown if name in trainer.callback_metrics}
    return "  ".join(f"{name} {float(value):.3f}" for name, value in values.items())
