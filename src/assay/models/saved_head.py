"""A head from what was saved of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.models.head import CosineHead, Head, LinearHead


def head_from_state(state: Mapping[str, Any], embedding_dim: int, classes: int) -> Head:
    """A head as its `state` says, whose weights are still to come.

    Raises:
        KeyError: no such kind.
    """
    from assay.models.ensemble import NAME, EnsembleHead
    from assay.models.kernel_head import KernelHead
    from assay.models.knn_head import KnnHead
    from assay.models.novelty_head import NoveltyHead

    if state["kind"] == "knn":
        knn = KnnHead(embedding_dim, classes, k=state["k"], temperature=state["temperature"])
        knn.hold_(state["rows"])
        return knn
    if state["kind"] == "kernel":
        kernel = KernelHead(embedding_dim, classes, width=state["width"], penalty=state["penalty"])
        kernel.hold_(state["rows"])
        return kernel
    if state["kind"] == NAME:
        places = [(int(start), int(length)) for start, length in (member["place"] for member in state["members"])]
        heads = [
            head_from_state(member["head"], length, classes)
            for member, (_, length) in zip(state["members"], places, strict=True)
        ]
        return EnsembleHead(embedding_dim, classes, heads=heads, places=places)
    kinds: dict[str, type[Head]] = {"linear": LinearHead, "cosine": CosineHead, "novelty": NoveltyHead}
    return kinds[state["kind"]](embedding_dim, classes, **{key: state[key] for key in state if key != "kind"})
