"""The rows of a profile as one Parquet file that any reader of Parquet can open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.errors import DataError
from assay.files import atomic_write

if TYPE_CHECKING:
    from assay.monitoring.profile import Profile

KINDS = {
    "confidence": np.float32,
    "labels": np.int16,
    "predicted": np.int16,
    "rejected": np.bool_,
    "domain": np.int8,
    "block": np.int32,
}
"""Columns of one number a picture, by their kind."""
VECTORS = ("statistics", "probabilities", "components")
"""Columns of several float32."""


def write_table(profile: Profile, path: Path) -> None:
    """Write the rows, whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"splits": pa.array(profile.splits.tolist(), pa.string())}
    columns |= {name: pa.array(getattr(profile, name).astype(kind)) for name, kind in KINDS.items()}
    for name in VECTORS:
        if (matrix := getattr(profile, name)) is not None:
            flat = pa.array(np.ascontiguousarray(matrix, dtype=np.float32).ravel())
            columns[name] = pa.FixedSizeListArray.from_arrays(flat, matrix.shape[1])
    with atomic_write(path) as temporary:
        pq.write_table(pa.table(columns), temporary, compression="zstd")


def read_table(path: Path) -> dict[str, Any]:
    """Columns of a profile, by name.

    Raises:
        DataError: the file cannot be read as one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        columns: dict[str, Any] = {"splits": np.asarray(table["splits"].to_pylist(), dtype=np.str_)}
        for name, kind in KINDS.items():
            columns[name] = table[name].to_numpy().astype(kind, copy=False)
        for name in VECTORS:
            columns[name] = _matrix(table[name].combine_chunks()) if name in table.column_names else None
    except (OSError, KeyError, ValueError, AttributeError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read as a profile: {error}") from error
    return columns


def _matrix(values: Any) -> np.ndarray:
    flat = values.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(len(values), values.type.list_size).astype(np.float32, copy=False)
