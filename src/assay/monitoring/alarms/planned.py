"""Drift of a window at the level at which alarms are as rare as a plan wants them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assay.monitoring.alarms.plan import AlarmPlan
from assay.monitoring.alarms.threshold import calibrated_threshold
from assay.monitoring.drift.independent import with_sources
from assay.monitoring.drift.measure import measure_drift
from assay.monitoring.drift.measures import measures_of
from assay.monitoring.drift.report import DriftReport
from assay.monitoring.drift.settings import DriftSettings
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window


def planned_drift(profile: Profile, window: Window, settings: DriftSettings, plan: AlarmPlan) -> DriftReport:
    """The report of a window at the level that replayed windows without drift give, with a note on how it came about.

    Args:
        profile: the reference.
        window: that is tested.
        settings: how; the level is that of the plan.
        plan: looks, and false alarms that are accepted.

    Raises:
        DataError: the profile has too few images to be replayed.
    """
    if not window.enough:
        return measure_drift(profile, window, settings)
    _, sizes = np.unique(with_sources(window, settings.sources)[0].block, return_counts=True)
    threshold = calibrated_threshold(profile, sizes, plan, seed=settings.seed)
    tests = len(measures_of(profile))
    report = measure_drift(profile, window, replace(settings, level=threshold.level, draws=threshold.draws(tests)))
    smaller = "" if threshold.n == threshold.wanted_n else f" of {threshold.n} pictures, as the profile has no more"
    note = (
        f"Level {threshold.level:.2g} [{threshold.low:.2g}, {threshold.high:.2g}] for {plan.words}, by replaying "
        f"{threshold.looks:,} windows{smaller} without drift."
    )
    return replace(report, notes=(*report.notes, note))
