"""What spoils an experiment on the dataset of a config: the finders of an audit, with what a config lets them ask."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from omegaconf import DictConfig

from assay.run.tested_sets import tested_sets
from assay.run.workspace import cache_folder

if TYPE_CHECKING:
    from assay.audit.findings import Findings
    from assay.data.manifest import Manifest


def findings_in(manifest: Manifest, config: DictConfig, kinds: tuple[str, ...] = ()) -> Findings:
    """The findings of these kinds in a dataset.

    Args:
        manifest: of the config's dataset.
        config: composed and checked: its cache, its tracking store, and its backbone where labels are asked about.
        kinds: what is looked for; () takes what needs nothing but the files.

    Raises:
        AssayError: no such kind; or labels are asked about, and the weights are not there.
    """
    from assay.audit.find import find
    from assay.audit.settings import FAST, FindSettings, Sources

    settings = FindSettings(kinds or FAST, seed=config.seed)
    tested, notes = tested_sets(config) if "leak" in settings.kinds else ({}, [])
    sources = Sources(cache_folder(config) / "scans", tested=tested)
    embeddings = None
    if "label" in settings.kinds and find_spec("cleanlab") is not None:
        embeddings = Embeddings(manifest, config)
        sources = replace(sources, embed=embeddings, embedded_by=embeddings.name)
    findings = find(manifest, sources, settings)
    cost = [embeddings.cost] if embeddings is not None and embeddings.cost else []
    return replace(findings, notes=(*findings.notes, *notes, *cost))


class Embeddings:
    """Embeddings by the config's frozen backbone, from the store where it has them.

    Attributes:
        name: digest of what they depend on.
    """

    def __init__(self, manifest: Manifest, config: DictConfig) -> None:
        from assay.run.images import build_preprocessing
        from assay.run.network import build_embedder, build_network

        network = build_network(config, len(manifest.class_names))
        self._embedder = build_embedder(config, network, build_preprocessing(config, manifest))
        self._backbone = network.backbone.name
        self._seconds = 0.0
        self.name = self._embedder.key().digest

    def __call__(self, manifest: Manifest) -> NDArray[np.float32]:
        """Float32 [N, D] of a manifest's pictures."""
        start = time.monotonic()
        vectors = self._embedder(manifest, what="embedding pictures for the audit")
        self._seconds += time.monotonic() - start
        return vectors

    @property
    def cost(self) -> str:
        """What it took, as a sentence; "" where everything was stored."""
        if not self._embedder.computed:
            return ""
        return (
            f"{self._embedder.computed} embeddings by {self._backbone} took {self._seconds:.0f} seconds; they are kept "
            "for the next audit and for trainings with this backbone"
        )
