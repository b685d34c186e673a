"""Compare: every metric of every variant with the baseline, on the same images, as one family of claims."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.errors import DataError, did_you_mean
from assay.evaluation.comparison.align import Contestant, aligned
from assay.evaluation.comparison.bca import bca_interval
from assay.evaluation.comparison.changed import share_right
from assay.evaluation.comparison.comparison import Claim, Comparison, Side, VariantComparison
from assay.evaluation.comparison.holm import Adjusted, holm
from assay.evaluation.comparison.mcnemar import McNemar, mcnemar
from assay.evaluation.comparison.needed import images_needed, seeds_needed
from assay.evaluation.comparison.resampling import Families, Key, Replicates, replicates
from assay.evaluation.comparison.seeds import SeedSpread, seed_spread
from assay.evaluation.comparison.words import better_side, sentence, verdict_of
from assay.evaluation.measure import Units
from assay.evaluation.measurement import Measurement
from assay.evaluation.metrics import MetricFamily, Sample, families
from assay.evaluation.metrics.brier import BrierDecomposition

METRICS = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "quadratic_kappa",
    "roc_auc",
    "nll",
    "brier",
    "ece",
    "aurc",
)
PER_CLASS = ("f1",)
MOST_CLASSES = 20
"""Classes beyond which single ones are only compared when asked for: each is one more claim to pay for."""
SWAPS_PER_CLAIM = 100
"""Holm multiplies the smallest p with the number of claims: so many swaps let it come out at 0.01."""
POWER = 0.8


def compare(
    baseline: Contestant,
    variants: Sequence[Contestant],
    *,
    metrics: Sequence[str] = (),
    families: Families | None = None,
    resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Comparison:
    """Compare variants with a baseline.

    A difference is established when three things hold: its p-value, adjusted by Holm over all claims of the comparison,
    is at most 1 - confidence; its BCa interval over images leaves out 0; and where there are several seeds, the same
    holds of the interval that counts images and seeds. p comes from swapping the two sides' answers image by image
    (for the accuracy of single models on independent images this is McNemar's exact test); with several seeds it is
    the larger of that and the one that counts seeds.

    Args:
        baseline: the model, or the trainings of one way over seeds.
        variants: as many trainings each as the baseline has, paired by place.
        metrics: names as in the evidence, of which each one is one claim per variant; `f1` is one per class. Empty
            takes the usual ones.
        families: metrics of a sample; None takes all that assay has.
        resamples: of the bootstrap.
        seed: of resampling.
        confidence: level, in (0, 1).

    Raises:
        DataError: test sets or classes differ, a number of trainings differs, or a metric is not known.
    """
    if not variants:
        raise DataError("a comparison needs a baseline and at least one variant")
    for one in variants:
        if len(one.trainings) != len(baseline.trainings):
            raise DataError(
                f"{one.name} has {len(one.trainings)} trainings, {baseline.name} has {len(baseline.trainings)}; they "
                "are compared in pairs"
            )
    first, *others = aligned([baseline, *variants])
    reference = first.trainings[0]
    if len(reference) == 0:
        raise DataError("there are no images to compare on")
    units = Units.of(reference.groups)
    build = families or _usual_families
    wanted = _wanted(metrics, build(_sample(reference)), reference.class_names, len(others))
    swaps = max(resamples, SWAPS_PER_CLAIM * len(wanted) * len(others))
    judge = _Judge(units, len(reference), len(first.trainings), confidence)
    drafts: list[list[_Draft]] = []
    for other in others:
        pairs = [(_sample(a), _sample(b)) for a, b in zip(first.trainings, other.trainings, strict=True)]
        found = replicates(pairs, units, build, wanted, resamples=resamples, swaps=swaps, seed=seed)
        drafts.append([judge.draft(key, found, _tested(pairs, units)) for key in wanted if key in found.values])
    flat = [draft for one in drafts for draft in one]
    open_ones = [draft for draft in flat if draft.p is not None]
    adjusted = dict(zip(map(id, open_ones), holm([_known(draft.p) for draft in open_ones]), strict=True))
    compared = []
    for other, own in zip(others, drafts, strict=True):
        claims = tuple(judge.claim(draft, adjusted.get(id(draft)), reference.class_names) for draft in own)
        right = [_sample(one.trainings[0]).correct for one in (first, other)]
        counted = mcnemar(*right) if units.of_image is None else None
        turned = share_right(other) - share_right(first)
        compared.append(
            VariantComparison(_side(other), claims, counted, int((turned > 0).sum()), int((turned < 0).sum()))
        )
    support = np.bincount(reference.labels, minlength=len(reference.class_names))
    return Comparison(
        baseline=_side(first),
        variants=tuple(compared),
        class_names=reference.class_names,
        support=tuple(map(int, support)),
        n=len(reference),
        units=units.count,
        unit_word=units.word,
        confidence=confidence,
        family=len(open_ones),
        resamples=resamples,
        swaps=swaps,
        seed=seed,
        notes=_notes(first, others, units, support, reference.class_names),
    )


def _usual_families(sample: Sample) -> list[MetricFamily]:
    """All but the decomposition of the Brier score, which takes as long as everything else together."""
    return [family for family in families(sample) if not isinstance(family, BrierDecomposition)]


def _sample(predictions: Any) -> Sample:
    return Sample.from_logits(predictions.labels, predictions.logits, ordered=predictions.ordered)


def _wanted(
    metrics: Sequence[str], available: Sequence[MetricFamily], class_names: Sequence[str], variants: int
) -> list[Key]:
    sizes = {name: np.ndim(value) for family in available for name, value in family.exact().items()}
    chosen = list(metrics)
    if not chosen:
        chosen = [name for name in METRICS if name in sizes]
        chosen += [name for name in PER_CLASS if name in sizes and len(class_names) <= MOST_CLASSES]
    for name in chosen:
        if name not in sizes:
            raise DataError(f"metric {name}: no such metric of these predictions; {did_you_mean(name, sizes)}")
    single: list[Key] = [(name, None) for name in chosen if not sizes[name]]
    each: list[Key] = [(name, index) for name in chosen if sizes[name] for index in range(len(class_names))]
    return list(dict.fromkeys(single + each))


def _tested(pairs: Sequence[tuple[Sample, Sample]], units: Units) -> McNemar | None:
    """McNemar's test where it holds: single models, images that stand alone."""
    if len(pairs) > 1 or units.of_image is not None:
        return None
    return mcnemar(pairs[0][0].correct, pairs[0][1].correct)


@dataclass(frozen=True)
class _Draft:
    """A claim before it is adjusted for the company it is in."""

    key: Key
    values: tuple[float, float]
    difference: Measurement
    error: float | None
    p: float | None
    test: str
    excludes_zero: bool
    spread: SeedSpread | None


@dataclass(frozen=True)
class _Judge:
    units: Units
    n: int
    seeds: int
    confidence: float

    def draft(self, key: Key, found: Replicates, exact: McNemar | None) -> _Draft:
        first, second = found.values[key]
        value = float(np.mean(found.per_pair[key]))
        if not math.isfinite(value):
            nothing = Measurement(None, None, None, self.n, "undefined")
            return _Draft(key, (first, second), nothing, None, None, "none: undefined", False, None)
        p, test = _swap_p(found.swapped[key], found.observed[key]), f"{len(found.swapped[key])} swaps of answers"
        if key == ("accuracy", None) and exact is not None:
            p, test = exact.p_exact, "McNemar, exact"
        draws = found.bootstrap[key]
        defined = draws[~np.isnan(draws)]
        error = float(defined.std(ddof=1)) if len(defined) > 1 else None
        ends = bca_interval(draws, value, found.jackknife[key], confidence=self.confidence) if len(draws) else None
        if ends is None:
            why = "one unit" if self.units.count == 1 else "undefined in most resamples"
            return _Draft(key, (first, second), _alone(value, self.n, why), error, p, test, False, None)
        low, high, kind = ends
        method = f"{kind}: paired bootstrap over {self.units.word}"
        difference = Measurement(value, low, high, self.n, method)
        spread = seed_spread(found.per_pair[key].tolist(), (error or 0.0) ** 2, confidence=self.confidence)
        if spread is not None:
            low, high = min(low, spread.low), max(high, spread.high)
            difference = replace(difference, low=low, high=high, method=f"{method}, widened for {self.seeds} seeds")
            if spread.p > p:
                p, test = spread.p, "t over images and seeds"
        return _Draft(key, (first, second), difference, error, p, test, low > 0 or high < 0, spread)

    def claim(self, draft: _Draft, adjusted: Adjusted | None, class_names: Sequence[str]) -> Claim:
        name, index = draft.key
        value = draft.difference.value
        verdict: Any = "not established"
        more_images = more_seeds = None
        if value is None or adjusted is None:
            verdict = "undefined"
        elif value == 0 and draft.error == 0:
            verdict = "no difference"
        elif adjusted.p <= 1 - self.confidence + 1e-12 and draft.excludes_zero:
            verdict = verdict_of(value, better_side(name))
        elif draft.error is not None and value != 0:
            more_images, more_seeds = self._needed(value, draft, adjusted.factor)
        words = sentence(
            verdict, more_images=more_images, more_seeds=more_seeds, seeds=self.seeds, difference=value or 0.0
        )
        return Claim(
            metric=name,
            class_name=None if index is None else class_names[index],
            baseline=_finite(draft.values[0]),
            variant=_finite(draft.values[1]),
            difference=draft.difference,
            standard_error=draft.error,
            p=draft.p,
            p_holm=None if adjusted is None else adjusted.p,
            test=draft.test,
            verdict=verdict,
            seeds=draft.spread,
            more_images=more_images,
            more_seeds=more_seeds,
            words=words,
        )

    def _needed(self, value: float, draft: _Draft, factor: int) -> tuple[int | None, int | None]:
        level = (1 - self.confidence) / factor
        variance = _known(draft.error) ** 2
        own = draft.spread.variance_of_mean if draft.spread else 0.0
        images = images_needed(value, variance, self.n, seed_variance=own, level=level, power=POWER)
        # An observed difference that would do at 80 % power may still have missed: at least one image more.
        more_images = None if images is None else max(1, images - self.n)
        seeds = None
        if own > 0:
            seeds = seeds_needed(value, own, self.seeds, image_variance=variance, level=level, power=POWER)
        return more_images, None if seeds is None else max(1, seeds - self.seeds)


def _swap_p(swapped: Any, observed: float) -> float:
    """Two-sided; a swap that leaves the metric undefined counts against the claim."""
    extreme = ~(np.abs(swapped) < abs(observed) - 1e-9)
    return float((1 + extreme.sum()) / (1 + len(swapped)))


def _alone(value: float, n: int, why: str) -> Measurement:
    return Measurement(value, None, None, n, f"no interval: {why}")


def _known(value: float | None) -> float:
    assert value is not None
    return value


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _side(contestant: Contestant) -> Side:
    return Side(contestant.name, contestant.runs, contestant.seeds)


def _notes(
    first: Contestant, others: Sequence[Contestant], units: Units, support: Any, class_names: Sequence[str]
) -> tuple[str, ...]:
    notes = []
    if len(first.trainings) == 1:
        notes.append(
            "One training on each side: what is established holds of these models. Another seed may give other models; "
            "whether the way of training is better takes several seeds."
        )
    elif any(one.seeds != first.seeds for one in others):
        notes.append("The seeds of the two sides differ; trainings are paired in their order.")
    if units.of_image is not None:
        notes.append(f"Images share groups: {units.count} groups, not images, are resampled and swapped.")
    missing = [name for name, count in zip(class_names, support, strict=True) if count == 0]
    if missing:
        notes.append(f"No test image of {', '.join(missing[:5])}{' …' if len(missing) > 5 else ''}.")
    return tuple(notes)
