"""EmbedWorker: what a launcher sends to another process, where it embeds parts of the dataset with others."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import ConfigError, DataError
from assay.files import digest_of
from assay.launchers.portable import portable
from assay.launchers.share import Share
from assay.progress import silenced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.embeddings.claimed_work import Done
    from assay.embeddings.parts import VectorPart


@dataclass(frozen=True)
class EmbedWorker:
    """Claims parts and embeds them where it is unpickled, within its share of that machine.

    Attributes:
        config: composed and checked.
        shards: see `assay.embeddings.parts.cut`.
        parts: `digest_of_parts`, by which it knows that it sees the same images.
        folder: where the command was called, which all processes see.
        sign: a file of the command in the store, which all processes see.
        share: of the machine.
    """

    config: DictConfig
    shards: int | None
    parts: str
    folder: Path
    sign: Path
    share: Share

    def __call__(self) -> Done | Exception:
        """Work until nothing is left; gives what went wrong instead of raising it."""
        from assay.tracking.interrupt import termination_raises

        try:
            for seen in (self.folder, self.sign):
                if not seen.exists():
                    raise ConfigError(
                        f"{seen}: not there on {platform.node()}; call the command in a folder that all machines see, "
                        "and keep the cache in such a one"
                    )
            os.chdir(self.folder)
            with self.share.taken(), silenced(), termination_raises():
                return self._work()
        except Exception as error:
            return portable(error)

    def _work(self) -> Done:
        from assay.embeddings.claimed_work import work_through
        from assay.embeddings.parts import cut
        from assay.run.images import build_preprocessing
        from assay.run.network import build_embedder, build_network
        from assay.run.training_images import load_manifest

        manifest = load_manifest(self.config)
        network = build_network(self.config, len(manifest.class_names))
        embedder = build_embedder(self.config, network, build_preprocessing(self.config, manifest))
        parts = cut(manifest.pixel_ids, self.shards, batch=embedder.batch_size)
        if (
            digest_of_parts(parts) != self.parts
            or self.sign.parent.parent.name != embedder.store.folder(embedder.key()).name
        ):
            raise DataError(
                f"the dataset or the weights are others on {platform.node()} than where the command was called; all "
                "machines have to see the same"
            )
        return work_through(embedder, manifest, parts)


def digest_of_parts(parts: Sequence[VectorPart]) -> str:
    """Hex digest of which images are cut into which parts."""
    return digest_of([part.name for part in parts])
