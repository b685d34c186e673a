"""Train a network through its finetuning stages, on embeddings or on images, as each stage asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from omegaconf import DictConfig

from assay.config.targets import build
from assay.data.manifest import Manifest
from assay.data.sampler.epoch_sampler import EpochSampler
from assay.data.sampler.row_weights import expected_draws, with_row_weights
from assay.data.sampler.shuffle import Shuffle
from assay.data.sampler.weighted import Weighted
from assay.models.adapters import insert_adapters, merge_adapters
from assay.models.epochs import derived_seed
from assay.models.finetune.stage import Stage
from assay.models.head_loop import train_head
from assay.models.head_solving import solve_head
from assay.models.head_training import HeadTraining, suits
from assay.models.network import Network
from assay.models.progressive import note_on_sizes, sizes_of
from assay.models.pruning import current_trial
from assay.models.solved_head import TrainingRows
from assay.models.trainer_settings import TrainerSettings
from assay.predictions import IntArray
from assay.run.ensemble import draws_of_members, is_ensemble, note_on
from assay.run.images import build_preprocessing
from assay.run.learning import build_loss, build_mixing, build_policies, build_sampler
from assay.run.loaders import Loaders, LoaderSource
from assay.run.network import as_asked, build_embedder
from assay.run.teacher import has_teacher, teacher_logits
from assay.run.teacher import note_on as note_on_teacher
from assay.tracking.epoch_buffer import EpochBuffer
from assay.tracking.run_files import OWN_CACHE, STAGES

if TYPE_CHECKING:
    from assay.augment.minority import Policies
    from assay.models.classifier import Classifier
    from assay.tracking.run import TrackedRun


@dataclass(frozen=True)
class Trained:
    """What training leaves beside the weights.

    Attributes:
        curves: one row per epoch: stage, epoch (counted over all stages), and the metrics of `classifier.CURVES`.
        notes: sentences that a reader of the run should see.
        draws: [N] int64, how often each training image was drawn over all epochs that were trained, in manifest order.
        fit_seconds: inside the trainer's loop, over all stages.
    """

    curves: pd.DataFrame
    notes: tuple[str, ...]
    draws: IntArray
    fit_seconds: float


def train_stages(config: DictConfig, network: Network, manifest: Manifest, run: TrackedRun) -> Trained:
    """Train in place; stages that an earlier, interrupted call has finished are loaded. An ensemble stays as it is.

    Args:
        config: composed and checked.
        network: gets the best weights of the last stage.
        manifest: needs the splits train and val.
        run: its folder takes the checkpoints of each stage and embeddings by a backbone that this run has trained; its
            metrics are logged epoch by epoch.
    """
    if is_ensemble(config):
        return Trained(pd.DataFrame(), (note_on(config),), draws_of_members(config, manifest), 0.0)
    settings: TrainerSettings = build(config.trainer)
    train, val = manifest.only("train"), manifest.only("val")
    prepared = build_preprocessing(config, manifest)
    stages = build(config.finetune).stages()
    # The last stages on embeddings learn from those that answers are made of, the mean over all views; what a stage on
    # pictures goes on from sees a picture once, as that stage does.
    asked = as_asked(config, network)
    embedded = [network if _pictures_follow(stages[number:]) else asked for number in range(len(stages))]
    configured = build_sampler(config, train.labels, lambda: build_embedder(config, embedded[0], prepared)(train))
    policies = build_policies(config, train.labels, len(manifest.class_names))
    taught = teacher_logits(config, manifest) if has_teacher(config) else None
    source = LoaderSource(train, val, prepared, policies, settings.batch_size, config.seed, rows=taught is not None)
    notes = [*_about_policies(policies, manifest), *([note_on_teacher(config)] if taught is not None else [])]
    curves: list[dict[str, Any]] = []
    draws = np.zeros(len(train), dtype=np.int64)
    mix = build_mixing(config)
    own, fit_seconds = None, 0.0
    for number, stage in enumerate(stages):
        sampler = with_row_weights(_sampler(stage, configured), train.weights)
        if stage.new_head:
            torch.manual_seed(derived_seed(config.seed, stage.name, "new head"))
            network.head.reset_()
        if stage.inputs == "embeddings":
            embedder = build_embedder(config, embedded[number], prepared, own=own)
            loaders = source.embeddings(embedder, network.head, sampler, stage.views)
            notes += [embedder.note] if embedder.note else []
        else:
            sizes = sizes_of(stage, settings, config.data.image_size)
            notes += [note_on_sizes(sizes, stage.name)] if sizes else []
            loaders = source.images(config, sampler, sizes)
            own = run.folder / OWN_CACHE
        if stage.adapter is not None:
            notes.append(insert_adapters(network.backbone, stage.adapter, config.seed))
        loss = build_loss(config, train.labels, network.head, taught)
        made_of: dict[str, Any] = {
            "loss": loss,
            "optimizer": build(config.optimizer),
            "schedule": build(config.scheduler),
            "mix": mix if mix and (stage.inputs == "images" or mix.any_input) else None,
            "seed": config.seed,
            "owner": f"{run.run_id}/{number}-{stage.name}",
        }
        late_epoch = max(sampler.start_epoch, loss.starts(stage.epochs) if hasattr(loss, "starts") else 0)
        folder = run.folder / STAGES / f"{number}-{stage.name}"
        first = len(curves)
        trained: HeadTraining | Classifier
        if stage.inputs == "embeddings" and network.head.solved:
            trained, sentence = _solve_head(network, stage, made_of, loaders, train, sampler, run, first)
            notes.append(sentence)
        else:
            train_one = _train_head if suits(stage, settings) else _train_with_lightning
            trained = train_one(network, stage, made_of, loaders, settings, folder, run, first, late_epoch)
        notes += _about_soup(trained, first)
        if stage.adapter is not None:
            merge_adapters(network.backbone)
        curves += [{**row, "stage": stage.name, "epoch": first + row["epoch"]} for row in trained.history]
        draws += sampler.draws(len(trained.history))
        fit_seconds += trained.fit_seconds
    network.eval()
    return Trained(pd.DataFrame(curves), tuple(notes), draws, fit_seconds)


def _solve_head(
    network: Network,
    stage: Stage,
    made_of: dict[str, Any],
    loaders: Loaders,
    train: Manifest,
    sampler: EpochSampler,
    run: TrackedRun,
    first_epoch: int,
) -> tuple[HeadTraining, str]:
    """Without epochs; a sampler's draws become weights of the rows."""
    training = HeadTraining(network, stage, **made_of)
    images, val = loaders
    vectors: torch.Tensor = images.dataset.vectors  # type: ignore[attr-defined]  # of an EmbeddingDataset
    draws = expected_draws(sampler, train.weights)
    rows = TrainingRows(
        vectors.reshape(-1, vectors.shape[-1]).numpy(),
        np.tile(train.labels, len(vectors)),
        np.tile(train.groups, len(vectors)),
        np.tile(draws / draws.mean(), len(vectors)),
    )
    return training, solve_head(training, rows, val, log=EpochBuffer(run, first_epoch=first_epoch))


