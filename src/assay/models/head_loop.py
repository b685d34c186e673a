"""Train a head on stored embeddings, in a loop of its own: no trainer, no backbone, the same numbers."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from assay.errors import TrainingError
from assay.files import atomic_write
from assay.models.best_epoch import BestEpoch
from assay.models.checkpoint import NETWORK, OWNER, kept_weights, read_checkpoint, refused
from assay.models.epochs import (
    BEST,
    DONE,
    LAST,
    check_best,
    derived_seed,
    diverged,
    set_epoch,
)
from assay.models.head_training import EpochLog, HeadTraining
from assay.models.network import Network, train_head_only
from assay.models.parameter_groups import parameter_groups
from assay.models.plain_optimizer import plain
from assay.models.pruning import Pruned, current_trial
from assay.models.stage_progress import StageProgress
from assay.models.trainer_settings import TrainerSettings
from assay.models.val_scores import scores_of
from assay.progress import Clock

KEEP_EVERY = 1.0


def train_head(
    training: HeadTraining,
    train: DataLoader[Any],
    val: DataLoader[Any],
    settings: TrainerSettings,
    folder: Path,
    *,
    log: EpochLog | None = None,
    first_epoch: int = 0,
    late_epoch: int = 0,
    resumable: bool = True,
) -> None:
    """Train the head and leave it with the weights that were best on val; as `train_stage` does, to the last bit.

    Called again after a kill with the same arguments and folder, it goes on after the last epoch that was kept, be it
    by this loop or by `train_stage`, and ends in the same weights; a stage that was finished is only loaded. Epochs
    last milliseconds, so the first one is kept, then one in a second, and the last whole one however training ends.

    Args:
        training: trained in place.
        train: batches of (embeddings [B, D], labels [B]); the sampler's order is a function of the epoch.
        val: likewise.
        settings: how training runs.
        folder: for the checkpoints of this stage.
        log: takes the metrics of each epoch.
        first_epoch: epochs of the stages before, for the reports to a sweep.
        late_epoch: where something starts late, its first epoch; see `train_stage`.
        resumable: whether epochs are kept in the folder, so that a later call can go on after them.

    Raises:
        TrainingError: a loss is no number any more, or what the folder holds cannot be gone on after.
        Pruned: the sweep gives the trial up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / DONE).exists():
        train_head_only(training.network)
        with _one_thread():
            clock = Clock()
            loop = _Loop(training, train, val, settings, folder, log, first_epoch, late_epoch, resumable)
            loop.run()
            clock.lap("fit")
            training.fit_seconds = clock.seconds["fit"]
        if resumable:
            (folder / DONE).touch()
        _fill(training.network, loop.best)
        check_best(training.history, loop.best_epoch, training.stage.name, loop.largest_rate)
        return
    best = _load(folder / BEST, training)
    _fill(training.network, best["state_dict"])
    training.history = list(_load(folder / LAST, training)["history"])
    check_best(training.history, int(best["epoch"]), training.stage.name, 0.0)


