"""Training images per second of Assay's input pipeline against torchvision's, on JPEGs of 500×375 pixels.

Both read, decode, take a random resized crop of 224 pixels, mirror half of the pictures and end in normalised float
batches: torchvision in its workers (ImageFolder, RandomResizedCrop, RandomHorizontalFlip, ToTensor, Normalize), Assay
in uint8 until the batch is there, as its networks do. Each repeat times both, one after the other; the ratio is the
median of the ratios of the repeats.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_sample_images
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

import assay  # noqa: F401  # sets the OpenMP wait policy before torch is used
from assay.augment.standard import Standard
from assay.data.dataset import ImageDataset
from assay.data.loading import image_loader
from assay.data.manifest import COLUMNS, Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sampler.shuffle import Shuffle
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network

SIZE = 224
BATCH = 64
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TARGET = 1.3
# Windows have as many pixels on average as those of RandomResizedCrop(scale=(0.08, 1)) on 500×375, see `window_pixels`.
MIN_AREA = 0.15


def write_pictures(folder: Path, count: int) -> Manifest:
    """Parts of two photographs as JPEGs of 500×375, quality 90, in two class folders."""
    photographs = [Image.fromarray(image) for image in load_sample_images().images]
    rng = np.random.default_rng(0)
    rows = []
    for index in range(count):
        photograph = photographs[index % 2]
        width = photograph.width * rng.uniform(0.6, 1)
        height = width * 375 / 500
        left, top = rng.uniform(0, photograph.width - width), rng.uniform(0, max(0, photograph.height - height))
        box = (left, top, left + width, min(top + height, photograph.height))
        path = folder / str(index % 2) / f"{index:04d}.jpg"
        path.parent.mkdir(exist_ok=True)
        photograph.resize((500, 375), Image.Resampling.BICUBIC, box=box).save(path, quality=90)
        image_id = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append({"id": image_id, "path": str(path), "label": index % 2, "split": "train", "group": image_id})
    table = pd.DataFrame(rows)
    for column, dtype in COLUMNS.items():
        if column not in table:
            table[column] = "" if dtype == "str" else 0
    return Manifest(table, ("china", "flower"))


def torchvision_loader(folder: Path, workers: int) -> Iterable[tuple[Tensor, Tensor]]:
    """What the torchvision documentation recommends for training."""
    policy = transforms.Compose(
        [
            transforms.RandomResizedCrop(SIZE),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(MEAN, STD),
        ]
    )
    dataset = datasets.ImageFolder(str(folder), policy)
    return DataLoader(dataset, BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)


def assay_loader(manifest: Manifest, workers: int) -> Iterable[tuple[Tensor, Tensor]]:
    """The same window and mirror from `aug=standard`, without its turns and light."""
    policy = Standard(min_area=MIN_AREA, max_stretch=4 / 3, rotate_probability=0.0, light_probability=0.0)
    dataset = ImageDataset(manifest, Preprocessing(SIZE, "crop"), policy)
    return image_loader(dataset, BATCH, sampler=Shuffle(manifest.labels), workers=workers)


def images_per_second(loader: Iterable[tuple[Tensor, Tensor]], finish: Callable[[Tensor], Tensor]) -> float:
    """One epoch, from the first request to the last finished batch."""
    started = time.perf_counter()
    count = sum(len(finish(images)) for images, _ in loader)
    return count / (time.perf_counter() - started)


def window_pixels(draws: int = 20_000) -> tuple[float, float]:
    """Mean pixels of a window on 500×375: torchvision's and ours."""
    picture = Image.new("RGB", (500, 375))
    theirs = [
        height * width
        for _, _, height, width in (
            transforms.RandomResizedCrop.get_params(picture, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(draws)
        )
    ]
    rng = np.random.default_rng(0)
    aspect = np.exp(rng.uniform(-1, 1, draws) * np.log(4 / 3))
    ours = rng.uniform(MIN_AREA, 1, draws) * np.minimum(375, 500 / aspect) * np.minimum(500, 375 * aspect)
    return float(np.mean(theirs)), float(np.mean(ours))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=384)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 2])
    arguments = parser.parse_args()

    # Work is compared, not threads: two threads of torch wait for each other when the machine is busy.
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    backbone = build_backbone("efficientnet_lite0", weights="none")
    network = Network(backbone, LinearHead(backbone.embedding_dim, 2))
    theirs, ours = window_pixels()
    table = Table(title=f"input pipeline, images/s ({arguments.images} JPEGs of 500×375, {arguments.repeats} repeats)")
    for heading in ("workers", "torchvision", "assay", "ratio", "lowest", "highest", f"≥ {TARGET}"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_pictures(Path(folder), arguments.images)
        for workers in arguments.workers:
            theirs_loader, ours_loader = torchvision_loader(Path(folder), workers), assay_loader(manifest, workers)
            speeds = [
                (
                    images_per_second(theirs_loader, lambda batch: batch),
                    images_per_second(ours_loader, network.normalize),
                )
                for _ in range(arguments.repeats + 1)
            ][1:]  # the first starts workers and fills caches
            ratios = [mine / their for their, mine in speeds]
            ratio = statistics.median(ratios)
            columns = [statistics.median(column) for column in zip(*speeds, strict=True)]
            table.add_row(
                str(workers),
                *(f"{speed:.0f}" for speed in columns),
                f"{ratio:.2f}",
                f"{min(ratios):.2f}",
                f"{max(ratios):.2f}",
                "yes" if ratio >= TARGET else "no",
            )
            del theirs_loader, ours_loader
    console = Console()
    console.print(table)
    console.print(f"mean pixels of a window: torchvision {theirs:.0f}, assay {ours:.0f}")


if __name__ == "__main__":
    main()
