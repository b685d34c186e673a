"""Train one stage with Lightning: best weights in, best weights out, and nothing lost by a kill in between."""

from __future__ import annotations

import dataclasses
import logging
import signal
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from torch.utils.data import DataLoader

from assay.errors import ConfigError
from assay.files import atomic_write
from assay.models.adapters import train_adapters_only
from assay.models.checkpoint import NEEDED, OWNER, kept_weights, read_checkpoint
from assay.models.classifier import Classifier
from assay.models.epochs import BEST, DONE, LAST, check_best, set_epoch
from assay.models.finetune.stage import Stage
from assay.models.freezing import freeze, last_blocks, unfreeze
from assay.models.network import train_head_only
from assay.models.soup import (
    INGREDIENT,
    SOUP,
    Soup,
    cook,
    kept_epochs,
    measure_batch_norm,
    of_network,
)
from assay.models.trainer_settings import TrainerSettings
from assay.models.val_scores import scores_of
from assay.progress import Clock

WEIGHTS = ("epoch", "state_dict")
"""What is asked of a checkpoint that nothing goes on after."""
OF_LIGHTNING = ("loops", "lr_schedulers", "pytorch-lightning_version")
"""What a trainer needs of a checkpoint besides."""


def train_stage(
    classifier: Classifier,
    train: DataLoader[Any],
    val: DataLoader[Any],
    settings: TrainerSettings,
    folder: Path,
    *,
    logger: Any = None,
    callbacks: Sequence[Callback] = (),
    late_epoch: int = 0,
    resumable: bool = True,
) -> None:
    """Train what the classifier's stage unfreezes, and leave its network with the weights that were best on val.

    Called again after a kill with the same arguments and folder, it goes on after the last whole epoch and ends in the
    same weights; a stage that was finished is only loaded.

    Args:
        classifier: trained in place.
        train: batches of (inputs, labels); the sampler's order is a function of the epoch.
        val: batches of (inputs, labels).
        settings: how training runs.
        folder: for the checkpoints of this stage.
        logger: a Lightning logger.
        callbacks: further Lightning callbacks, e.g. progress.
        late_epoch: where something starts late (class weights, a sampler), its first epoch. Only from there on are
            epochs compared, for the best weights and for patience: those before are the way to it, not a result.
        resumable: whether each epoch is kept in the folder, so that a later call can go on after it.

    Raises:
        TrainingError: the loss is no number any more, or what the folder holds cannot be gone on after.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / DONE).exists():
        _freeze(classifier)
        trainer = _trainer(classifier, settings, folder, logger, callbacks, late_epoch, resumable)
        resumed = folder / LAST if (folder / LAST).exists() else None
        set_epoch(train, _next_epoch(classifier, resumed))
        try:
            with _quiet_lightning(), _threads_for(classifier.stage):
                clock = Clock()
                trainer.fit(_compiled(classifier, settings), train, val, ckpt_path=resumed, weights_only=True)
                clock.lap("fit")
                classifier.fit_seconds = clock.seconds["fit"]
        except SystemExit:
            if trainer.interrupted:
                signal.signal(signal.SIGINT, signal.default_int_handler)
                raise KeyboardInterrupt from None
            raise
        if _makes_soup(classifier, settings):
            classifier.network.to(trainer.strategy.root_device)
            _make_soup(classifier, train, val, settings, folder)
            classifier.network.cpu()
        if resumable:
            (folder / DONE).touch()
        for kept in kept_epochs(folder).values():
            kept.unlink()
    _load_best(classifier, folder)


def _trainer(
    classifier: Classifier,
    settings: TrainerSettings,
    folder: Path,
    logger: Any,
    callbacks: Sequence[Callback],
    late_epoch: int,
    resumable: bool,
) -> pl.Trainer:
    keep = partial(LateCheckpoint, folder, save_on_train_epoch_end=True, enable_version_counter=False)
    late = min(late_epoch, classifier.stage.epochs - 1)
    own: list[Callback] = [
        SetEpoch(),
        keep(filename=Path(BEST).stem, monitor=settings.monitor, mode=settings.mode).starting(late),
    ]
    if _makes_soup(classifier, settings):
        ingredients = SoupCheckpoint(
            folder,
            filename=INGREDIENT,
            auto_insert_metric_name=False,
            monitor=settings.monitor,
            mode=settings.mode,
            save_top_k=settings.soup or 1,
            save_weights_only=True,
            save_on_train_epoch_end=True,
            enable_version_counter=False,
        )
        own.append(ingredients.starting(late))
    if resumable:
        own.append(keep(filename=Path(LAST).stem))  # after the best one, whose state it holds
    if settings.patience is not None:
        own.append(LatePatience(settings.monitor, patience=settings.patience, mode=settings.mode).starting(late))
    if settings.ema_decay is not None and classifier.stage.inputs == "images":
        own.append(EMAWeightAveraging(decay=settings.ema_decay))
    try:
        with _quiet_lightning():
            return pl.Trainer(
                accelerator=settings.accelerator,
                devices=settings.devices,
                strategy=_strategy(settings),
                precision=settings.precision,
                gradient_clip_val=settings.gradient_clip,
                max_epochs=classifier.stage.epochs,
                logger=logger or False,
                callbacks=[*own, *callbacks],
                enable_progress_bar=False,
                enable_model_summary=False,
                use_distributed_sampler=False,
                num_sanity_val_steps=0,
                log_every_n_steps=1_000_000,
                default_root_dir=folder,
            )
    except (RuntimeError, ValueError, pl.utilities.exceptions.MisconfigurationException) as error:
        raise ConfigError(f"trainer: these devices or this precision do not work here: {error}") from error


class SetEpoch(Callback):
    """Calls `set_epoch` before each epoch's first batch is asked for."""

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Set sampler and dataset."""
        if trainer.train_dataloader is not None:
            set_epoch(trainer.train_dataloader, trainer.current_epoch)


class Late(Callback):
    """Makes a callback blind to the ends of the first epochs."""

    first_epoch = 0

    def starting(self, epoch: int) -> Self:
        """The same callback, which sees the ends of epochs from this one on."""
        self.first_epoch = epoch
        return self

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Pass on what is late enough."""
        if trainer.current_epoch >= self.first_epoch:
            super().on_train_epoch_end(trainer, pl_module)


