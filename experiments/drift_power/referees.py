"""Referees: scipy's tests with Holm, to which every picture is a draw of its own, and river's ADWIN on the stream."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2_contingency, ks_2samp

from assay.comparison.holm import holm
from assay.monitoring.profile import Profile


def usual_p(reference: Profile, window: Profile) -> float:
    """Smallest p after Holm of KS for each statistic and confidence, and chi-squared for the rest."""
    values = [
        ks_2samp(*pair).pvalue
        for pair in zip(reference.statistics.T, window.statistics.T, strict=True)
        if len(np.unique(np.concatenate(pair))) > 1
    ]
    values.append(ks_2samp(reference.confidence, window.confidence).pvalue)
    for name in ("predicted", "rejected", "domain"):
        first, second = (getattr(each, name).astype(int) for each in (reference, window))
        size = max(first.max(), second.max()) + 1
        table = np.array([np.bincount(each, minlength=size) for each in (first, second)])
        table = table[:, table.sum(axis=0) > 0]
        if table.shape[1] > 1:
            values.append(chi2_contingency(table, correction=False).pvalue)
    return min(each.p for each in holm(values))


def adwin_alarms(reference: Profile, windows: list[Profile], *, level: float = 0.05) -> list[bool]:
    """Whether ADWIN meets a change within each window, when it has read the reference and then that window.

    One detector for each statistic that varies and for confidence, at the level divided by their number.
    """
    from river.drift import ADWIN

    columns = [*range(2, reference.statistics.shape[1]), None]
    alarms = []
    for window in windows:
        met = False
        for column in columns:
            before, after = (
                each.confidence if column is None else each.statistics[:, column] for each in (reference, window)
            )
            # ADWIN's bound is for values in [0, 1].
            low, high = np.quantile(before, [0.005, 0.995])
            detector = ADWIN(delta=level / len(columns), clock=8)
            for value in before:
                detector.update(float(np.clip((value - low) / (high - low), 0, 1)))
            for value in after:
                detector.update(float(np.clip((value - low) / (high - low), 0, 1)))
                met |= bool(detector.drift_detected)
        alarms.append(met)
    return alarms
