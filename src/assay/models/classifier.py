"""Classifier: how one stage trains a network; the network itself is plain torch and knows nothing of this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

from assay.errors import TrainingError
from assay.models.checkpoint import OWNER
from assay.models.epochs import BACKBONE, CURVES, BatchMixing, Schedule, as_scores, derived_seed, diverged
from assay.models.finetune.stage import Stage
from assay.models.freezing import hold_batch_norm, keep_frozen_in_eval
from assay.models.network import Network
from assay.models.parameter_groups import parameter_groups
from assay.models.soup import Soup


class Classifier(pl.LightningModule):
    """Trains what a stage leaves unfrozen, on uint8 pictures [B, 3, S, S] or embeddings [B, D].

    All randomness of an epoch (dropout, mixing) is seeded from (seed, stage, epoch, rank): an epoch that is started
    again after a kill goes exactly as it would have gone.

    Args:
        network: trained in place.
        stage: what is trained, on what.
        loss: called with logits [B, C] and targets, int64 [B] or soft [B, C]; one that changes over time has
            `set_epoch(epoch, epochs)`.
        optimizer: called with parameter groups, gives the optimizer.
        schedule: the learning rate over time.
        mix: mixes a training batch; None does not.
        seed: of the run.
        owner: run and stage, which alone go on after a checkpoint; "" where nobody asks.

    Attributes:
        history: one row per finished epoch: epoch, and the metrics of `CURVES`.
        fit_seconds: that the trainer's loop took in this process.
        largest_rate: learning rate of the parameters that learn fastest, before the schedule.
        soup: which epochs the weights are the mean of; None for those of one epoch.
    """

    def __init__(
        self,
        network: Network,
        stage: Stage,
        *,
        loss: nn.Module,
        optimizer: Callable[..., torch.optim.Optimizer],
        schedule: Schedule,
        mix: BatchMixing | None = None,
        seed: int = 0,
        owner: str = "",
    ) -> None:
        super().__init__()
        self.network = network
        self.stage = stage
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.mix = mix
        self.seed = seed
        self.owner = owner
        classes = network.head.classes
        self.f1 = MulticlassF1Score(classes, average="macro")
        self.accuracy = MulticlassAccuracy(classes, average="micro")
        self.history: list[dict[str, float]] = []
        self.fit_seconds = 0.0
        self.largest_rate = 0.0
        self.soup: Soup | None = None
        self.strict_loading = stage.inputs == "images"
        self._generator = torch.Generator()
        self._train_loss: list[Tensor] = []
        self._val_nll: list[Tensor] = []

    def prepare(self, inputs: Tensor) -> Tensor:
        """Float inputs: normalised pictures, or embeddings as they are."""
        return self.network.normalize(inputs) if self.stage.inputs == "images" else inputs

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits [B, C] of prepared inputs."""
        if self.stage.inputs == "images":
            return self.network.forward_normalized(inputs)
        return self.network.head(inputs)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Before an epoch's first batch, seed what is random in it, tell the loss, and hold frozen batch-norm still.

        Lightning calls no epoch hook for the first epoch after a resume.
        """
        if batch_idx > 0:
            return
        set_epoch: Any = getattr(self.loss, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(self.current_epoch, self.stage.epochs)
        seed = derived_seed(self.seed, self.stage.name, self.current_epoch, self.global_rank)
        torch.manual_seed(seed)
        self._generator.manual_seed(seed)
        self._train_loss.clear()
        keep_frozen_in_eval(self.network)
        if self.stage.batch_norm == "frozen":
            hold_batch_norm(self.network)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Loss of one batch."""
        inputs, labels = self.prepare(batch[0]), batch[1]
        targets = labels
        if self.mix is not None:
            inputs, targets = self.mix(inputs, labels, self.network.head.classes, self._generator)
        loss = self.loss(self(inputs), targets)
        self._train_loss.append(loss.detach())
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Add one batch to the val metrics."""
        logits, labels = self(self.prepare(batch[0])).float(), batch[1]
        self._val_nll.append(cross_entropy(logits, labels, reduction="none"))
        self.f1.update(logits, labels)
        self.accuracy.update(logits, labels)

    def on_validation_epoch_start(self) -> None:
        """Start the val metrics anew."""
        self._val_nll.clear()

    def on_validation_epoch_end(self) -> None:
        """Record the val metrics of the epoch."""
        distributed = self.trainer.world_size > 1
        loss = torch.cat(self._val_nll).mean()
        metrics = as_scores(loss, macro_f1=self.f1.compute(), accuracy=self.accuracy.compute())
        self.f1.reset()
        self.accuracy.reset()
        self.log_dict(metrics, sync_dist=distributed)

    def on_train_epoch_end(self) -> None:
        """Record the mean training loss and the learning rate of the epoch."""
        distributed = self.trainer.world_size > 1
        rate = max(group["lr"] for group in self.trainer.optimizers[0].param_groups)
        loss = torch.stack(self._train_loss).mean()
        if not torch.isfinite(loss):
            raise TrainingError(
                diverged(self.current_epoch, self.stage.name, "training", float(loss), self.largest_rate)
            )
        self.log_dict({"train/loss": loss, "lr": rate}, sync_dist=distributed)
        shown = {name: float(self.trainer.callback_metrics[name]) for name in CURVES}
        self.history.append({"epoch": self.current_epoch, **shown})

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the curves, so that a resumed stage has all of them; leave out a backbone that is only looked at."""
        checkpoint["history"] = self.history
        checkpoint[OWNER] = self.owner
        if self.stage.inputs == "embeddings":
            weights = checkpoint["state_dict"].items()
            checkpoint["state_dict"] = {name: value for name, value in weights if not name.startswith(BACKBONE)}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the curves where the checkpoint left them."""
        self.history = list(checkpoint["history"])

    def configure_optimizers(self) -> Any:
        """The optimizer over what the stage trains, with the schedule per step."""
        base = self.optimizer([nn.Parameter(torch.zeros(1))])
        groups = parameter_groups(
            self.network,
            base.defaults["lr"] * self.stage.lr_factor,
            base.defaults.get("weight_decay", 0.0),
            self.stage.layer_decay,
        )
        self.largest_rate = max(group["lr"] for group in groups)
        optimizer = self.optimizer(groups)
        total = int(self.trainer.estimated_stepping_batches)
        per_epoch = max(1, total // max(1, self.stage.epochs))
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.schedule.factor(step, total, per_epoch)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
