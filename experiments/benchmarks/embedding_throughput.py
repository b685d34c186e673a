"""Images per second of embedding extraction against an eager channels_last float32 loop.

The network is efficientnet_lite0 at 224 pixels. "in memory" times the network alone on pictures that
are decoded already; "from files" times all of it: Assay's Embedder filling an empty store against the same eager loop
behind a DataLoader. Each repeat times both, one after the other; the ratio is the median of the repeats' ratios. Fails
when the ratio in memory is under 2 or the features differ by more than 1e-3 relative.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
from input_pipeline import write_pictures
from rich.console import Console
from rich.table import Table

from assay.data.dataset import ImageDataset
from assay.data.loading import image_loader
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.embeddings.extract import BATCH_SIZE, Embedder
from assay.embeddings.runtime import TOLERANCE, embedding_runtime, relative_difference
from assay.embeddings.store import EmbeddingStore
from assay.embeddings.views import View, batches
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network

SIZE = 224
TARGET = 2.0


def eager_loop(network: Network, pictures: list[torch.Tensor]) -> np.ndarray:
    """The rival: what one writes without a framework."""
    with torch.inference_mode():
        parts = [network.embed(batch.contiguous(memory_format=torch.channels_last)) for batch in pictures]
    return torch.cat(parts).numpy()


def eager_from_files(network: Network, manifest: Manifest, preprocessing: Preprocessing) -> np.ndarray:
    loader = image_loader(ImageDataset(manifest, preprocessing), BATCH_SIZE)
    return eager_loop(network, (batch for batch, _ in loader))  # type: ignore[arg-type]


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> int:
    """Print the table; 1 when the claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=128, help="a multiple of the batch size of 32")
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()

    preprocessing = Preprocessing(size=SIZE)
    backbone = build_backbone("tf_efficientnet_lite0")
    network = Network(backbone, LinearHead(backbone.embedding_dim, 2)).eval().to(memory_format=torch.channels_last)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        manifest = write_pictures(folder / "pictures", arguments.images)
        ready = batches(
            manifest.paths,
            manifest.ids.tolist(),
            View(preprocessing),
            batch_size=BATCH_SIZE,
            threads=torch.get_num_threads(),
        )
        arrays = list(ready)
        tensors = [torch.from_numpy(array) for array in arrays]
        runtime = embedding_runtime(network, SIZE, cache_dir=folder / "onnx", sample=arrays[0])

        def from_files() -> None:
            with tempfile.TemporaryDirectory(dir=folder) as store:
                embedder = Embedder(network, preprocessing, EmbeddingStore(Path(store)))
                embedder.runtime = runtime
                embedder(manifest)

        rivals = {
            "in memory": (lambda: eager_loop(network, tensors), lambda: [runtime(array) for array in arrays]),
            "from files": (lambda: eager_from_files(network, manifest, preprocessing), from_files),
        }
        table = Table(title=f"embedding {arguments.images} pictures, images/s ({arguments.repeats} repeats)")
        for heading in ("pictures", "eager", runtime.backend, "ratio", "lowest", "highest", f"≥ {TARGET}"):
            table.add_column(heading, justify="right")
        reached = {}
        for what, (theirs, ours) in rivals.items():
            times = [(seconds(theirs), seconds(ours)) for _ in range(arguments.repeats + 1)][1:]  # the first warms up
            ratios = [their / own for their, own in times]
            reached[what] = statistics.median(ratios)
            speeds = [arguments.images / statistics.median(column) for column in zip(*times, strict=True)]
            table.add_row(
                what,
                *(f"{speed:.0f}" for speed in speeds),
                *(f"{value:.2f}" for value in (reached[what], min(ratios), max(ratios))),
                "yes" if reached[what] >= TARGET else "no",
            )
        features = np.concatenate([runtime(array) for array in arrays])[: arguments.images]
        expected = eager_loop(network, tensors)[: arguments.images]
    difference = relative_difference(features, expected)
    console = Console()
    console.print(table)
    console.print(f"largest relative difference of two features: {difference:.1e} (allowed: {TOLERANCE:g})")
    return 0 if reached["in memory"] >= TARGET and difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
