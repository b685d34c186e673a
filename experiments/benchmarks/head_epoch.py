"""One head_only epoch on a warm embedding store against the same epoch through the frozen backbone."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch
from _training import EpochClock, default_network, made_up_pictures

from assay.data.dataset import ImageDataset
from assay.data.loading import image_loader
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sampler.shuffle import Shuffle
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.embeddings.extract import Embedder
from assay.embeddings.store import EmbeddingStore
from assay.models.classifier import Classifier
from assay.models.finetune.stage import Stage
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.network import Network
from assay.models.schedules import Constant
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage


def epoch_seconds(network: Network, stage: Stage, train: Any, val: Any, batch: int) -> float:
    """Median seconds of an epoch, the first left out."""
    clock = EpochClock()
    model = Classifier(network, stage, loss=CrossEntropy(classes=4), optimizer=torch.optim.AdamW, schedule=Constant())
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainerSettings(batch_size=batch, accelerator="cpu", patience=None)
        train_stage(model, train, val, settings, Path(folder), callbacks=[clock])
    return statistics.median(clock.seconds[1:])


def on_embeddings(manifest: Manifest, cache: Path, size: int, batch: int) -> float:
    """Seconds of an epoch of the head on what a warm store holds; reading the store counts as part of the epoch."""
    import time

    network = default_network("pretrained")
    train, val = manifest.only("train"), manifest.only("val")
    embedder = Embedder(network, Preprocessing(size=size), EmbeddingStore(cache))
    embedder(train)
    started = time.perf_counter()
    vectors = embedder(train)[None]
    reading = time.perf_counter() - started
    data = embedding_loader(EmbeddingDataset(vectors, train.labels), batch, sampler=Shuffle(train.labels, seed=0))
    held = embedding_loader(EmbeddingDataset(embedder(val)[None], val.labels), 4096)
    return reading + epoch_seconds(network, Stage("head", 12, "embeddings", blocks=0), data, held, batch)


def through_backbone(manifest: Manifest, size: int, batch: int) -> float:
    """Seconds of the same epoch when every picture goes through the frozen backbone."""
    train, val = manifest.only("train"), manifest.only("val")
    plain = Preprocessing(size=size)
    data = image_loader(ImageDataset(train, plain), batch, sampler=Shuffle(train.labels, seed=0), workers=1)
    held = image_loader(ImageDataset(val, plain), batch, workers=0)
    return epoch_seconds(default_network("pretrained"), Stage("head", 2, "images", blocks=0), data, held, batch)


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        manifest = made_up_pictures(Path(folder), asked.images)
        cache = Path(folder) / "embeddings"
        pairs = [
            (
                on_embeddings(manifest, cache, asked.size, asked.batch),
                through_backbone(manifest, asked.size, asked.batch),
            )
            for _ in range(asked.repeats)
        ]
    print(f"{'epoch of ' + str(len(manifest.only('train'))) + ' images':34}{'seconds, median':>16}")
    print(f"{'head on cached embeddings':34}{statistics.median(pair[0] for pair in pairs):>16.3f}")
    print(f"{'head through the frozen backbone':34}{statistics.median(pair[1] for pair in pairs):>16.3f}")
    ratio = statistics.median(slow / fast for fast, slow in pairs)
    print(f"ratio: {ratio:.0f} (target 50), median of {asked.repeats} pairs")


if __name__ == "__main__":
    main()
