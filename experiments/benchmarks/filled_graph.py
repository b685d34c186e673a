"""How much sooner ONNX Runtime has a finetuned network than by an export, once its architecture was exported.

python experiments/benchmarks/filled_graph.py [--model efficientnet_lite0] [--size 224] [--repeats 3]

Untrained weights, others each time; both ways end with a session that has answered once. Fails where answers differ.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from assay.embeddings.onnx_runtime import OnnxRuntime, export_embed
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network


def network(model: str, seed: int) -> Network:
    """A network with weights of its own."""
    torch.manual_seed(seed)
    backbone = build_backbone(model, "none")
    return Network(backbone, LinearHead(backbone.embedding_dim, 2)).eval()


def ready(net: Network, size: int, folder: Path, graphs: Path) -> tuple[float, np.ndarray]:
    """Seconds until it answers, and what it answers."""
    pictures = np.random.default_rng(0).integers(0, 256, (2, 3, size, size), dtype=np.uint8)
    started = time.perf_counter()
    export_embed(net, size, folder / "net.onnx", graphs_dir=graphs)
    answer = OnnxRuntime(folder / "net.onnx")(pictures)
    return time.perf_counter() - started, answer


def main() -> int:
    """Go both ways in turn and print one JSON object; 1 when the answers differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="efficientnet_lite0")
    for name, default in (("size", 224), ("repeats", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    exported, filled, same = [], [], True
    with tempfile.TemporaryDirectory() as made:
        kept = Path(made) / "kept"
        ready(network(asked.model, 0), asked.size, Path(made), kept)
        for repeat in range(1, asked.repeats + 1):
            net = network(asked.model, repeat)
            seconds, first = ready(net, asked.size, Path(made), Path(made) / f"empty-{repeat}")
            exported.append(seconds)
            seconds, second = ready(net, asked.size, Path(made), kept)
            filled.append(seconds)
            same &= bool(np.array_equal(first, second))
    ratios = [slow / fast for slow, fast in zip(exported, filled, strict=True)]
    report = {
        "model": asked.model,
        "export_s": round(statistics.median(exported), 2),
        "filled_s": round(statistics.median(filled), 2),
        "ratio": round(statistics.median(ratios), 1),
        "ratios": [round(ratio, 1) for ratio in ratios],
        "same_answers": same,
    }
    print(json.dumps(report, indent=2))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
