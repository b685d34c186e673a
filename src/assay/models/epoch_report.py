"""EpochReport: tells the trial of a sweep how each epoch went, and stops when told."""

from __future__ import annotations

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from assay.models.pruning import Pruned, current_trial


class EpochReport(Callback):
    """Reports val metrics epoch by epoch; outside a sweep it does nothing.

    Args:
        first_epoch: epochs of the stages before.

    Raises:
        Pruned: from the end of an epoch, when the sweep gives the trial up.
    """

    def __init__(self, first_epoch: int = 0) -> None:
        self._first_epoch = first_epoch

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Report, and ask."""
        trial = current_trial()
        if trial is None:
            return
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/")}
        if reason := trial.report(metrics, self._first_epoch + trainer.current_epoch):
            raise Pruned(reason)
