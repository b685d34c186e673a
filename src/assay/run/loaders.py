"""What a stage of training reads: batches of embeddings or of pictures, for train and for val."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from omegaconf import DictConfig
from torch.utils.data import DataLoader

from assay.augment.minority import Policies
from assay.data.dataset import ImageDataset
from assay.data.kept_pixels import KeptPixels
from assay.data.loading import image_loader
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sampler.epoch_sampler import EpochSampler
from assay.embeddings.dataset import EmbeddingDataset, embedding_loader
from assay.embeddings.extract import Embedder, embed_views
from assay.run.workspace import cache_folder

if TYPE_CHECKING:
    from assay.models.head import Head
    from assay.predictions import IntArray

DEFAULT_VIEWS = 4
Loaders = tuple[DataLoader[Any], DataLoader[Any]]


@dataclass(frozen=True)
class LoaderSource:
    """The images that are trained and validated on, and how they are varied.

    Attributes:
        train: manifest of the split train.
        val: manifest of the split val.
        preprocessing: from a decoded picture to the network's input.
        policies: image policies of the training images.
        batch_size: images per step.
        seed: of the run.
        rows: whether a training batch carries the rows of its images among `train` in place of their labels.
    """

    train: Manifest
    val: Manifest
    preprocessing: Preprocessing
    policies: Policies
    batch_size: int
    seed: int
    rows: bool = False

    @property
    def targets(self) -> IntArray:
        """[N] int64, what a training batch carries beside its inputs."""
        return np.arange(len(self.train)) if self.rows else self.train.labels

    def embeddings(self, embedder: Embedder, head: Head, sampler: EpochSampler, views: int | None) -> Loaders:
        """Batches of embeddings; the head takes the statistics of the training ones.

        Args:
            embedder: gives embeddings by the backbone as it is now.
            head: is fitted.
            sampler: the rows of an epoch of training.
            views: augmented views of each image beside the plain one; None takes 4. Images that no policy varies have
                as many plain ones, and without any policy there is one each.
        """
        vectors = embedder(self.train)[None]
        count = DEFAULT_VIEWS if views is None else views
        if count and self.policies:
            vectors = np.repeat(vectors, 1 + count, axis=0)
            for policy, rows in self.policies.groups(self.train.labels):
                part = replace(self.train, table=self.train.table.iloc[rows])
                vectors[1:, rows] = embed_views(embedder, part, policy=policy, views=count, seed=self.seed)
        head.fit_(vectors.reshape(-1, vectors.shape[-1]), np.tile(self.train.labels, len(vectors)))
        train = EmbeddingDataset(vectors, self.targets, seed=self.seed)
        val = EmbeddingDataset(embedder(self.val)[None], self.val.labels)
        return embedding_loader(train, self.batch_size, sampler=sampler), embedding_loader(val, 4096)

    def images(self, config: DictConfig, sampler: EpochSampler, sizes: Sequence[int] = ()) -> Loaders:
        """Batches of pictures.

        Args:
            config: composed and checked.
            sampler: the rows of an epoch of training.
            sizes: side of the training pictures in each epoch, in pixels; none for the full size in all.
        """
        plain, workers = self.preprocessing, config.trainer.workers
        side = config.trainer.preresize
        kept = KeptPixels(cache_folder(config), side) if side else None
        train = ImageDataset(
            self.train,
            plain,
            augment=self.policies.usual,
            augment_class=self.policies.special,
            seed=self.seed,
            targets=self.targets,
            sizes=sizes,
            kept=kept,
        )
        # Batch normalisation of one picture whose feature map is one pixel has nothing to take a variance of; another
        # picture is the last one in each epoch, so none is left out of a training.
        drop_last = len(sampler) > self.batch_size > 1 and len(sampler) % self.batch_size == 1
        return (
            image_loader(train, self.batch_size, sampler=sampler, workers=workers, drop_last=drop_last),
            image_loader(ImageDataset(self.val, plain, kept=kept), self.batch_size, workers=workers),
        )
