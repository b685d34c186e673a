"""Solar cells for a year: monocrystalline ones as they are, polycrystalline ones through another camera.

Embeddings are computed once, by Assay's own runtime of the frozen backbone, and kept in a folder.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from assay.augment.corruption.corruption import Severity
from assay.augment.corruption.gaussian_blur import GaussianBlur
from assay.augment.corruption.jpeg import Jpeg
from assay.data.preprocessing import Preprocessing
from assay.data.quality import STATISTICS, statistics_of
from assay.data.sources.elpv import BINARY, ElpvSource
from assay.embeddings.runtime import embedding_runtime
from assay.files import atomic_write
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network

SIZE = 224
BATCH = 16
MONO = "elpv/mono"
MONO_CELL, POLY_CELL, CAMERA_CELL = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Cells:
    """N cells, row by row.

    Attributes:
        ids: sha256 of each file.
        groups: of copies and likenesses, which are never on two sides.
        labels: int64 [N], index into `BINARY`.
        kind: int64 [N], `MONO_CELL`, `POLY_CELL`, or `CAMERA_CELL` for a poly cell through the other camera.
        embeddings: float32 [N, D].
        statistics: float32 [N, S], of the same pictures.
    """

    ids: np.ndarray
    groups: np.ndarray
    labels: np.ndarray
    kind: np.ndarray
    embeddings: np.ndarray
    statistics: np.ndarray

    def rows(self, chosen: np.ndarray) -> Cells:
        """Some of them."""
        return Cells(**{name: column[chosen] for name, column in vars(self).items()})


def other_camera(image: np.ndarray, number: int, severity: Severity) -> np.ndarray:
    """A picture out of focus and packed as a small JPEG, as Assay's own corruptions make them."""
    rng = np.random.default_rng([number, 5])
    return Jpeg(severity).corrupt(GaussianBlur(severity).corrupt(image, rng), rng)


def load_cells(folder: Path, severity: Severity, *, mixed: bool) -> Cells:
    """All cells, embedded; read from a folder where they were embedded before.

    Args:
        folder: is made.
        severity: of blur and JPEG of the other camera, as in `evaluation=full`.
        mixed: whether poly cells are there as they are too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = ElpvSource(task="binary", on_conflict="drop").build(folder).labelled.table.reset_index(drop=True)
    poly = table[table["source"] != MONO]
    parts = [(MONO_CELL, table[table["source"] == MONO], None), (CAMERA_CELL, poly, severity)]
    parts += [(POLY_CELL, poly, None)] if mixed else []
    columns: dict[str, list[np.ndarray]] = {name.name: [] for name in fields(Cells)}
    for kind, rows, degraded in parts:
        file = folder / f"{'mono' if kind == MONO_CELL else 'poly'}-{SIZE}{f'-{degraded}' if degraded else ''}.npz"
        if not file.exists():
            made = _embedded(rows, folder, degraded)
            with atomic_write(file) as temporary, temporary.open("wb") as opened:
                np.savez(opened, vectors=made[0], statistics=made[1])
        with np.load(file) as kept:
            columns["embeddings"].append(kept["vectors"])
            columns["statistics"].append(kept["statistics"])
        columns["ids"].append(np.array(rows["id"].tolist()))
        columns["groups"].append(np.array(rows["group"].tolist()))
        columns["labels"].append(rows["label"].to_numpy())
        columns["kind"].append(np.full(len(rows), kind))
    return Cells(**{name: np.concatenate(each) for name, each in columns.items()})


def _embedded(table: Any, folder: Path, severity: Severity | None) -> tuple[np.ndarray, np.ndarray]:
    torch.manual_seed(0)
    backbone = build_backbone("tf_efficientnet_lite0", weights="pretrained")
    runtime = embedding_runtime(Network(backbone, LinearHead(backbone.embedding_dim, 2)), SIZE, cache_dir=folder)
    prepare = Preprocessing(size=SIZE)
    vectors, statistics = [], []
    cells = list(zip(table["id"], table["path"], strict=True))
    for start in range(0, len(cells), BATCH):
        images = []
        for name, path in cells[start : start + BATCH]:
            image = np.asarray(Image.open(path).convert("RGB"))
            images.append(image if severity is None else other_camera(image, int(name[:8], 16), severity))
        vectors.append(runtime(np.stack([prepare(image).transpose(2, 0, 1) for image in images])))
        statistics += [statistics_of(image) for image in images]
    return np.concatenate(vectors).astype(np.float32), np.stack(statistics).astype(np.float32)


__all__ = ["BINARY", "CAMERA_CELL", "POLY_CELL", "STATISTICS", "Cells", "Severity", "load_cells"]
