"""Which metrics a comparison makes claims about, unless it is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.comparison.resampling import Key
from assay.errors import DataError, did_you_mean
from assay.evaluation.catalogue import shown_on
from assay.evaluation.metrics import MetricFamily, Sample, families
from assay.predictions import Predictions

MOST_CLASSES = 20
"""Classes beyond which single ones are only compared when asked for: each is one more claim to pay for."""


def usual_families(sample: Sample) -> list[MetricFamily]:
    """All but what is costly: the decomposition of the Brier score, which takes as long as everything else together."""
    return [family for family in families(sample) if not family.costly]


def sample_of(predictions: Predictions) -> Sample:
    """Labels and probabilities of calibrated predictions.

    Raises:
        DataError: they are not calibrated.
    """
    return Sample.of(predictions.require_calibrated("a comparison"))


def wanted_keys(metrics: Sequence[str], available: Sequence[MetricFamily], class_names: Sequence[str]) -> list[Key]:
    """The metrics to make claims about, those over all classes first.

    Args:
        metrics: by name; empty for the usual ones.
        available: families of a sample.
        class_names: C names.

    Raises:
        DataError: there is no such metric.
    """
    sizes = {name: np.ndim(value) for family in available for name, value in family.exact().items()}
    chosen = list(metrics)
    if not chosen:
        chosen = [name for name in shown_on("claims", sizes) if not sizes[name] or len(class_names) <= MOST_CLASSES]
    for name in chosen:
        if name not in sizes:
            raise DataError(f"metric {name}: no such metric of these predictions; {did_you_mean(name, sizes)}")
    single: list[Key] = [(name, None) for name in chosen if not sizes[name]]
    each: list[Key] = [(name, index) for name in chosen if sizes[name] for index in range(len(class_names))]
    return list(dict.fromkeys(single + each))
