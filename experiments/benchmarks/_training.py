"""What the training benchmarks share: made-up pictures, a network, and a clock for epochs."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from pytorch_lightning.callbacks import Callback

import assay  # noqa: F401  # sets the OpenMP wait policy before torch is used
from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from assay.data.splits import assign_splits
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network

CLASSES = 4


def made_up_pictures(folder: Path, count: int) -> Manifest:
    """Noisy JPEGs of 256 pixels in four classes, split."""
    rng = np.random.default_rng(0)
    for index in range(count):
        path = folder / "pictures" / str(index % CLASSES) / f"{index}.jpg"
        path.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)).save(path)
    return assign_splits(FolderSource(root=str(folder / "pictures")).build(folder / "cache"))


def default_network(weights: str = "none") -> Network:
    """The default backbone with a head, in channels-last memory."""
    torch.manual_seed(0)
    backbone = build_backbone("tf_efficientnet_lite0", weights=weights)
    return Network(backbone, LinearHead(backbone.embedding_dim, CLASSES)).to(memory_format=torch.channels_last)


class EpochClock(Callback):
    """Seconds from the start of each epoch to the end of its last training batch."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, trainer: object, pl_module: object) -> None:
        """Start the watch."""
        self.started = time.perf_counter()

    def on_train_batch_end(self, *_: object) -> None:
        """Read the watch; the last reading of an epoch is the epoch's."""
        self.read = time.perf_counter() - self.started

    def on_train_epoch_end(self, trainer: object, pl_module: object) -> None:
        """Keep the last reading."""
        self.seconds.append(self.read)
