"""OnnxRuntime: the frozen part of a network exported to ONNX and run on the CPU by ONNX Runtime."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from assay.data.cores import physical_cores
from assay.disk import note_use
from assay.embeddings.identity import weights_digest
from assay.embeddings.onnx_graph import onnx_graph
from assay.files import atomic_write, digest_of
from assay.models.head import Head
from assay.models.network import Network

logger = logging.getLogger(__name__)

EXPORT_VERSION = 1
EXPORTED = "onnx"
"""Folder of a cache that holds exported networks."""


class OnnxRuntime:
    """Runs an exported network, which takes uint8 [B, 3, S, S] "images" and gives float32 [B, D] "embeddings".

    Args:
        path: the exported network.
        threads: how many compute; None takes one per physical core.
    """

    backend: Literal["onnxruntime"] = "onnxruntime"
    note = ""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or physical_cores()
        # Cores are shared with the threads that decode pictures: a thread that spins takes what they need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    @classmethod
    def of(cls, network: Network, size: int, *, cache_dir: Path, graphs_dir: Path | None = None) -> OnnxRuntime:
        """The runtime of `network.embed` for pictures of `size` pixels; exports only what is not in `cache_dir` yet.

        Args:
            network: on the CPU.
            size: side of the pictures in pixels.
            cache_dir: folder for networks with their weights.
            graphs_dir: folder for graphs without any, see `onnx_graph`; None takes `cache_dir`.

        Raises:
            Exception: whatever the exporter or ONNX Runtime raise when they cannot do it.
        """
        path = cls.path(network, size, cache_dir=cache_dir)
        if path.exists():
            try:
                runtime = cls(path)
                note_use(path)
                return runtime
            except Exception as error:  # a file of another ONNX Runtime, or a damaged one: as good as none
                logger.warning("%s cannot be used and is exported again: %s", path, error)
        logger.info("exporting the backbone to ONNX, once for these weights and this size")
        export_embed(network, size, path, graphs_dir=graphs_dir or cache_dir)
        return cls(path)

    @staticmethod
    def path(network: Network, size: int, *, cache_dir: Path) -> Path:
        """Where the export lies: the name says weights, normalisation, size and the version of torch."""
        known = digest_of([EXPORT_VERSION, weights_digest(network), size, torch.__version__])
        return cache_dir / f"{known[:32]}.onnx"

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings [B, D] of RGB pictures [B, 3, S, S]."""
        outputs: list[Any] = self._session.run(["embeddings"], {"images": np.ascontiguousarray(images)})
        return outputs[0]


def export_embed(network: Network, size: int, path: Path, *, graphs_dir: Path) -> None:
    """Write `network.embed` as one ONNX file with a free batch size, whole or not at all.

    Raises:
        Exception: whatever the exporter raises when it cannot do it.
    """
    # With an example batch of 1 torch 2.14 specialises the batch dimension and then refuses it as dynamic.
    example = torch.zeros((2, 3, size, size), dtype=torch.uint8)
    graph = onnx_graph(_Embed(network), example, "images", "embeddings", graphs_dir=graphs_dir)
    with atomic_write(path) as temporary:
        temporary.write_bytes(graph.SerializeToString())


class _Embed(nn.Module):
    """Has no head: networks of one backbone share a graph, however many classes they tell apart."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = Network(network.backbone, Head(network.backbone.embedding_dim, classes=1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.network.embed(images)
