"""A served model from the words that name it to an engine that answers behind the event loop."""

from __future__ import annotations

from omegaconf import DictConfig

from assay.serving.engine import Engine
from assay.serving.origin import find_bundle
from assay.serving.priority import behind_others


def load_engine(config: DictConfig, words: str, *, threads: int | None) -> Engine:
    """An engine whose threads give way to those that talk with clients.

    Args:
        config: where runs are recorded.
        words: that name the model, see `find_bundle`.
        threads: see `Engine.start`.

    Raises:
        AssayError: there is no such model, or it does not answer as it was measured.
    """
    bundle, origin = find_bundle(config, words)
    return behind_others(lambda: Engine.start(bundle, origin, threads=threads))