class LateCheckpoint(Late, ModelCheckpoint):
    """Keeps the best of the late epochs."""


class SoupCheckpoint(LateCheckpoint):
    """Keeps the weights of several of the best of the late epochs."""


class LatePatience(Late, EarlyStopping):
    """Stops when the late epochs get no better."""


def _next_epoch(classifier: Classifier, checkpoint: Path | None) -> int:
    """Lightning asks a resumed epoch for its iterator before any hook runs, so the epoch must be set beforehand."""
    if checkpoint is None:
        return 0
    return int(_load(checkpoint, classifier, needed=(*NEEDED, *OF_LIGHTNING))["epoch"]) + 1


def _strategy(settings: TrainerSettings) -> str:
    """One process per device, started here: Lightning's other way runs the whole command again in each."""
    devices = settings.devices
    if devices == "auto":
        devices = torch.cuda.device_count() if settings.accelerator != "cpu" else 1
    if settings.strategy != "ddp" and int(devices) <= 1:
        return "auto"
    # Handing tensors over as open files fails in containers that limit them.
    torch.multiprocessing.set_sharing_strategy("file_system")
    return "ddp_spawn"


def _freeze(classifier: Classifier) -> None:
    network, blocks = classifier.network, classifier.stage.blocks
    unfreeze(network)  # into training mode too: Lightning leaves modes as they are
    if classifier.stage.adapter is not None:
        train_adapters_only(network)
    elif blocks == 0:
        train_head_only(network)
    elif blocks is not None:
        freeze(network.backbone, keep=last_blocks(network.backbone, blocks))


def _compiled(classifier: Classifier, settings: TrainerSettings) -> Classifier:
    if settings.channels_last and classifier.stage.inputs == "images":
        classifier.network.to(memory_format=torch.channels_last)
    if settings.compile:
        classifier.network.backbone.compile()  # the network's own forward is not what training calls
    return classifier


def _makes_soup(classifier: Classifier, settings: TrainerSettings) -> bool:
    return settings.soup is not None and classifier.stage.inputs == "images"


def _make_soup(
    classifier: Classifier, train: DataLoader[Any], val: DataLoader[Any], settings: TrainerSettings, folder: Path
) -> None:
    """Average the best epochs into a file of their own, beside the best one."""
    network, best = classifier.network, _load(folder / BEST, classifier)
    values = {int(row["epoch"]): row[settings.monitor] for row in classifier.history}
    files = kept_epochs(folder)
    sign = 1 if settings.mode == "min" else -1
    others = sorted(
        (epoch for epoch in files if epoch != best["epoch"]), key=lambda epoch: (sign * values[epoch], epoch)
    )
    ranked = [int(best["epoch"]), *others][: settings.soup]
    states = {epoch: _load(files[epoch], classifier, WEIGHTS)["state_dict"] for epoch in ranked[1:]}
    batch_norm = classifier.stage.batch_norm == "train"
    soup = cook(
        network,
        {epoch: of_network(state) for epoch, state in {ranked[0]: best["state_dict"], **states}.items()},
        ranked,
        lambda: scores_of(network, val)[settings.monitor],
        lambda: measure_batch_norm(network, train, classifier.stage.epochs) if batch_norm else None,
        settings.monitor,
        smaller_is_better=settings.mode == "min",
    )
    content = {
        "epoch": best["epoch"],
        "state_dict": {**best["state_dict"], **kept_weights(network, backbone=True)},
        "soup": dataclasses.asdict(soup),
        OWNER: classifier.owner,
    }
    with atomic_write(folder / SOUP) as temporary:
        torch.save(content, temporary)


def _load_best(classifier: Classifier, folder: Path) -> None:
    is_soup = (folder / SOUP).exists()
    best = _load(folder / SOUP, classifier, (*WEIGHTS, "soup")) if is_soup else _load(folder / BEST, classifier)
    classifier.load_state_dict(best["state_dict"], strict=classifier.strict_loading)
    if (folder / LAST).exists():
        classifier.history = list(_load(folder / LAST, classifier)["history"])
    check_best(classifier.history, int(best["epoch"]), classifier.stage.name, classifier.largest_rate)
    classifier.soup = Soup(**best["soup"]) if is_soup else None


def _load(path: Path, classifier: Classifier, needed: Sequence[str] = NEEDED) -> dict[str, Any]:
    weights = kept_weights(classifier.network, backbone=classifier.stage.inputs == "images")
    return read_checkpoint(path, weights, owner=classifier.owner, needed=needed)


@contextmanager
def _threads_for(stage: Stage) -> Iterator[None]:
    """One thread for a head on embeddings: its operations are so small that waiting for a second one costs more."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1 if stage.inputs == "embeddings" else usual)
    try:
        yield
    finally:
        torch.set_num_threads(usual)


@contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Lightning's hints about workers, checkpoints and devices say nothing that a person could act on here."""
    for name in ("pytorch_lightning", "lightning_fabric", "pytorch_lightning.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(pytorch_lightning|lightning_fabric|torch\.utils\.data).*")
        yield
