"""Weights of a predictor on disk: in one file, or the backbone in a file that several predictors have together."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import DataError
from assay.files import atomic_write, link_or_copy, sha256_of_file

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS, BACKBONE = "model.safetensors", "backbone.safetensors"
DIGEST = "backbone_sha256"
"""Key of the metadata of `model.safetensors`: which backbone belongs to it, where that lies in a file of its own."""
OF_BACKBONE = "backbone."


def save_weights(state: Mapping[str, Tensor], folder: Path, *, shared: Path | None) -> None:
    """Write all weights of a network, whole or not at all.

    Args:
        state: of the network.
        folder: takes `model.safetensors`.
        shared: folder of backbones by their sha256. With it the backbone lies in `backbone.safetensors` beside the
            other weights, which is one file with that of all predictors of the same backbone where the file system has
            links, and a copy where it has none. None puts everything into one file.
    """
    from safetensors.torch import save, save_file

    tensors = {name: value.contiguous() for name, value in state.items()}
    if shared is None:
        with atomic_write(folder / WEIGHTS) as temporary:
            save_file(tensors, temporary)
        (folder / BACKBONE).unlink(missing_ok=True)
        return
    body = save({name: value for name, value in tensors.items() if name.startswith(OF_BACKBONE)})
    digest = hashlib.sha256(body).hexdigest()
    _share(body, folder / BACKBONE, shared / f"{digest}.safetensors", digest)
    own = {name: value for name, value in tensors.items() if not name.startswith(OF_BACKBONE)}
    with atomic_write(folder / WEIGHTS) as temporary:
        save_file(own, temporary, metadata={DIGEST: digest})


def load_weights(folder: Path) -> dict[str, Tensor]:
    """All weights of a network.

    Raises:
        DataError: the backbone that belongs to them is missing, or is another one.
        OSError, SafetensorError: a file is missing or damaged.
    """
    from safetensors import safe_open
    from safetensors.torch import load_file

    with safe_open(folder / WEIGHTS, framework="pt") as opened:
        digest = (opened.metadata() or {}).get(DIGEST)
    own: dict[str, Tensor] = load_file(folder / WEIGHTS)
    if digest is None:
        return own
    file = folder / BACKBONE
    if not file.is_file():
        raise DataError(
            f"{folder}: {BACKBONE} is missing, the weights of the backbone (sha256 {digest}). Copy it from another "
            "model of this backbone that has the same sha256, or train again"
        )
    if (present := sha256_of_file(file)) != digest:
        raise DataError(
            f"{file}: these are not the weights of this model's backbone (their sha256 is {present[:12]}…, not "
            f"{digest[:12]}…). Bring the former file back, or train again"
        )
    return {**load_file(file), **own}


def saved_size(folder: Path) -> int:
    """Bytes of a saved predictor with its weights in one file, however they lie there."""
    sizes = {file.name: file.stat().st_size for file in folder.iterdir()}
    if BACKBONE not in sizes:
        return sum(sizes.values())
    from safetensors.torch import save

    whole = len(save(load_weights(folder)))
    return whole + sum(size for name, size in sizes.items() if name not in (WEIGHTS, BACKBONE))


def _share(content: bytes, file: Path, shared: Path, digest: str) -> None:
    """Write a file so that it is one with the shared one where that can be."""
    with suppress(OSError):
        if sha256_of_file(shared) == digest and link_or_copy(shared, file):
            return
    with atomic_write(file) as temporary:
        temporary.write_bytes(content)
    with suppress(OSError):  # without links there is no shared file, and every model has a copy
        shared.parent.mkdir(parents=True, exist_ok=True)
        aside = shared.with_name(f".{shared.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
        os.link(file, aside)
        aside.replace(shared)
