"""Put better rounded weights, and biases that make up for what is left, into a quantized graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from assay.deploy.graph.onnx_inspect import constants, values_of
from assay.deploy.int8.rounding import ConvShape, rounded

if TYPE_CHECKING:
    import onnx

TOGETHER = 8
"""Convolutions whose activations are held in memory at a time."""


def with_rounded_weights(
    model: onnx.ModelProto, quantized: onnx.ModelProto, inputs: NDArray[np.float32], *, largest: int
) -> onnx.ModelProto:
    """The quantized graph with the weights of its convolutions rounded by what they do to real activations.

    Args:
        model: in float.
        quantized: what ONNX Runtime made of it; changed in place.
        inputs: [N, …], for the activations.
        largest: whole number that no weight passes.
    """
    from onnx import numpy_helper

    floats, whole = constants(model), constants(quantized)
    convolutions = [
        node for node in model.graph.node if node.op_type == "Conv" and f"{node.input[1]}_quantized" in whole
    ]
    taken = {entry.name for entry in model.graph.input}
    for start in range(0, len(convolutions), TOGETHER):
        part = convolutions[start : start + TOGETHER]
        activations = values_of(model, sorted({node.input[0] for node in part} - taken), inputs)
        activations |= dict.fromkeys(taken, inputs)
        for node in part:
            weights = numpy_helper.to_array(floats[node.input[1]])
            steps = numpy_helper.to_array(whole[f"{node.input[1]}_scale"])
            if steps.size != weights.shape[0]:
                continue
            rounded_weights, shift = rounded(
                torch.from_numpy(weights.copy()),
                torch.from_numpy(steps.copy()),
                torch.from_numpy(activations[node.input[0]]),
                _shape(node, weights.shape),
                largest=largest,
            )
            name = f"{node.input[1]}_quantized"
            whole[name].CopyFrom(numpy_helper.from_array(rounded_weights.numpy().astype(np.int8), name))
            _shift_bias(node, floats, whole, shift.numpy())
    return quantized


def _shift_bias(node: onnx.NodeProto, floats: dict[str, Any], whole: dict[str, Any], shift: NDArray[Any]) -> None:
    from onnx import numpy_helper

    if len(node.input) < 3 or f"{node.input[2]}_quantized" not in whole:
        return
    name = f"{node.input[2]}_quantized"
    steps = numpy_helper.to_array(whole[f"{name}_scale"])
    bias = (numpy_helper.to_array(floats[node.input[2]]).astype(np.float64) + shift) / steps
    ends = np.iinfo(np.int32)
    kept = np.clip(np.round(bias), ends.min, ends.max).astype(np.int32)
    whole[name].CopyFrom(numpy_helper.from_array(kept, name))


def _shape(node: onnx.NodeProto, weights: tuple[int, ...]) -> ConvShape:
    import onnx

    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    return ConvShape(
        kernel=(weights[2], weights[3]),
        strides=tuple(attributes.get("strides", (1, 1))),
        dilations=tuple(attributes.get("dilations", (1, 1))),
        pads=(left, right, top, bottom),
        groups=attributes.get("group", 1),
    )
