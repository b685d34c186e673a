from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
import torch

from assay.tracking.store import TrackingStore

pl = pytest.importorskip("pytorch_lightning")


def trainer(logger: object, **options: object) -> pl.Trainer:
    return pl.Trainer(
        max_epochs=3,
        logger=logger,
        log_every_n_steps=1,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        num_sanity_val_steps=0,
        **options,
    )


class Module(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.save_hyperparameters({"secret": 1})
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        self.log("train/loss", float(self.current_epoch), on_step=True, on_epoch=True)
        return self.layer(batch).sum()

    def validation_step(self, batch: torch.Tensor, index: int) -> None:
        self.log("val/macro_f1", self.current_epoch / 10)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.125)


def test_each_epoch_is_one_step_and_single_steps_and_hyperparameters_are_left_out(store: TrackingStore, rows: Callable):
    from assay.tracking.epoch_logger import EpochLogger

    data = torch.utils.data.DataLoader(torch.ones(6, 1), batch_size=2)
    with store.start_run("r") as run:
        trainer(EpochLogger(run), callbacks=[pl.callbacks.LearningRateMonitor("epoch")]).fit(Module(), data, data)
    logged = rows("SELECT key, step, value FROM metrics WHERE run_uuid = ? ORDER BY key, step", run.run_id)
    assert [(key, step) for key, step, _ in logged] == [
        (key, epoch) for key in ("lr", "train/loss", "val/macro_f1") for epoch in range(3)
    ]
    assert [value for *_, value in logged] == pytest.approx([0.125] * 3 + [0.0, 1.0, 2.0] + [0.0, 0.1, 0.2])
    assert rows("SELECT count(*) FROM params") == [(0,)]


class EndedModule(Module):
    def on_train_epoch_end(self) -> None:
        if self.current_epoch == 1:
            os.kill(os.getpid(), signal.SIGTERM)


def test_sigterm_while_lightning_trains_leaves_a_killed_run_with_the_metrics_so_far(
    store: TrackingStore, rows: Callable, status: Callable
):
    from assay.tracking.epoch_logger import EpochLogger

    data = torch.utils.data.DataLoader(torch.ones(6, 1), batch_size=2)
    run = store.start_run("r")
    with pytest.raises(SystemExit), run:
        trainer(EpochLogger(run)).fit(EndedModule(), data, data)
    assert status(run.run_id) == ("KILLED", "Terminated: SIGTERM")
    assert rows("SELECT step FROM metrics WHERE key = 'train/loss'") == [(0,)]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_what_is_logged_is_written_with_a_checkpoint(store: TrackingStore, rows: Callable):
    from assay.tracking.epoch_logger import EpochLogger

    run = store.start_run("r")
    logger = EpochLogger(run)
    logger.log_metrics({"val/loss": 1.0, "epoch": 4}, step=99)
    assert rows("SELECT count(*) FROM metrics") == [(0,)]
    logger.after_save_checkpoint(None)
    assert rows("SELECT key, step, value FROM metrics") == [("val/loss", 4, 1.0)]


def test_the_epochs_of_a_second_stage_follow_those_of_the_first(store: TrackingStore, rows: Callable):
    from assay.tracking.epoch_logger import EpochLogger

    logger = EpochLogger(store.start_run("r"), first_epoch=10)
    logger.log_metrics({"val/loss": 1.0, "epoch": 4}, step=99)
    logger.finalize("success")
    assert rows("SELECT key, step, value FROM metrics") == [("val/loss", 14, 1.0)]
