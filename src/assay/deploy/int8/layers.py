"""Which layers INT8 hurts most: the noise that each adds to what it was handed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.deploy.graph.onnx_inspect import values_of

if TYPE_CHECKING:
    import onnx

QUANTIZED = "_DequantizeLinear_Output"


def harmful_layers(
    model: onnx.ModelProto, quantized: onnx.ModelProto, inputs: NDArray[np.float32]
) -> list[tuple[str, float]]:
    """Names of the convolutions and products that run in INT8, the most harmful first, each with the noise it adds.

    Noise is the mean square of what quantization changes in a tensor over the mean square of the tensor; a layer adds
    what its output has beyond its noisiest input.

    Args:
        model: in float.
        quantized: the same with pairs of QuantizeLinear and DequantizeLinear.
        inputs: [N, …].
    """
    written = {name for node in quantized.graph.node for name in node.output}
    in_float = {name for node in model.graph.node for name in node.output}
    standing = {name for name in in_float if name in written or f"{name}{QUANTIZED}" in written}
    layers = [
        node
        for node in model.graph.node
        if node.op_type in ("Conv", "Gemm", "MatMul")
        and any(f"{name}_quantized" in {value.name for value in quantized.graph.initializer} for name in node.input)
    ]
    seen = {name: _end(model, node.output[0], standing) for node in layers for name in [node.output[0]]}
    wanted = sorted({*seen.values(), *(name for node in layers for name in node.input if name in standing)} - {""})
    noise = _noise(model, quantized, wanted, written, inputs)
    added = []
    for node in layers:
        before = max((noise.get(name, 0.0) for name in node.input), default=0.0)
        added.append((node.name, noise.get(seen[node.output[0]], 0.0) - before))
    return sorted(added, key=lambda entry: -entry[1])


def _end(model: onnx.ModelProto, name: str, standing: set[str]) -> str:
    """The tensor itself, or what the rectifier behind it makes of it, where quantization took that one in."""
    if name in standing:
        return name
    behind = [node.output[0] for node in model.graph.node if name in node.input and node.op_type in ("Relu", "Clip")]
    return behind[0] if behind and behind[0] in standing else ""


def _noise(
    model: onnx.ModelProto,
    quantized: onnx.ModelProto,
    names: list[str],
    written: set[str],
    inputs: NDArray[np.float32],
) -> dict[str, float]:
    noise = {}
    for start in range(0, len(names), 12):
        part = names[start : start + 12]
        theirs = {name: f"{name}{QUANTIZED}" if f"{name}{QUANTIZED}" in written else name for name in part}
        before = values_of(model, part, inputs, optimised=False)
        after = values_of(quantized, list(theirs.values()), inputs, optimised=False)
        for name in part:
            power = float(np.mean(np.square(before[name], dtype=np.float64)))
            change = float(np.mean(np.square(before[name] - after[theirs[name]], dtype=np.float64)))
            noise[name] = change / power if power else 0.0
    return noise
