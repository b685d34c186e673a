"""Equalise channels before INT8: those that stay small are scaled up to the range that all of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.deploy.graph.onnx_inspect import constants, readers, values_of

if TYPE_CHECKING:
    import onnx

MARGIN = 1.5
"""How far beyond the largest value that was seen a channel may still go before it is cut off."""
MOST = 32.0
"""By how much a channel is scaled up, at most."""


def equalised(model: onnx.ModelProto, inputs: NDArray[np.float32]) -> onnx.ModelProto:
    """The same function with other weights: `Conv → Relu or Clip(0, max) → Conv`, where nothing else reads between.

    One step serves all channels of an activation, so a channel that stays small has few of the 256 levels. Its weights
    and bias in front are multiplied by a factor, the weights behind divided by it, and rectifiers let that through; a
    Clip only as far as it does not cut what it did not cut before (beyond `MARGIN` times what was seen it may). Behind
    a depthwise convolution, whose channels have steps of their own, the factor is whole; elsewhere its root, because
    what activations gain there the weights lose.

    Args:
        model: with one input; left alone.
        inputs: [N, …], that the network is made for.

    Source: Nagel et al. (2019), Data-Free Quantization Through Weight Equalization and Bias Correction, section 4.1,
    with the ranges of activations in the place of those of weights.
    """
    import onnx
    from onnx import numpy_helper

    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    known, reading = constants(changed), readers(changed)
    outputs = {entry.name for entry in changed.graph.output}
    triples = []
    for first in changed.graph.node:
        if first.op_type != "Conv" or len(first.input) < 3 or len(reading.get(first.output[0], ())) != 1:
            continue
        between = reading[first.output[0]][0]
        behind = reading.get(between.output[0], [])
        top = _top(between, known) if between.op_type in ("Relu", "Clip") else None
        if top is None or len(behind) != 1 or behind[0].op_type != "Conv" or behind[0].input[0] != between.output[0]:
            continue
        weights = (first.input[1], first.input[2], behind[0].input[1])
        only_reader = all(name in known and len(reading[name]) == 1 for name in weights)
        if only_reader and not outputs & {first.output[0], between.output[0]}:
            triples.append((between.output[0], top, first, behind[0]))
    if not triples:
        return changed
    largest = _largest(changed, [name for name, *_ in triples], inputs)
    for name, top, first, second in triples:
        seen = largest[name]
        shared = top if np.isfinite(top) else float(seen.max())
        behind_weights = numpy_helper.to_array(known[second.input[1]])
        depthwise = behind_weights.shape[1] == 1
        factor = np.clip(shared / np.maximum(MARGIN * seen, 1e-6), 1.0, MOST).astype(np.float32)
        factor = factor if depthwise else np.sqrt(factor)
        for constant in (first.input[1], first.input[2]):
            values = numpy_helper.to_array(known[constant])
            scaled = values * factor.reshape(-1, *(1,) * (values.ndim - 1))
            known[constant].CopyFrom(numpy_helper.from_array(scaled, constant))
        per_output = _factors_behind(factor, behind_weights.shape, second)
        known[second.input[1]].CopyFrom(numpy_helper.from_array(behind_weights / per_output, second.input[1]))
    return changed


def _top(node: onnx.NodeProto, known: dict[str, onnx.TensorProto]) -> float | None:
    """The largest value that a rectifier lets through; None where it is none, or not known."""
    from onnx import numpy_helper

    if node.op_type == "Relu":
        return float("inf")
    ends = [numpy_helper.to_array(known[name]) for name in node.input[1:3] if name in known]
    return float(ends[1]) if len(ends) == 2 and float(ends[0]) == 0 and float(ends[1]) > 0 else None


def _largest(model: onnx.ModelProto, names: list[str], inputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Largest value of each channel of tensors [B, C, H, W]."""
    import onnx

    looked = onnx.ModelProto()
    looked.CopyFrom(model)
    axes = onnx.numpy_helper.from_array(np.array([2, 3], dtype=np.int64), "largest_axes")
    looked.graph.initializer.append(axes)
    for name in names:
        node = onnx.helper.make_node("ReduceMax", [name, "largest_axes"], [f"{name}_largest"], keepdims=0)
        looked.graph.node.append(node)
    largest = values_of(looked, [f"{name}_largest" for name in names], inputs)
    return {name: largest[f"{name}_largest"].max(axis=0) for name in names}


def _factors_behind(factor: NDArray[np.float32], shape: tuple[int, ...], node: onnx.NodeProto) -> NDArray[np.float32]:
    """What each weight [O, I / groups, h, w] of the second convolution is divided by."""
    import onnx

    groups = next(
        (onnx.helper.get_attribute_value(attribute) for attribute in node.attribute if attribute.name == "group"), 1
    )
    per_group = factor.reshape(groups, 1, -1)
    spread = np.broadcast_to(per_group, (groups, shape[0] // groups, shape[1])).reshape(shape[0], shape[1])
    return np.ascontiguousarray(spread.reshape(*spread.shape, *(1,) * (len(shape) - 2)))
