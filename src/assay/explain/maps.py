"""Maps of many pictures: what was computed before is read, the rest is computed in batches and kept."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from assay.data.image import decoded_id, format_of
from assay.data.preprocessing import Preprocessing
from assay.embeddings.identity import weights_digest
from assay.embeddings.views import View, batches
from assay.files import atomic_write, digest_of
from assay.models.views import with_one_view
from assay.predictions import IntArray
from assay.progress import track

if TYPE_CHECKING:
    from assay.explain.method import Method
    from assay.models.network import Network

SCHEMA_VERSION = 1
THREADS = 2

Maps = NDArray[np.float32]


@dataclass(frozen=True)
class ImageFile:
    """An image file.

    Attributes:
        id: sha256 of its bytes.
        path: where it lies.
    """

    id: str
    path: Path


class MapMaker:
    """Gives maps by one method of one network, from its folder of the cache where they are there already.

    A network that is asked about several views of a picture is explained by what it makes of the picture as it is.

    Attributes:
        layer: the feature map that is explained, None where pixels are.
        folder: holds a file per picture and target.
        computed: how many maps this object has computed so far.

    Raises:
        ConfigError: the network has no such layer.
    """

    def __init__(self, network: Network, preprocessing: Preprocessing, method: Method, *, cache_dir: Path) -> None:
        self.network = network = with_one_view(network)
        self.preprocessing = preprocessing
        self.method = method
        self.layer = method.layer_of(network, preprocessing.size)
        explained = {**method.settings, "layer": self.layer.name if self.layer else None}
        key = digest_of([SCHEMA_VERSION, network_digest(network), preprocessing.digest, explained])
        self.folder = cache_dir / "maps" / key
        self.computed = 0

    def __call__(self, pictures: Sequence[ImageFile], targets: IntArray) -> Maps:
        """Maps float32 [N, h, w] in the order of the pictures.

        Args:
            pictures: N, at least one.
            targets: [N], the class that is explained in each.

        Raises:
            DataError: a picture cannot be read, or has changed since its id was taken.
        """
        stored = [self._stored(*pair) for pair in zip(pictures, targets, strict=True)]
        missing = [row for row, stored_map in enumerate(stored) if stored_map is None]
        computed = iter(self._compute(pictures, targets, missing))
        return np.stack([next(computed) if stored_map is None else stored_map for stored_map in stored])

    def _file(self, picture: ImageFile, target: int) -> Path:
        return self.folder / f"{decoded_id(picture.id, format_of(picture.path))}-{int(target)}.npy"

    def _stored(self, picture: ImageFile, target: int) -> Maps | None:
        """The map in the cache; one that is damaged counts as none."""
        try:
            stored = np.load(self._file(picture, target), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        whole = isinstance(stored, np.ndarray) and stored.ndim == 2 and stored.dtype == np.float32
        return stored if whole and np.isfinite(stored).all() else None

    def _compute(self, pictures: Sequence[ImageFile], targets: IntArray, rows: list[int]) -> list[Maps]:
        size = self.method.batch_size
        paths, ids = [pictures[row].path for row in rows], [pictures[row].id for row in rows]
        made: list[Maps] = []
        ready = batches(paths, ids, View(self.preprocessing), batch_size=size, threads=THREADS)
        with closing(ready):
            for batch in track(ready, self.method.title, total=len(rows), step=size):
                part = rows[len(made) : len(made) + size]
                inputs, wanted = torch.from_numpy(batch[: len(part)]), torch.as_tensor(targets[part])
                for row, computed_map in zip(
                    part, self.method(self.network, inputs, wanted, layer=self.layer), strict=True
                ):
                    made.append(computed_map.numpy())
                    self._keep(self._file(pictures[row], targets[row]), made[-1])
        self.computed += len(made)
        return made

    def _keep(self, path: Path, computed: Maps) -> None:
        content = io.BytesIO()
        np.save(content, computed, allow_pickle=False)
        with atomic_write(path) as temporary:
            temporary.write_bytes(content.getvalue())


def network_digest(network: Network) -> str:
    """Hex digest of all that decides a network's logits: normalisation, backbone and head."""
    head = hashlib.sha256()
    for name, value in network.head.state_dict().items():
        head.update(f"{name}{list(value.shape)}".encode())
        head.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest_of([weights_digest(network), head.hexdigest()])
