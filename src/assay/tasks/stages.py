"""Train a network through its finetuning stages, on embeddings or on images, as each stage asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from omegaconf import DictConfig
from torch.utils.data import DataLoader

from assay.augment.minority import Policies
from assay.config.targets import build
from assay.data.dataset import ImageDataset
from assay.data.loading import image_loader
from assay.data.manifest import Manifest
from assay.data.sampler.epoch_sampler import EpochSampler
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.embeddings.extract import embed_views
from assay.models.classifier import Classifier
from assay.models.epoch_progress import EpochProgress
from assay.models.finetune.stage import Stage
from assay.models.network import Network
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage
from assay.tasks import parts
from assay.tracking.epoch_logger import EpochLogger

if TYPE_CHECKING:
    from assay.tracking.run import TrackedRun

STAGES = "stages"
DEFAULT_VIEWS = 4


@dataclass(frozen=True)
class Trained:
    """What training leaves beside the weights.

    Attributes:
        curves: one row per epoch: stage, epoch (counted over all stages), and the metrics of `classifier.CURVES`.
        notes: sentences that a reader of the run should see.
    """

    curves: pd.DataFrame
    notes: tuple[str, ...]


def train_stages(config: DictConfig, network: Network, manifest: Manifest, run: TrackedRun) -> Trained:
    """Train in place; stages that an earlier, interrupted call has finished are loaded.

    Args:
        config: composed and checked.
        network: gets the best weights of the last stage.
        manifest: needs the splits train and val.
        run: its folder takes the checkpoints of each stage; its metrics are logged epoch by epoch.
    """
    settings: TrainerSettings = build(config.trainer)
    train, val = manifest.only("train"), manifest.only("val")
    sampler = parts.sampler(config, train.labels, lambda: parts.embedder(config, network)(train))
    policies = parts.policies(config, train.labels, len(manifest.class_names))
    notes: list[str] = []
    curves: list[dict[str, Any]] = []
    mix = parts.mixing(config)
    for number, stage in enumerate(build(config.finetune).stages()):
        if stage.inputs == "embeddings":
            loaders, said = _embedding_loaders(config, network, stage, train, val, settings, sampler, policies)
            notes += [said] if said else []
        else:
            loaders = _image_loaders(config, train, val, settings, sampler, policies)
        classifier = Classifier(
            network,
            stage,
            loss=parts.loss(config, train.labels, len(manifest.class_names)),
            optimizer=build(config.optimizer),
            schedule=build(config.scheduler),
            mix=mix if mix and (stage.inputs == "images" or mix.any_input) else None,
            seed=config.seed,
        )
        train_stage(
            classifier,
            *loaders,
            settings,
            run.folder / STAGES / f"{number}-{stage.name}",
            logger=EpochLogger(run, first_epoch=len(curves)),
            callbacks=[EpochProgress(stage.name)],
        )
        first = len(curves)
        curves += [{**row, "stage": stage.name, "epoch": first + row["epoch"]} for row in classifier.history]
    network.eval()
    return Trained(pd.DataFrame(curves), tuple(notes))


def _embedding_loaders(
    config: DictConfig,
    network: Network,
    stage: Stage,
    train: Manifest,
    val: Manifest,
    settings: TrainerSettings,
    sampler: EpochSampler,
    policies: Policies,
) -> tuple[tuple[DataLoader[Any], DataLoader[Any]], str]:
    embedder = parts.embedder(config, network)
    views = stage.views if stage.views is not None else DEFAULT_VIEWS
    vectors = embedder(train)[None]
    if views and policies:
        vectors = np.repeat(vectors, 1 + views, axis=0)
        for policy, rows in policies.groups(train.labels):
            part = replace(train, table=train.table.iloc[rows])
            vectors[1:, rows] = embed_views(embedder, part, policy=policy, views=views, seed=config.seed)
    network.head.fit_(vectors.reshape(-1, vectors.shape[-1]))
    batch = settings.batch_size
    loaders = (
        embedding_loader(EmbeddingDataset(vectors, train.labels, seed=config.seed), batch, sampler=sampler),
        embedding_loader(EmbeddingDataset(embedder(val)[None], val.labels), 4096),
    )
    return loaders, embedder.note


def _image_loaders(
    config: DictConfig,
    train: Manifest,
    val: Manifest,
    settings: TrainerSettings,
    sampler: EpochSampler,
    policies: Policies,
) -> tuple[DataLoader[Any], DataLoader[Any]]:
    plain = parts.preprocessing(config)
    augmented = ImageDataset(train, plain, augment=policies.usual, augment_class=policies.special, seed=config.seed)
    return (
        image_loader(augmented, settings.batch_size, sampler=sampler, workers=settings.workers),
        image_loader(ImageDataset(val, plain), settings.batch_size, workers=settings.workers),
    )
