"""Every detector by its name, and the panel of all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from assay.errors import DataError
from assay.postprocess.ood.detector import DETECTORS, Detector, Float64Array, LinearMap
from assay.predictions import Predictions


@dataclass(frozen=True)
class AutoDetector:
    """Stands for the best of the panel: by `choose` on the sets of `data.ood_val`, else by `choose_by_classes`."""

    method = "auto"


def panel() -> dict[str, Detector]:
    """Every detector with its defaults by name, not fitted, then their variants (Mahalanobis without normalisation)."""
    kinds = {name: kind for name, kind in DETECTORS.classes().items() if kind.in_panel}
    variants = {name: kind(**given) for kind in kinds.values() for name, given in kind.variants.items()}
    return {**{name: kind() for name, kind in kinds.items()}, **variants}


def choose(
    detectors: Mapping[str, Detector], in_domain: Predictions, sets: Mapping[str, Predictions]
) -> tuple[str, dict[str, float]]:
    """The detector with the highest mean AUROC over these sets, and the mean AUROC of each; the first of equals.

    Args:
        detectors: fitted.
        in_domain: of the split `val`, which no cut-off comes from and nothing is reported on.
        sets: OOD pictures that nothing is reported on.

    Raises:
        DataError: there are no images to choose with, or in-domain images of another split.
    """
    sets = {name: outside for name, outside in sets.items() if len(outside)}
    if in_domain.split != "val" or len(in_domain) == 0 or not sets:
        raise DataError(
            "ood/detector=auto chooses on images of the split val and the sets of data.ood_val; "
            f"got {len(in_domain)} images of {in_domain.split!r} and {len(sets)} sets"
        )
    means = {}
    for name, detector in detectors.items():
        inside = detector.score_of(in_domain)
        areas = [auroc(inside, detector.score_of(outside)) for outside in sets.values()]
        means[name] = sum(areas) / len(areas)
    return max(means, key=lambda name: means[name]), means


def auroc(inside: Float64Array, outside: Float64Array) -> float:
    """Chance that an OOD score is above an in-domain score, ties counting half."""
    ordered = np.sort(inside)
    below, not_above = (np.searchsorted(ordered, outside, side=side) for side in ("left", "right"))
    return float((below + not_above).mean() / 2 / len(inside))


def name_in_panel(detector: Detector) -> str:
    """The name under which the panel holds a detector like this."""
    for name, given in detector.variants.items():
        if all(getattr(detector, key) == value for key, value in given.items()):
            return name
    return detector.method


def fit_panel(train: Predictions, own: Detector | None = None, *, head: LinearMap | None = None) -> dict[str, Detector]:
    """Every detector fitted on `train`, by name, side by side; `own` stands in for the one like it."""
    from threadpoolctl import threadpool_limits

    detectors = panel() if own is None else {**panel(), name_in_panel(own): own}
    # The limit that each fit sets holds for the whole process: set here too, none of them lifts it for the others.
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        fitted = pool.map(lambda detector: detector.fit(train, head=head), detectors.values())
        return dict(zip(detectors, fitted, strict=True))