class _Loop:
    """One stage, epoch by epoch."""

    def __init__(
        self,
        training: HeadTraining,
        train: DataLoader[Any],
        val: DataLoader[Any],
        settings: TrainerSettings,
        folder: Path,
        log: EpochLog | None,
        first_epoch: int,
        late_epoch: int,
        resumable: bool,
    ) -> None:
        self._training, self._train, self._val = training, train, val
        self._settings, self._folder, self._log = settings, folder, log
        self._first_epoch, self._resumable = first_epoch, resumable
        stage, self._head = training.stage, training.network.head
        self._watch = BestEpoch(settings.monitor, settings.mode, settings.patience, min(late_epoch, stage.epochs - 1))
        self._total = len(train) * stage.epochs
        self._per_epoch = max(1, self._total // max(1, stage.epochs))
        build = plain(training.optimizer)
        base = build([nn.Parameter(torch.zeros(1))]).defaults
        groups = parameter_groups(
            training.network, base["lr"] * stage.lr_factor, base.get("weight_decay", 0.0), stage.layer_decay
        )
        self._rates = [group["lr"] for group in groups]
        self._optimizer = build(groups)
        self._generator = torch.Generator()
        self._step = 0
        self._progress = StageProgress(stage.name, stage.epochs, len(train))
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._kept = -math.inf
        self.best: dict[str, Tensor] = {}
        self.best_epoch = -1

    def run(self) -> None:
        """Train until the epochs are over or patience has run out."""
        history, stage = self._training.history, self._training.stage
        if (self._folder / LAST).exists():
            self._resume(_load(self._folder / LAST, self._training))
        self._set_rates()
        self._progress.start(len(history))
        try:
            while len(history) < stage.epochs and not self._watch.stop:
                history.append(self._epoch(len(history)))
                self._take_stock(history[-1])
        finally:
            self._progress.stop()
            self._keep()
        self._progress.end()

    @property
    def largest_rate(self) -> float:
        """Of the parameters that learn fastest, before the schedule."""
        return max(self._rates)

    def _epoch(self, epoch: int) -> dict[str, float]:
        losses = []
        set_epoch(self._train, epoch)
        for number, (inputs, labels) in enumerate(self._train):
            if number == 0:
                self._start(epoch)
            losses.append(self._learn(inputs, labels))
            self._progress.batch(number)
        scores = scores_of(self._head, self._val)
        self._note(epoch, scores)
        self._report(epoch, scores)
        loss = torch.stack(losses).mean()
        if not torch.isfinite(loss):
            raise TrainingError(diverged(epoch, self._training.stage.name, "training", float(loss), self.largest_rate))
        rate = max(group["lr"] for group in self._optimizer.param_groups)
        learned = {"train/loss": float(loss), "lr": float(torch.tensor(rate))}
        self._note(epoch, learned)
        row = {"epoch": epoch, "train/loss": learned["train/loss"], **scores, "lr": learned["lr"]}
        self._progress.epoch(epoch, row)
        return row

    def _start(self, epoch: int) -> None:
        """Seed what is random in an epoch, and tell the loss."""
        training = self._training
        set_epoch: Any = getattr(training.loss, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(epoch, training.stage.epochs)
        seed = derived_seed(training.seed, training.stage.name, epoch, 0)
        torch.manual_seed(seed)
        self._generator.manual_seed(seed)
        self._head.train()

    def _learn(self, inputs: Tensor, labels: Tensor) -> Tensor:
        targets = labels
        if self._training.mix is not None:
            inputs, targets = self._training.mix(inputs, labels, self._head.classes, self._generator)
        loss = self._training.loss(self._head(inputs), targets)
        self._optimizer.zero_grad()
        loss.backward()
        if self._settings.gradient_clip is not None:
            trained = [value for group in self._optimizer.param_groups for value in group["params"]]
            nn.utils.clip_grad_norm_(trained, self._settings.gradient_clip)
        self._optimizer.step()
        self._step += 1
        self._set_rates()
        return loss.detach()

    def _set_rates(self) -> None:
        factor = self._training.schedule.factor(self._step, self._total, self._per_epoch)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor

    def _note(self, epoch: int, metrics: Mapping[str, float]) -> None:
        if self._log is not None:
            self._log.add(epoch, metrics)

    def _report(self, epoch: int, scores: Mapping[str, float]) -> None:
        trial = current_trial()
        if trial is not None and (reason := trial.report(scores, self._first_epoch + epoch)):
            raise Pruned(reason)

    def _take_stock(self, row: Mapping[str, float]) -> None:
        """See whether the epoch was the best, and keep what has to be kept."""
        better = self._watch.better(row)
        if better:
            self.best, self.best_epoch = self._weights(), len(self._training.history) - 1
        if self._resumable:
            state = self._state()
            best = [(BEST, {**state, "state_dict": self.best})] if better else []
            kept = best or [entry for entry in self._waiting if entry[0] == BEST]
            self._waiting = [*kept, (LAST, state)]
        if time.monotonic() - self._kept >= KEEP_EVERY:
            self._keep()

    def _keep(self) -> None:
        for name, state in self._waiting:
            with atomic_write(self._folder / name) as temporary:
                torch.save(state, temporary)
        self._waiting = []
        if self._log is not None:
            self._log.flush()
        self._kept = time.monotonic()

    def _state(self) -> dict[str, Any]:
        return {
            "epoch": len(self._training.history) - 1,
            "global_step": self._step,
            "state_dict": self._weights(),
            "optimizer_states": [copy.deepcopy(self._optimizer.state_dict())],
            "history": list(self._training.history),
            OWNER: self._training.owner,
        }

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.clone() for name, value in kept_weights(self._training.network, backbone=False).items()}

    def _resume(self, kept: Mapping[str, Any]) -> None:
        """Go on where a checkpoint left off, of this loop or of Lightning."""
        _fill(self._training.network, kept["state_dict"])
        try:
            self._optimizer.load_state_dict(kept["optimizer_states"][0])
        except (LookupError, TypeError, ValueError) as error:
            raise refused(self._folder / LAST, "is the checkpoint of another optimizer") from error
        self._step = int(kept["global_step"])
        self._training.history.extend(kept["history"])
        if any([self._watch.better(row) for row in kept["history"]]):  # noqa: C419  # every epoch counts for patience
            best = _load(self._folder / BEST, self._training)
            self.best, self.best_epoch = best["state_dict"], int(best["epoch"])


def _fill(network: Network, weights: Mapping[str, Tensor]) -> None:
    own = {name.removeprefix(NETWORK): value for name, value in weights.items() if name.startswith(NETWORK)}
    network.load_state_dict(own, strict=False)


def _load(path: Path, training: HeadTraining) -> dict[str, Any]:
    return read_checkpoint(path, kept_weights(training.network, backbone=False), owner=training.owner)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Operations of a head are so small that waiting for a second thread costs more than it brings."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(usual)
