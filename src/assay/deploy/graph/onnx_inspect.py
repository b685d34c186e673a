"""Look into an ONNX graph: constants, readers and writers of a tensor, and what a tensor holds for given inputs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

BATCH = 16


def constants(model: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    """Initializers by name."""
    return {value.name: value for value in model.graph.initializer}


def readers(model: onnx.ModelProto) -> dict[str, list[onnx.NodeProto]]:
    """Nodes that take each tensor."""
    nodes: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            nodes.setdefault(name, []).append(node)
    return nodes


def values_of(
    model: onnx.ModelProto, names: Sequence[str], inputs: NDArray[np.float32], *, optimised: bool = True
) -> dict[str, NDArray[Any]]:
    """What tensors of a graph with one input hold, stacked over the batch.

    Args:
        model: left alone.
        names: of the tensors.
        inputs: [N, …].
        optimised: False runs every node as it stands, so that tensors inside of fused nodes can be seen.
    """
    import onnx
    import onnxruntime

    if not names:
        return {}
    looked = onnx.ModelProto()
    looked.CopyFrom(model)
    del looked.graph.output[:]
    looked.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "looked.onnx"
        onnx.save_model(looked, path)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    taken = session.get_inputs()[0].name
    parts = [session.run(list(names), {taken: inputs[start : start + BATCH]}) for start in range(0, len(inputs), BATCH)]
    return {name: np.concatenate(values) for name, *values in zip(names, *parts, strict=True)}
