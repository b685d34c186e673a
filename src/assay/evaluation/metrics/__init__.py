"""Metrics, one family per file: exact on the sample, vectorised over bootstrap resamples."""

from __future__ import annotations

import functools
from typing import Any

from assay.config.families import derived_in, imported
from assay.evaluation.catalogue import FAMILY, join, plugin_families
from assay.evaluation.metric_entry import UNCALIBRATED
from assay.evaluation.metrics.family import MetricFamily
from assay.evaluation.metrics.sample import Sample

__all__ = ["MetricFamily", "Sample", "families", "join_family"]

_joined: list[type[MetricFamily]] = []


def join_family(kind: type[MetricFamily]) -> None:
    """Turn on a family that is in no plug-in, for this process; doing it again changes nothing.

    From then on it is measured with the others, on calibrated probabilities, and its entries are in the catalogue, so
    that their pages show it, runs log it and comparisons make claims about it where they say so.

    Args:
        kind: made with a `Sample` alone.

    Raises:
        ConfigError: another metric has the name of one of its entries.
    """
    join(kind.entries)
    if kind not in _joined:
        _joined.append(kind)


def families(calibrated: Sample, uncalibrated: Sample | None = None) -> list[MetricFamily]:
    """Every metric of a sample; those of confidence also before calibration, with the suffix `_uncalibrated`."""
    kinds = [*_own(), *plugin_families(), *_joined]
    chosen = [kind(calibrated) for kind in kinds]
    if uncalibrated is not None:
        chosen += [kind(uncalibrated, suffix=UNCALIBRATED) for kind in kinds if kind.also_uncalibrated]
    return chosen


@functools.cache
def _own() -> tuple[type[Any], ...]:
    """Those of this folder."""
    return tuple(sorted(map(imported, derived_in(__name__, FAMILY)), key=lambda kind: kind.order))
