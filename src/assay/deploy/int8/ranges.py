"""Ranges of activations for INT8: cut where rare large values cost less than the coarser step that they force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.deploy.graph.onnx_inspect import constants, values_of

if TYPE_CHECKING:
    import onnx

TOGETHER = 8
"""Tensors that are held in memory at a time."""
MOST_VALUES = 400_000
"""Values of a tensor that its range is chosen by."""
SHARES = np.linspace(1.0, 0.3, 29)
"""Shares of the range from smallest to largest value that are tried, for both ends alike."""
LEVELS = 255


def ranges(model: onnx.ModelProto, inputs: NDArray[np.float32]) -> dict[str, tuple[float, float]]:
    """Smallest and largest value of each tensor that a layer reads or writes, after the cut.

    Args:
        model: in float, with one input.
        inputs: [N, …].

    Source: choosing a range by the mean squared error, e.g. Nagel et al. (2021), A White Paper on Neural Network
    Quantization, section 3.1.
    """
    fixed = constants(model)
    names = [
        name
        for node in model.graph.node
        if node.op_type in ("Conv", "Clip", "Relu", "Add", "Mul", "Gemm", "MatMul")
        for name in node.output
        if name not in fixed
    ]
    best_ranges = {}
    for start in range(0, len(names), TOGETHER):
        for name, values in values_of(model, names[start : start + TOGETHER], inputs).items():
            if values.dtype == np.float32 and values.size:
                flat = values.ravel()
                best_ranges[name] = best_range(flat[:: max(1, flat.size // MOST_VALUES)], (flat.min(), flat.max()))
    return best_ranges


def best_range(values: NDArray[np.float32], ends: tuple[float, float]) -> tuple[float, float]:
    """The share of a range, zero included, in which 256 levels give values back with the smallest squared error.

    Args:
        values: [n].
        ends: smallest and largest value.
    """
    low, high = min(0.0, float(ends[0])), max(0.0, float(ends[1]))
    if high <= low:
        return low, high
    errors = [_error(values, share * low, share * high) for share in SHARES]
    share = float(SHARES[int(np.argmin(errors))])
    return share * low, share * high


def _error(values: NDArray[np.float32], low: float, high: float) -> float:
    step = (high - low) / LEVELS
    zero = round(-low / step)
    levels = np.clip(np.round(values / step) + zero, 0, LEVELS)
    return float(np.mean(np.square((levels - zero) * step - values, dtype=np.float64)))
