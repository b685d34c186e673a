"""Which layers at the start of a network stay in float when the rest becomes INT8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.deploy.graph.onnx_inspect import constants, values_of

if TYPE_CHECKING:
    import onnx


def first_layers(model: onnx.ModelProto, inputs: NDArray[np.float32], share: float) -> list[str]:
    """Names of the first layers, as many as need at most `share` of the network's multiply-adds.

    What is rounded there goes through everything behind, and INT8 saves little: with three channels in, or one channel
    per group, there is hardly a sum that its instructions could shorten.

    Args:
        model: in float, with one input.
        inputs: [N, …]; the first is looked at.
        share: from 0, none, to 1, all.
    """
    fixed = constants(model)
    layers = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm", "MatMul")]
    made = values_of(model, [node.output[0] for node in layers], inputs[:1])
    costs = [_multiply_adds(node, made[node.output[0]], fixed) for node in layers]
    within = np.cumsum(costs) <= share * sum(costs)
    return [node.name for node, small in zip(layers, within, strict=True) if small]


def _multiply_adds(node: onnx.NodeProto, made: NDArray[np.float32], fixed: dict[str, onnx.TensorProto]) -> int:
    """Of one image; a product of two activations counts as its result, since neither is a weight."""
    weights = next((fixed[name].dims for name in node.input if name in fixed and len(fixed[name].dims) > 1), None)
    if weights is None:
        return made.size
    outputs = made.shape[1 if node.op_type == "Conv" else -1]
    return made.size * int(np.prod(weights)) // outputs
