"""OnnxSession: an exported graph, run by ONNX Runtime on decoded pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.data.image import Pixels
from assay.errors import BundleError

BATCH = 32


class Output(NamedTuple):
    """What a graph says about B pictures, all float32.

    Attributes:
        probabilities: [B, C], calibrated unless the format says that calibration is outside.
        logits: [B, C], before calibration.
        embeddings: [B, D].
    """

    probabilities: NDArray[np.float32]
    logits: NDArray[np.float32]
    embeddings: NDArray[np.float32]


class GraphSession(Protocol):
    """Called with decoded RGB pictures of one size, uint8 [B, 3, H, W]."""

    def __call__(self, pictures: NDArray[np.uint8]) -> Output:
        """What it says about them."""


class OnnxSession:
    """Runs a graph that `assay.deploy.graph.onnx_format` has written.

    Args:
        path: of the file.
        threads: that compute; None takes one per physical core.

    Raises:
        BundleError: ONNX Runtime cannot load it.
    """

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        import onnxruntime

        from assay.data.cores import physical_cores

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or physical_cores()
        # A thread that spins takes the core that the others need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no common base
            raise BundleError(f"{path}: ONNX Runtime cannot load it: {str(error).splitlines()[0]}") from error

    def __call__(self, pictures: NDArray[np.uint8]) -> Output:
        """What the graph says about decoded RGB pictures of one size, uint8 [B, 3, H, W]."""
        return Output(*self._session.run(list(Output._fields), {"pictures": np.ascontiguousarray(pictures)}))


def run(session: GraphSession, images: Sequence[Pixels]) -> Output:
    """What a session says about decoded pictures uint8 RGB [H, W, 3] of any sizes, in their order.

    Neighbours of one size go through it together, at most 32 at a time.
    """
    outputs = [session(_planes(batch)) for batch in _batches(images)]
    return Output(*(np.concatenate(values) for values in zip(*outputs, strict=True)))


def _planes(images: Sequence[Pixels]) -> NDArray[np.uint8]:
    """Pictures of one size, uint8 [B, 3, H, W]; OpenCV needs a quarter of what NumPy does for a transposed copy."""
    import cv2

    planes = np.empty((len(images), 3, *images[0].shape[:2]), np.uint8)
    for image, channels in zip(images, planes, strict=True):
        cv2.split(image, list(channels))
    return planes


def _batches(images: Sequence[Pixels]) -> Iterator[list[Pixels]]:
    batch: list[Pixels] = []
    for image in images:
        if batch and (len(batch) == BATCH or batch[0].shape != image.shape):
            yield batch
            batch = []
        batch.append(image)
    if batch:
        yield batch
