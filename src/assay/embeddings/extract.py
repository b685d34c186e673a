"""Embeddings of a manifest: what the store has is read, the rest is computed once and stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.data.cores import physical_cores
from assay.embeddings.identity import embedding_key, weights_digest
from assay.embeddings.key import EmbeddingKey
from assay.embeddings.onnx_runtime import EXPORTED
from assay.embeddings.runtime import Backend, EmbeddingRuntime, embedding_runtime
from assay.embeddings.store import EmbeddingStore
from assay.embeddings.views import View, ViewPolicy, batches
from assay.errors import StoreError
from assay.progress import track

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.data.preprocessing import Preprocessing
    from assay.models.network import Network

BATCH_SIZE = 32


class Embedder:
    """Gives embeddings of manifests by one frozen network, from the store where it has them.

    Everything runs in batches of 32 pictures for the model, the last one filled up, so that a vector does not depend on
    which pictures happened to be missing. Nothing is exported or loaded for inference before the first one is.

    Attributes:
        runtime: what computes; None while everything came out of the store.
        computed: how many vectors this object has computed so far.
        batch_size: pictures in a batch.
    """

    def __init__(
        self,
        network: Network,
        preprocessing: Preprocessing,
        store: EmbeddingStore,
        *,
        backend: Backend = "auto",
        cache_dir: Path | None = None,
        graphs_dir: Path | None = None,
        threads: int | None = None,
        weights: str | None = None,
    ) -> None:
        """Take what embeddings depend on.

        Args:
            network: its frozen part is used as it is now.
            preprocessing: for pictures, and the size for augmented ones.
            store: where vectors are kept.
            backend: see `embedding_runtime`.
            cache_dir: folder for exported networks; None puts them beside the vectors.
            graphs_dir: folder for their graphs without weights; None takes `cache_dir`.
            threads: how many decode pictures; None takes one per physical core.
            weights: the `weights_digest` of the network where it is known already.
        """
        self.network = network
        self.preprocessing = preprocessing
        self.store = store
        self.runtime: EmbeddingRuntime | None = None
        self.computed = 0
        self._backend = backend
        self._cache_dir = cache_dir or store.root / EXPORTED
        self._graphs_dir = graphs_dir or self._cache_dir
        self._threads = threads or physical_cores()
        self.batch_size = max(1, BATCH_SIZE // network.backbone.passes)
        self._weights = weights or weights_digest(network)

    @property
    def note(self) -> str:
        """Why the slower backend computes; "" when it does not, or when nothing was computed."""
        return self.runtime.note if self.runtime else ""

    def key(self, *, policy: ViewPolicy | None = None, view: int = 0, seed: int = 0) -> EmbeddingKey:
        """The key under which the store keeps these embeddings."""
        return embedding_key(
            self.network, self.preprocessing, policy=policy, view=view, seed=seed, weights=self._weights
        )

    def __call__(
        self, manifest: Manifest, *, policy: ViewPolicy | None = None, view: int = 0, seed: int = 0, what: str = ""
    ) -> NDArray[np.float32]:
        """Embeddings float32 [N, D] in the order of the manifest.

        Args:
            manifest: N images; byte-identical ones are computed once.
            policy: augmentation; None for pictures as they are.
            view: number of the augmented view.
            seed: of the augmentation; with the view's number and the image it decides what the view shows.
            what: what progress calls the work; "" for the view's number.

        Raises:
            DataError: a picture cannot be read or is not the one that the manifest saw.
            StoreError: the store cannot be read or written, an embedding is not finite, or the network's weights are
                no longer those that the Embedder was made with.
        """
        key = self.key(policy=policy, view=view, seed=seed)
        vectors, available = self.store.read(key, manifest.pixel_ids)
        if not available.all():
            shown = View(self.preprocessing, policy, view, seed)
            what = what or ("embedding" if policy is None else f"embedding view {view}")
            self._fill(vectors, np.flatnonzero(~available), manifest, key, shown, what)
        return vectors

    def compute(self, manifest: Manifest, view: View) -> NDArray[np.float32]:
        """Embeddings float32 [N, D] computed now, whatever the store has; nothing is stored."""
        vectors = np.empty((len(manifest), self.network.backbone.embedding_dim), dtype=np.float32)
        done = 0
        for part in self._batches(manifest.paths, manifest.ids.tolist(), view, "embedding"):
            vectors[done : done + len(part)] = part
            done += len(part)
        return vectors

    def _not_finite(self, path: Path, wrong: int, looked_at: int) -> str:
        """What is to blame for embeddings that are no numbers: one picture of many, or weights that suit none."""
        if wrong == looked_at > 1:
            return (
                f"{self.network.backbone.name}: its embeddings are not finite for any of {looked_at} pictures, so "
                "nothing is stored. It is the weights, not the pictures: take others by model.weights, or train at a "
                "lower optimizer.lr"
            )
        return (
            f"{path}: its embedding is not finite, so nothing is stored for it. Look at the picture and at the weights "
            "of the backbone."
        )

    def _fill(
        self,
        vectors: NDArray[np.float32],
        missing: NDArray[np.intp],
        manifest: Manifest,
        key: EmbeddingKey,
        view: View,
        what: str,
    ) -> None:
        unique, first, inverse = np.unique(manifest.pixel_ids[missing], return_index=True, return_inverse=True)
        order = np.argsort(first)  # back to the manifest's order: files listed together tend to lie together
        names, rows = unique[order], missing[first[order]]
        ids = manifest.ids[rows]
        paths = [Path(path) for path in manifest.table["path"].iloc[rows]]
        done = 0
        with self.store.writer(key) as writer:
            for part in self._batches(paths, ids.tolist(), view, what):
                places = slice(done, done + len(part))
                wrong = np.flatnonzero(~np.isfinite(part).all(axis=1))
                if len(wrong):
                    raise StoreError(self._not_finite(paths[done + wrong[0]], len(wrong), len(part)))
                writer.append(names[places], part)
                vectors[rows[places]] = part
                done += len(part)
        self.computed += done
        vectors[missing] = vectors[missing[first[inverse]]]

    def _batches(self, paths: list[Path], ids: list[str], view: View, what: str) -> Iterator[NDArray[np.float32]]:
        pictures = batches(paths, ids, view, batch_size=self.batch_size, threads=self._threads)
        left = len(ids)
        with closing(pictures):
            for batch in track(pictures, what, total=len(ids), step=self.batch_size):
                runtime = self.runtime or self._start(batch[:left])
                yield runtime(batch)[:left]
                left -= self.batch_size

    def _start(self, sample: NDArray[np.uint8]) -> EmbeddingRuntime:
        if weights_digest(self.network) != self._weights:
            raise StoreError(
                "the weights of the backbone have changed since its Embedder was made, so its embeddings would be "
                "stored under the wrong name. Make a new Embedder after training."
            )
        self.runtime = embedding_runtime(
            self.network,
            self.preprocessing.size,
            cache_dir=self._cache_dir,
            graphs_dir=self._graphs_dir,
            backend=self._backend,
            sample=sample,
        )
        return self.runtime


def embed(
    manifest: Manifest,
    network: Network,
    preprocessing: Preprocessing,
    store: EmbeddingStore,
    *,
    policy: ViewPolicy | None = None,
    view: int = 0,
    seed: int = 0,
    backend: Backend = "auto",
    cache_dir: Path | None = None,
) -> NDArray[np.float32]:
    """Embeddings float32 [N, D] in the order of the manifest; see `Embedder`, which several manifests can share."""
    embedder = Embedder(network, preprocessing, store, backend=backend, cache_dir=cache_dir)
    return embedder(manifest, policy=policy, view=view, seed=seed)


def embed_views(
    embedder: Embedder, manifest: Manifest, *, policy: ViewPolicy, views: int, seed: int = 0
) -> NDArray[np.float32]:
    """Embeddings float32 [K, N, D] of K augmented views of every image."""
    vectors = np.empty((views, len(manifest), embedder.network.backbone.embedding_dim), dtype=np.float32)
    for view in range(views):
        vectors[view] = embedder(manifest, policy=policy, view=view, seed=seed)
    return vectors
