"""embedding_runtime: the fastest trusted way to run a frozen backbone here, ONNX Runtime on CPU or PyTorch itself."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from assay.embeddings.eager import EagerRuntime
from assay.embeddings.onnx_runtime import OnnxRuntime
from assay.embeddings.parity_record import checked_runtime, record_check
from assay.errors import ConfigError

if TYPE_CHECKING:
    from assay.models.network import Network

logger = logging.getLogger(__name__)

Backend = Literal["auto", "onnx", "eager"]
TOLERANCE = 1e-3
CHECKED_IMAGES = 4


class EmbeddingRuntime(Protocol):
    """Turns pictures into embeddings with the weights that the network had when the runtime was made."""

    @property
    def backend(self) -> Literal["onnxruntime", "eager"]:
        """What computes."""

    @property
    def note(self) -> str:
        """Why it is the slower one, "" otherwise; for the record of the run."""

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings [B, D] of RGB pictures [B, 3, S, S]."""


def embedding_runtime(
    network: Network,
    size: int,
    *,
    cache_dir: Path,
    graphs_dir: Path | None = None,
    backend: Backend = "auto",
    sample: NDArray[np.uint8] | None = None,
) -> EmbeddingRuntime:
    """A runtime for `network.embed`.

    On CUDA that is PyTorch. On CPU the network is exported to ONNX (once per weights, size and torch version; the file
    stays in `cache_dir`) and run by ONNX Runtime, whose embeddings of `sample` have to agree with PyTorch's to 1e-3
    relative in every row. A network that does not export or does not agree runs in PyTorch, and `note` says why. That a
    file agreed on made-up pictures is recorded beside it, so that the same file on the same machine is asked once.

    Args:
        network: takes uint8 [B, 3, S, S]; it is copied, not changed.
        size: S, side of the pictures in pixels.
        cache_dir: folder for exported networks.
        graphs_dir: folder for their graphs without weights, which networks of one architecture share; None takes
            `cache_dir`.
        backend: "onnx" insists, "eager" does not try.
        sample: [n, 3, S, S] pictures to compare on, the first four are used; None makes some up.

    Raises:
        ConfigError: "onnx" was insisted on and does not work; the message says why.
    """
    eager = EagerRuntime(network)
    if backend == "eager":
        return eager
    if backend == "auto" and eager.device.type != "cpu":
        return eager
    path = OnnxRuntime.path(network, size, cache_dir=cache_dir)
    if sample is None and (checked := checked_runtime(path)) is not None:
        return checked
    pictures = made_up_pictures(size) if sample is None else sample[:CHECKED_IMAGES]
    expected = eager(pictures)
    try:
        runtime = OnnxRuntime.of(eager.network, size, cache_dir=cache_dir, graphs_dir=graphs_dir)
        difference = relative_difference(runtime(pictures), expected)
        reason = "" if difference <= TOLERANCE else f"its embeddings differ by {difference:.1e} relative"
        if not reason and sample is None:
            record_check(path)
    except Exception as error:  # the exporter and ONNX Runtime fail in any way they like; the run must go on
        logger.debug("export to ONNX failed", exc_info=True)
        reason = _cause(error)
    if not reason:
        return runtime
    if backend == "onnx":
        raise ConfigError(
            f"ONNX Runtime cannot be used for this backbone: {reason}. Use backend=auto or backend=eager."
        )
    eager.note = f"embeddings are computed by PyTorch and not by ONNX Runtime: {reason}"
    logger.warning(eager.note)
    return eager


def relative_difference(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Largest distance of two rows over the length of the second, in two arrays [N, D]; infinite if incomparable."""
    if first.shape != second.shape or not (np.isfinite(first).all() and np.isfinite(second).all()):
        return float("inf")
    lengths = np.linalg.norm(second, axis=1)
    distances = np.linalg.norm(first - second, axis=1)
    return float(np.max(distances / np.maximum(lengths, np.finfo(np.float32).tiny), initial=0.0))


def made_up_pictures(size: int, count: int = 2) -> NDArray[np.uint8]:
    """Pictures [count, 3, size, size] with smooth shading and some noise, always the same."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 2 * np.pi, size)
    waves = rng.uniform(0.5, 4, (count, 3, 2))
    shading = np.sin(waves[..., :1] * ramp)[..., None] + np.cos(waves[..., 1:] * ramp)[..., None, :]
    noisy = 127.5 + 50 * shading + rng.normal(0, 8, shading.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _cause(error: BaseException) -> str:
    """The first line of what an error goes back to; the exporter wraps it in pages of advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in re.sub(r"\x1b\[\d*m", "", str(error)).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"[:300]
