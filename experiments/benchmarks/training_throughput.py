"""Images per second of a training epoch under Assay against a bare PyTorch loop: same network, data, transforms."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch
from _training import EpochClock, default_network, made_up_pictures

from assay.data.dataset import ImageDataset
from assay.data.loading import image_loader
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sampler.shuffle import Shuffle
from assay.models.classifier import Classifier
from assay.models.finetune.stage import Stage
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.schedules import Constant
from assay.models.trainer_settings import TrainerSettings
from assay.models.training import train_stage


def optimizer(parameters: object) -> torch.optim.Optimizer:
    """The optimizer of both."""
    return torch.optim.AdamW(parameters, lr=1e-3)


def under_assay(manifest: Manifest, size: int, batch: int) -> float:
    """Seconds of the second epoch."""
    train = manifest.only("train")
    sampler = Shuffle(train.labels, seed=0)
    data = image_loader(ImageDataset(train, Preprocessing(size=size)), batch, sampler=sampler, workers=1)
    val = image_loader(ImageDataset(manifest.only("val"), Preprocessing(size=size)), batch, workers=0)
    model = Classifier(
        default_network(),
        Stage("full", 2, "images"),
        loss=CrossEntropy(classes=4),
        optimizer=optimizer,
        schedule=Constant(),
    )
    clock = EpochClock()
    settings = TrainerSettings(batch_size=batch, accelerator="cpu", patience=None)
    with tempfile.TemporaryDirectory() as folder:
        train_stage(model, data, val, settings, Path(folder), callbacks=[clock])
    return clock.seconds[1]


def bare(manifest: Manifest, size: int, batch: int) -> float:
    """Seconds of the second epoch of a loop without any framework."""
    train = manifest.only("train")
    sampler = Shuffle(train.labels, seed=0)
    data = image_loader(ImageDataset(train, Preprocessing(size=size)), batch, sampler=sampler, workers=1)
    model = default_network().train()
    stepper = optimizer(model.parameters())
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        for images, labels in data:
            loss = torch.nn.functional.cross_entropy(model(images), labels)
            stepper.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            stepper.step()
        seconds = time.perf_counter() - started
    return seconds


def main() -> None:
    """Measure in turn and print the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        manifest = made_up_pictures(Path(folder), asked.images)
        pairs = []
        for number in range(asked.repeats):
            first, second = (under_assay, bare) if number % 2 else (bare, under_assay)
            times = {run.__name__: run(manifest, asked.size, asked.batch) for run in (first, second)}
            pairs.append((times["under_assay"], times["bare"]))
    images = len(manifest.only("train"))
    print(f"{'':8}{'images/s, median':>18}")
    for name, column in (("assay", 0), ("bare", 1)):
        print(f"{name:8}{images / statistics.median(pair[column] for pair in pairs):>18.1f}")
    ratio = statistics.median(theirs / mine for mine, theirs in pairs)
    print(f"throughput ratio assay / bare: {ratio:.3f} (target 0.97), median of {asked.repeats} pairs")


if __name__ == "__main__":
    main()
