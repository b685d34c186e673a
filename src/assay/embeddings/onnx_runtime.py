"""OnnxRuntime: the frozen part of a network exported to ONNX and run on the CPU by ONNX Runtime."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from assay.data.cores import physical_cores
from assay.disk import note_use
from assay.embeddings.identity import weights_digest
from assay.embeddings.onnx_graph import onnx_graph
from assay.files import atomic_write, digest_of

if TYPE_CHECKING:
    import onnx

    from assay.models.network import Network

logger = logging.getLogger(__name__)

EXPORT_VERSION = 1
EXPORTED = "onnx"
"""Folder of a cache that holds exported networks."""
SCALE = ("mean", "std")
"""Buffers of a network that scale pictures."""


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

    The exporter sees the backbone alone, as a bundle has it: whoever exports a run finds its graph, and so do networks
    with another head. What scales the pictures are three nodes.

    Raises:
        Exception: whatever the exporter raises when it cannot do it.
    """
    graph = _behind_pictures(backbone_graph(network, size, graphs_dir=graphs_dir), network, size)
    with atomic_write(path) as temporary:
        temporary.write_bytes(graph.SerializeToString())


def backbone_graph(network: Network, size: int, *, graphs_dir: Path | None) -> onnx.ModelProto:
    """The graph from `normalised`, float [batch, 3, S, S], to `embeddings`, float [batch, D].

    Args:
        network: its backbone.
        size: S, in pixels.
        graphs_dir: see `onnx_graph`.

    Raises:
        Exception: whatever the exporter raises when it cannot do it.
    """
    # With an example batch of 1 torch 2.14 specialises the batch dimension and then refuses it as dynamic.
    example = torch.zeros((2, 3, size, size))
    return onnx_graph(network.backbone, example, "normalised", "embeddings", graphs_dir=graphs_dir)


def _behind_pictures(backbone: onnx.ModelProto, network: Network, size: int) -> onnx.ModelProto:
    """The graph with `Network.normalize` in front, from "images"."""
    from onnx import TensorProto, compose, helper, numpy_helper

    scale = [numpy_helper.from_array(getattr(network, name).float().cpu().numpy(), f"images.{name}") for name in SCALE]
    nodes = [
        helper.make_node("Cast", ["images"], ["images.float"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["images.float", "images.mean"], ["images.centred"]),
        helper.make_node("Div", ["images.centred", "images.std"], ["normalised"]),
    ]
    shape: list[str | int | None] = ["batch", 3, size, size]
    pictures = helper.make_tensor_value_info("images", TensorProto.UINT8, shape)
    normalised = helper.make_tensor_value_info("normalised", TensorProto.FLOAT, shape)
    front = helper.make_model(
        helper.make_graph(nodes, "images", [pictures], [normalised], scale),
        opset_imports=backbone.opset_import,
        ir_version=backbone.ir_version,
    )
    return compose.merge_models(front, backbone, io_map=[("normalised", "normalised")])
