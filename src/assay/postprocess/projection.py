"""Projection: principal components of embeddings, 32 numbers a picture that a log can keep, and that show drift."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.errors import DataError
from assay.files import atomic_write
from assay.predictions import FloatArray, Predictions

COMPONENTS = 32
"""Most of them. What varies less than the 32nd is mostly noise of single pictures, and costs every row of the log."""
SMALLEST_SHARE = 1e-9
"""Of the variance of the first component; an axis with less has none, and dividing by it would make noise of zeros."""
LARGEST = 60_000.0
"""Of a component, in standard deviations of the reference: beyond it a 16-bit float is infinite."""
NAMES = ("mean", "axes", "scale")


@dataclass(frozen=True, eq=False)
class Projection:
    """From embeddings to whitened principal components, as the reference of a model has them.

    Attributes:
        mean: float32 [D], of the embeddings that it was fitted on.
        axes: float32 [K, D], of length 1 and orthogonal, the one of the largest variance first; of each axis the
            entry that is largest without its sign is positive.
        scale: float32 [K], standard deviation along each axis; each component is divided by it.

    Raises:
        DataError: shapes disagree, a value is not a number, or a scale is not positive.

    Source: Jolliffe (2002), Principal Component Analysis, chapter 2; the sign as in scikit-learn's `svd_flip`.
    """

    mean: FloatArray
    axes: FloatArray
    scale: FloatArray

    def __post_init__(self) -> None:
        if self.axes.ndim != 2 or self.mean.shape != self.axes.shape[1:] or self.scale.shape != self.axes.shape[:1]:
            shapes = ", ".join(f"{name} {getattr(self, name).shape}" for name in NAMES)
            raise DataError(f"a projection needs mean [D], axes [K, D] and scale [K], got {shapes}")
        if not all(np.isfinite(getattr(self, name)).all() for name in NAMES) or (self.scale <= 0).any():
            raise DataError("a projection has a value that is not a number, or a scale that is not positive")

    @property
    def count(self) -> int:
        """K, components of each embedding."""
        return len(self.axes)

    @classmethod
    def fit(cls, held_out: Predictions, *, most: int = COMPONENTS) -> Self:
        """Principal components of the embeddings of held-out images.

        Args:
            held_out: of the split `calib`, with embeddings [N, D].
            most: components; fewer where the embeddings vary along fewer axes.

        Raises:
            DataError: they are of another split, have no embeddings, or do not vary.
        """
        if held_out.split != "calib":
            raise DataError(
                f"a projection is fitted on images of the split calib, got {held_out.split!r}: what the network has "
                "learned from spreads less than what it has not seen, and what is tested stays untouched"
            )
        if held_out.embeddings is None:
            raise DataError("a projection is fitted on embeddings; these predictions have none")
        return cls.of(held_out.embeddings, most=most)

    @classmethod
    def of(cls, embeddings: FloatArray, *, most: int = COMPONENTS) -> Self:
        """Principal components of embeddings [N, D]; arguments and errors as of `fit`."""
        from scipy.linalg import eigh

        rows = np.asarray(embeddings, dtype=np.float64)
        if len(rows) < 2:
            raise DataError(f"a projection needs 2 embeddings or more, got {len(rows)}")
        mean = rows.mean(axis=0)
        centred = rows - mean
        covariance = centred.T @ centred / (len(rows) - 1)
        dimension = len(mean)
        least = max(0, dimension - min(most, len(rows) - 1))
        variances, vectors = eigh(covariance, subset_by_index=[least, dimension - 1])
        variances, axes = variances[::-1], vectors.T[::-1]
        kept = variances > max(variances[0] * SMALLEST_SHARE, np.finfo(np.float32).tiny)
        if not kept.any():
            raise DataError("the embeddings of all images are the same; there is nothing to project them on")
        axes = axes[kept]
        signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
        arrays = mean, axes * signs[:, None], np.sqrt(variances[kept])
        return cls(*(np.ascontiguousarray(array, dtype=np.float32) for array in arrays))

    def components(self, embeddings: FloatArray) -> NDArray[np.float16]:
        """Components float16 [N, K] of embeddings [N, D], in standard deviations of the reference.

        Raises:
            DataError: the embeddings are of another network.
        """
        if embeddings.ndim != 2 or embeddings.shape[1] != len(self.mean):
            raise DataError(f"a projection of {len(self.mean)} dimensions was given embeddings {embeddings.shape}")
        whitened = (embeddings - self.mean) @ self.axes.T / self.scale
        return np.clip(np.nan_to_num(whitened, nan=0.0), -LARGEST, LARGEST).astype(np.float16)

    def save(self, path: Path) -> None:
        """Write one safetensors file, whole or not at all."""
        from safetensors.numpy import save_file

        with atomic_write(path) as temporary:
            save_file({name: np.ascontiguousarray(getattr(self, name)) for name in NAMES}, str(temporary))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            DataError: there is no such file, or it is damaged.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            arrays = load_file(str(path))
            return cls(*(arrays[name] for name in NAMES))
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise DataError(f"{path}: cannot be read as a projection: {error}") from error
