"""One shard of the embedding store: a safetensors file of image ids and vectors that proves itself when read."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from assay.embeddings.key import SCHEMA_VERSION, EmbeddingKey
from assay.embeddings.store_files import SUFFIX
from assay.files import atomic_write

MAX_IMAGES = 1024


class DamagedShard(Exception):  # noqa: N818  # it says what the shard is, and never leaves the room
    """The file is not what was written; the message says in which way."""


class Shard(NamedTuple):
    """Verified content of one file: ids bytes [n], vectors float32 [n, D], finite."""

    ids: NDArray[np.bytes_]
    vectors: NDArray[np.float32]


def write_shard(folder: Path, key: EmbeddingKey, ids: NDArray[np.bytes_], vectors: NDArray[np.float32]) -> Path:
    """Write one new shard under a name nobody else uses, whole or not at all; names sort by time of writing."""
    codes = ids.view(np.uint8).reshape(len(ids), ids.dtype.itemsize)
    about = {"schema": str(SCHEMA_VERSION), "checksum": _checksum(key, codes, vectors)}
    path = folder / f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
    with atomic_write(path) as temporary:
        # Bytes through Python and not `save_file`: that one forces mode 0600, and a team shares the store.
        temporary.write_bytes(save({"ids": codes, "vectors": vectors}, metadata=about))
    return path


def read_shard(path: Path, key: EmbeddingKey, wanted: Container[bytes] | None = None) -> Shard | None:
    """The verified content of a shard; None, without reading its vectors, where it has none of the `wanted` ids.

    Raises:
        DamagedShard: truncated, not safetensors, wrong shape, not finite, or the checksum does not match the content
            and the key (a shard copied in from another key is as wrong as a flipped bit).
        OSError: the file cannot be read.
    """
    try:
        with safe_open(path, framework="numpy") as opened:
            about = opened.metadata() or {}
            codes = opened.get_tensor("ids")
            ids = _ids_of(codes)
            if wanted is not None and not any(image in wanted for image in ids.tolist()):
                return None
            vectors = opened.get_tensor("vectors")
    except SafetensorError as error:
        raise DamagedShard(f"not a whole safetensors file of ids and vectors ({error})") from error
    if vectors.shape != (len(ids), key.dim) or vectors.dtype != np.float32:
        raise DamagedShard(f"vectors are {vectors.dtype} {vectors.shape}, expected float32 {(len(ids), key.dim)}")
    if about.get("checksum") != _checksum(key, codes, vectors):
        raise DamagedShard("checksum does not match the content")
    if not np.isfinite(vectors).all():
        raise DamagedShard("a vector is not finite")
    return Shard(ids, vectors)


def count_images(path: Path) -> int:
    """How many images the shard says it holds; unverified.

    Raises:
        DamagedShard: the file does not say.
    """
    try:
        with safe_open(path, framework="numpy") as opened:
            return int(opened.get_slice("ids").get_shape()[0])
    except SafetensorError as error:
        raise DamagedShard(str(error)) from error


def read_ids(path: Path) -> list[bytes]:
    """The images that the shard says it holds; unverified.

    Raises:
        DamagedShard: the file does not say.
        OSError: it cannot be read.
    """
    try:
        with safe_open(path, framework="numpy") as opened:
            ids: list[bytes] = _ids_of(opened.get_tensor("ids")).tolist()
            return ids
    except SafetensorError as error:
        raise DamagedShard(str(error)) from error


def _ids_of(codes: np.ndarray) -> NDArray[np.bytes_]:
    if codes.ndim != 2 or codes.dtype != np.uint8 or codes.shape[1] == 0:
        raise DamagedShard(f"ids are {codes.dtype} {codes.shape}, expected uint8 [n, length]")
    return np.ascontiguousarray(codes).view(f"S{codes.shape[1]}").ravel()


def _checksum(key: EmbeddingKey, codes: np.ndarray, vectors: np.ndarray) -> str:
    digest = hashlib.sha256(f"{key.digest} {codes.shape} {vectors.shape}".encode())
    digest.update(np.ascontiguousarray(codes).data)
    digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()
