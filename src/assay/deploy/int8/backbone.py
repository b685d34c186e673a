"""A backbone in INT8: static quantization by ONNX Runtime, with channels equalised before and weights rounded after."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assay.deploy.int8.equalise import equalised
from assay.deploy.int8.layers import harmful_layers
from assay.deploy.int8.ranges import ranges
from assay.deploy.int8.start import first_layers
from assay.deploy.int8.weights import with_rounded_weights
from assay.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import onnx

LOOKED_AT = 32
"""Images that weights are rounded by and layers are judged by."""
BATCH = 16


class Int8Backbone:
    """Quantizes one backbone, again where some of its layers are to stay in float.

    Weights are int8 with a step for each channel, activations uint8: what ONNX Runtime's CPU kernels are fastest with
    on x86. Ranges are cut where that makes the error smaller.

    Args:
        model: from normalised pictures to embeddings, in float.
        inputs: [N, 3, S, S], normalised pictures that ranges come from.
        reduce_range: weights of 7 bits.
        float_share: share of the multiply-adds, from the start on, that stays in float.
        passes: pictures that the model computes for one that is shown; the fewer are shown at once.
    """

    def __init__(
        self,
        model: onnx.ModelProto,
        inputs: NDArray[np.float32],
        *,
        reduce_range: bool = False,
        float_share: float = 0.0,
        passes: int = 1,
    ) -> None:
        # With a strided array INT8 agreed less with the float model; why is not known, and a copy does no harm.
        inputs = np.ascontiguousarray(inputs)
        self._inputs = inputs
        self._reduce_range = reduce_range
        self._start = first_layers(model, inputs, float_share)
        self._float = equalised(model, inputs)
        self._folder = tempfile.TemporaryDirectory()
        self._batch, looked_at = max(1, BATCH // passes), max(1, LOOKED_AT // passes)
        self._few = inputs[:: max(1, len(inputs) // looked_at)][:looked_at]
        self._ranges = {
            name: [{"rmin": np.float32(low), "rmax": np.float32(high)}]
            for name, (low, high) in ranges(self._float, self._few).items()
        }

    @property
    def start(self) -> list[str]:
        """Names of the first layers, which stay in float."""
        return list(self._start)

    @property
    def largest(self) -> int:
        """Whole number that no weight passes."""
        return 64 if self._reduce_range else 127

    def quantized(self, keep: Sequence[str] = ()) -> onnx.ModelProto:
        """The backbone in INT8.

        Args:
            keep: names of nodes that stay in float, besides the first ones.

        Raises:
            BundleError: ONNX Runtime cannot do it.
        """
        import onnx
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

        source, target = (Path(self._folder.name) / name for name in ("float.onnx", "int8.onnx"))
        if not source.exists():
            onnx.save_model(self._float, source)
        with _quiet():
            try:
                quantize_static(
                    source,
                    target,
                    _reader(self._inputs, self._float.graph.input[0].name, self._batch),
                    quant_format=QuantFormat.QDQ,
                    per_channel=True,
                    reduce_range=self._reduce_range,
                    activation_type=QuantType.QUInt8,
                    weight_type=QuantType.QInt8,
                    nodes_to_exclude=[*self._start, *keep],
                    extra_options={"TensorQuantOverrides": self._ranges},
                    calibration_cache_path=Path(self._folder.name) / "ranges.json",
                )
            except Exception as error:  # it raises whatever its parts raise
                raise BundleError(f"this backbone cannot be quantized: {type(error).__name__}: {error}") from error
        made = onnx.load(target)
        return with_rounded_weights(self._float, made, self._few, largest=self.largest)

    def harmful(self, quantized: onnx.ModelProto) -> list[str]:
        """Names of the layers that run in INT8, the one that adds most noise first."""
        return [name for name, _ in harmful_layers(self._float, quantized, self._few[: self._batch])]


def _reader(inputs: NDArray[np.float32], name: str, batch: int = BATCH) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._starts = iter(range(0, len(inputs), batch))

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            start = next(self._starts, None)
            return None if start is None else {name: inputs[start : start + batch]}

    return Reader()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice that the quantizer gives through the root logger."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)
