"""EpochLogger: Lightning's metrics, epoch by epoch, into a TrackedRun.

Imports Lightning, so only what trains imports this.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from assay.tracking.epoch_buffer import EpochBuffer

if TYPE_CHECKING:
    from pytorch_lightning.callbacks import ModelCheckpoint

    from assay.tracking.run import TrackedRun

WRITE_EVERY = 1.0


class EpochLogger(Logger):
    """Forwards epoch metrics (`train/loss`, `val/loss`, `val/macro_f1`, `lr`), the epoch as step; no hyperparameters.

    Epochs on cached embeddings last milliseconds, so what they log is written together: once a second, with every
    checkpoint, and at the end.

    Args:
        run: where the metrics go.
        first_epoch: the step of epoch 0; in a run of several stages, the epochs of those before.
        resumable: whether the run may be resumed from its last checkpoint, and so needs every epoch up to there.
    """

    def __init__(self, run: TrackedRun, *, first_epoch: int = 0, resumable: bool = True) -> None:
        super().__init__()
        self._run = run
        self._buffer = EpochBuffer(run, first_epoch=first_epoch)
        self._resumable = resumable
        self._unplaced: dict[str, float] = {}
        self._written = time.monotonic()

    @property
    def name(self) -> str:
        """The run's name."""
        return self._run.name

    @property
    def version(self) -> str:
        """The run's id."""
        return self._run.run_id

    @property
    def save_dir(self) -> str:
        """The run's working folder."""
        return str(self._run.folder)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Take what Lightning logs; metrics of single steps (`…_step`) are left out."""
        self._unplaced |= {name: value for key, value in metrics.items() if (name := _epoch_name(key))}
        if "epoch" not in metrics:  # a callback such as LearningRateMonitor, which speaks before the epoch does
            return
        if self._unplaced:
            self._buffer.add(int(metrics["epoch"]), self._unplaced)
            self._unplaced = {}

    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Nothing: the composed config is what is recorded."""

    def after_save_checkpoint(self, checkpoint_callback: ModelCheckpoint) -> None:
        """Write, so that a run resumed from this checkpoint has no gap."""
        if self._resumable:
            self.flush()

    def save(self) -> None:
        """Write what waits if it has waited long enough: Lightning calls this whenever it has logged something."""
        if time.monotonic() - self._written >= WRITE_EVERY:
            self.flush()

    def finalize(self, status: str) -> None:
        """Write what waits, however training ended."""
        self.flush()

    @rank_zero_only
    def flush(self) -> None:
        """Write what waits."""
        self._buffer.flush()
        self._written = time.monotonic()


def _epoch_name(key: str) -> str | None:
    if key == "epoch" or key.endswith("_step"):
        return None
    if key.startswith("lr-"):  # LearningRateMonitor: lr-AdamW, or lr-AdamW/pg1 … per parameter group
        return "lr" if "/pg" not in key or key.endswith("/pg1") else None
    return key.removesuffix("_epoch")
