"""Drift of a window: test it against the profile, ask whether the mix of classes explains it, and say why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.monitoring.clients import with_client_names
from assay.monitoring.drift.causes import causes_of
from assay.monitoring.drift.cluster_weights import ClusterWeights
from assay.monitoring.drift.detectable import sources_needed
from assay.monitoring.drift.distributions import distribution_of, stability_index
from assay.monitoring.drift.family import DriftFamily, MeasuredDrift
from assay.monitoring.drift.headline import headline
from assay.monitoring.drift.independent import with_sources
from assay.monitoring.drift.label_shift import MixEstimate, class_weights, estimate_mix
from assay.monitoring.drift.measures import Measure, finite_rows
from assay.monitoring.drift.observed import Observed
from assay.monitoring.drift.report import ClassShare, DriftReport, DriftTest, MixOfClasses, Verdict
from assay.monitoring.drift.seen import detectable
from assay.monitoring.drift.settings import DriftSettings
from assay.monitoring.drift.sources import odd_source, sources_of, without_one
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window

MOSTLY_MEASURED = 0.99
"""Share of the answers that have a statistic, below which it is said."""
EFFECTS = {"ks": "KS distance", "chi2": "Cramér's V", "mmd": "MMD"}


def measure_drift(profile: Profile, window: Window, settings: DriftSettings | None = None) -> DriftReport:
    """Test a window against its reference.

    Args:
        profile: of the bundle that answered.
        window: answers of that bundle; its keys are called "client 1" and so on in the report, which outlives them.
        settings: how; the defaults where None.
    """
    settings = DriftSettings() if settings is None else settings
    if not window.enough or len(window) < 2:
        return _too_few(profile, window, settings)
    keyed = with_client_names(window)
    keys = len(np.unique(window.block))
    window, word = with_sources(keyed, settings.sources)
    family = DriftFamily(profile, seed=settings.seed, most_share=settings.most_share)
    measured = family.against(window, draws=settings.draws)
    level = settings.level / len(measured)
    tests = tuple(_test(each, profile, window, level, settings) for each in measured)
    significant = [test for test in tests if test.significant]
    mix = _mix(profile, window, [test.name for test in significant], settings)
    source = without_one(family, window, settings, keyed=keyed, measured=measured) if significant else ""
    causes = causes_of(tests, mix, one_source=source)
    clusters = ClusterWeights.of(window.block, most_share=settings.most_share)
    sources = sources_of(window, clusters, settings, word, keys=keys, needed=sources_needed(level))
    verdict: Verdict = "drift" if significant else "no drift" if _any_seen(tests) else "cannot be said"
    return DriftReport(
        verdict=verdict,
        headline=headline(verdict, causes, n=len(window), tests=tests),
        causes=causes,
        tests=tests,
        mix=mix,
        seen=_sentences(tests),
        notes=(*sources, *odd_source(profile, window, clusters), *_unmeasured(profile, window)),
        n=len(window),
        reference_n=len(profile),
        sources=len(clusters.counts),
        effective_sources=clusters.effective,
        largest_source=clusters.largest,
        source_word=word,
        level=settings.level,
        start=str(window.times.min()),
        end=str(window.times.max()),
        model=", ".join(window.versions[index] for index in np.unique(window.version) if index < len(window.versions)),
        evidence=profile.about.evidence,
    )


def _too_few(profile: Profile, window: Window, settings: DriftSettings) -> DriftReport:
    words = f"Too few pictures to say anything: {len(window)} of at least {window.bounds.smallest}."
    counted = ClusterWeights.of(window.block) if len(window) else None
    return DriftReport(
        verdict="too few",
        headline=words,
        causes=(),
        tests=(),
        mix=None,
        seen=(),
        notes=(),
        n=len(window),
        reference_n=len(profile),
        sources=len(counted.counts) if counted else 0,
        effective_sources=counted.effective if counted else 0.0,
        largest_source=counted.largest if counted else 0.0,
        source_word="keys",
        level=settings.level,
        start=str(window.times.min()) if len(window) else "",
        end=str(window.times.max()) if len(window) else "",
        evidence=profile.about.evidence,
    )


def _test(
    measured: MeasuredDrift, profile: Profile, window: Window, level: float, settings: DriftSettings
) -> DriftTest:
    measure = measured.measure
    could_see = detectable(measured, profile, level=level)
    sides = _Sides.of(measure, profile, window) if measured.outcome is not None else None
    return DriftTest(
        name=measure.name,
        label=measure.label,
        about=measure.about,
        effect_name=EFFECTS[measure.test],
        effect=measured.effect,
        p=None if measured.outcome is None else measured.p,
        p_holm=measured.p_holm,
        significant=measured.p_holm <= settings.level,
        n=measured.n,
        reference=None if sides is None else _typical(measure, sides.reference),
        window=None if sides is None else _typical(measure, sides.window),
        detectable=could_see.effect,
        seen=could_see.words,
        distribution=None if sides is None else distribution_of(measure, sides.reference, sides.window),
        psi=stability_index(measure, sides.reference, sides.window) if sides is not None and settings.psi else None,
    )


@dataclass(frozen=True, eq=False)
class _Sides:
    reference: np.ndarray
    window: np.ndarray

    @classmethod
    def of(cls, measure: Measure, profile: Observed, window: Observed) -> _Sides:
        return cls(*(measure.values(each) for each in (profile, window)))


def _typical(measure: Measure, values: np.ndarray) -> float | None:
    kept = values[finite_rows(values)]
    if measure.test == "ks":
        return float(np.median(kept))
    if measure.column in ("rejected", "domain"):
        return float((kept != 0).mean())
    return None


def _mix(profile: Profile, window: Window, significant: Sequence[str], settings: DriftSettings) -> MixOfClasses | None:
    if not settings.resamples:
        return None
    estimate = estimate_mix(
        (profile.labels, profile.predicted),
        (window.probabilities, window.predicted, window.block),
        resamples=settings.resamples,
        # The intervals of all classes hold together.
        confidence=1 - settings.level / len(profile.class_names),
        seed=settings.seed,
    )
    explains, unexplained = None, tuple(significant)
    if significant and estimate.changed:
        again = DriftFamily(
            profile,
            weights=class_weights(profile.labels, estimate),
            seed=settings.seed,
            most_share=settings.most_share,
        ).against(window, draws=settings.draws)
        unexplained = tuple(each.measure.name for each in again if each.p_holm <= settings.level)
        explains = not unexplained and estimate.agree
    elif significant:
        explains = False
    return MixOfClasses(_class_shares(profile, estimate), estimate.changed, estimate.agree, explains, unexplained)


def _class_shares(profile: Profile, estimate: MixEstimate) -> tuple[ClassShare, ...]:
    columns = estimate.reference, estimate.em, estimate.low, estimate.high, estimate.bbse
    return tuple(
        ClassShare(name, *(float(column[index]) for column in columns))
        for index, name in enumerate(profile.class_names)
    )


def _unmeasured(profile: Profile, window: Window) -> tuple[str, ...]:
    """Which statistics could not be compared, because one of both is older than they are."""
    notes = []
    if profile.unmeasured:
        named = ", ".join(profile.unmeasured).replace("_", " ")
        notes.append(f"The profile is older than {named}: assay watch profile makes it anew with them.")
    measured = dict(zip(window.statistics_names, np.isfinite(window.statistics).mean(axis=0).tolist(), strict=True))
    if lacking := [name for name in profile.statistics_names if measured.get(name, 0.0) < MOSTLY_MEASURED]:
        named = ", ".join(lacking).replace("_", " ")
        notes.append(f"Part of the answers were logged before {named} were measured, and are not compared in that.")
    return tuple(notes)


def _any_seen(tests: Sequence[DriftTest]) -> bool:
    return any(test.detectable is not None for test in tests)


def _sentences(tests: Sequence[DriftTest]) -> tuple[str, ...]:
    return tuple(f"{test.label}: {test.seen}" for test in tests)
