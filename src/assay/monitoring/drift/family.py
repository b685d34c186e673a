"""DriftFamily: all tests of one reference, asked about window after window, adjusted together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.comparison.holm import holm
from assay.monitoring.drift.cluster_weights import MOST_SHARE, ClusterWeights
from assay.monitoring.drift.effects import cramers_v, ks_distance, shares
from assay.monitoring.drift.measures import Measure, finite_rows, measures_of
from assay.monitoring.drift.observed import Observed
from assay.monitoring.drift.sign_flips import DRAWS, FlipOutcome, SignFlipTest
from assay.monitoring.drift.summaries import Categories, FourierFeatures, SampleSummary, Thresholds

FEWEST = 5
"""Pictures with a measure, and sources of them, from which it is tested."""


@dataclass(frozen=True, eq=False)
class MeasuredDrift:
    """One measure of one window against the reference.

    Attributes:
        measure: what was compared.
        n: pictures of the window that have it.
        effect: KS distance, Cramér's V, or MMD beyond what chance gives; in [0, √2].
        outcome: of the test; None where there are too few pictures.
        p_holm: adjusted for all measures of the window; 1 where there is no outcome.
    """

    measure: Measure
    n: int
    effect: float
    outcome: FlipOutcome | None
    p_holm: float = 1.0

    @property
    def p(self) -> float:
        """Of this test alone; 1 where there is no outcome."""
        return 1.0 if self.outcome is None else self.outcome.p


class DriftFamily:
    """Tests of one reference for every measure; what can be computed before a window comes is.

    Args:
        reference: answers about images of calib and test.
        weights: float64 [N] of the reference's rows, any scale: to ask how it would look with another mix of classes.
        seed: of flips and frequencies.
        most_share: weight that no source of a window gets more of.
    """

    def __init__(
        self,
        reference: Observed,
        *,
        weights: NDArray[np.float64] | None = None,
        seed: int = 0,
        most_share: float = MOST_SHARE,
    ) -> None:
        self.seed, self.most_share = seed, most_share
        self.measures = measures_of(reference)
        self._sides = [_ReferenceSide.of(measure, reference, weights, seed) for measure in self.measures]

    def __len__(self) -> int:
        return len(self.measures)

    def against(self, window: Observed, *, draws: int = DRAWS) -> list[MeasuredDrift]:
        """Every measure of a window, adjusted by Holm for all that were tested.

        Args:
            window: what was observed.
            draws: most flips of each test.
        """
        clusters = ClusterWeights.of(window.block, most_share=self.most_share)
        measured = [side.against(window, clusters, self.most_share, draws) for side in self._sides]
        adjusted = holm([each.p for each in measured])
        return [
            MeasuredDrift(each.measure, each.n, each.effect, each.outcome, value.p)
            for each, value in zip(measured, adjusted, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class _ReferenceSide:
    measure: Measure
    values: NDArray[np.generic]
    weights: NDArray[np.float64]
    test: SignFlipTest

    @classmethod
    def of(
        cls, measure: Measure, reference: Observed, weights: NDArray[np.float64] | None, seed: int
    ) -> _ReferenceSide:
        values = measure.values(reference)
        kept = finite_rows(values)
        values = values[kept]
        # Images of one group are one source of the reference, and each counts as itself.
        clusters = ClusterWeights.of(reference.block[kept], most_share=1.0)
        chosen = clusters.weights if weights is None else weights[kept] / weights[kept].sum()
        summary = _summary(measure, values, chosen, seed)
        return cls(measure, values, chosen, SignFlipTest(summary, summary.columns(values), clusters, chosen, seed))

    def against(self, window: Observed, clusters: ClusterWeights, most_share: float, draws: int) -> MeasuredDrift:
        try:
            values = self.measure.values(window)
        except (AttributeError, ValueError):
            return MeasuredDrift(self.measure, 0, 0.0, None)
        if values.ndim == 0:  # a log without embeddings
            return MeasuredDrift(self.measure, 0, 0.0, None)
        kept = finite_rows(values)
        n = int(kept.sum())
        if n < FEWEST:
            return MeasuredDrift(self.measure, n, 0.0, None)
        if n < len(kept):
            values, clusters = values[kept], ClusterWeights.of(window.block[kept], most_share=most_share)
        outcome = self.test.against(self.test.summary.columns(values), clusters, draws=draws)
        return MeasuredDrift(self.measure, n, self._effect(values, clusters, outcome), outcome)

    def _effect(self, values: NDArray[np.generic], clusters: ClusterWeights, outcome: FlipOutcome) -> float:
        if self.measure.test == "ks":
            reference, observed = self.values.astype(np.float32), values.astype(np.float32)
            return ks_distance(reference, observed, self.weights, clusters.weights)
        if self.measure.test == "chi2":
            count = len(self.measure.categories)
            first, second = shares(self.values, count, self.weights), shares(values, count, clusters.weights)
            return cramers_v(first * len(self.values), second * len(values))
        by_chance = float(np.square(outcome.flipped).mean())
        return float(np.sqrt(max(0.0, outcome.size**2 - by_chance)))


def _summary(measure: Measure, values: NDArray[np.generic], weights: NDArray[np.float64], seed: int) -> SampleSummary:
    if measure.test == "ks":
        return Thresholds.of(values.astype(np.float32))
    if measure.test == "mmd":
        return FourierFeatures.of(values.astype(np.float32), seed=seed)
    return Categories.of(shares(values, len(measure.categories), weights), len(values))