def _train_head(
    network: Network,
    stage: Stage,
    made_of: dict[str, Any],
    loaders: Loaders,
    settings: TrainerSettings,
    folder: Path,
    run: TrackedRun,
    first_epoch: int,
    late_epoch: int,
) -> HeadTraining:
    """Without Lightning, whose import takes longer than the training."""
    training = HeadTraining(network, stage, **made_of)
    train_head(
        training,
        *loaders,
        settings,
        folder,
        log=EpochBuffer(run, first_epoch=first_epoch),
        first_epoch=first_epoch,
        late_epoch=late_epoch,
        resumable=_resumable(),
    )
    return training


def _train_with_lightning(
    network: Network,
    stage: Stage,
    made_of: dict[str, Any],
    loaders: Loaders,
    settings: TrainerSettings,
    folder: Path,
    run: TrackedRun,
    first_epoch: int,
    late_epoch: int,
) -> Classifier:
    from assay.models.classifier import Classifier
    from assay.models.epoch_progress import EpochProgress
    from assay.models.epoch_report import EpochReport
    from assay.models.training import train_stage
    from assay.tracking.epoch_logger import EpochLogger

    classifier = Classifier(network, stage, **made_of)
    train_stage(
        classifier,
        *loaders,
        settings,
        folder,
        logger=EpochLogger(run, first_epoch=first_epoch, resumable=_resumable()),
        callbacks=[EpochProgress(stage.name), EpochReport(first_epoch)],
        late_epoch=late_epoch,
        resumable=_resumable(),
    )
    return classifier


def _pictures_follow(stages: Sequence[Stage]) -> bool:
    """Whether any of these stages is trained on pictures."""
    return any(stage.inputs == "images" for stage in stages)


def _resumable() -> bool:
    """A trial that was killed is tried again from its start."""
    return current_trial() is None


def _sampler(stage: Stage, configured: EpochSampler) -> EpochSampler:
    if stage.sampling == "configured":
        return configured
    kind = Shuffle if stage.sampling == "shuffle" else Weighted
    return kind(configured.labels, seed=configured.seed)


def _about_soup(trained: Classifier | HeadTraining, first_epoch: int) -> list[str]:
    """Which epochs the weights of a stage are the mean of; none where they are those of one epoch."""
    soup = getattr(trained, "soup", None)
    return [soup.sentence(trained.stage.name, first=first_epoch)] if soup is not None else []


def _about_policies(policies: Policies, manifest: Manifest) -> list[str]:
    """Which classes are varied in another way than the rest, and what that can do."""
    rare = [manifest.class_names[label] for label in policies.special]
    if not rare:
        return []
    return [
        f"Training images of {', '.join(rare)} were varied in another way than the rest (sampler.minority_augment). "
        "Where a network can see the variation itself, it gives the class away in training and is missing on new "
        "images: compare the recall of these classes with a run without it."
    ]
