"""From trainings that ended to the result of a study: values, comparison, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.comparison import Comparison, Side, compare, compare_folds
from assay.errors import StudyError
from assay.evaluation.evidence import Named
from assay.run.recorded_run import RecordedRun
from assay.studies.comparison.sides import LoadedRun
from assay.studies.result import StudyResult, VariantResult
from assay.studies.study.findings import findings
from assay.studies.study.plan import Plan, Variant
from assay.studies.study.runs import Ended
from assay.studies.values import over_trainings

Place = tuple[int, int | None]


@dataclass(frozen=True)
class Collected:
    """A study's answer, and what its pages show beside it.

    Attributes:
        result: to be kept.
        comparison: of the variants with the baseline; None when there is nothing to compare.
        sides: of the comparison, the baseline first.
        runs: of each side.
    """

    result: StudyResult
    comparison: Comparison | None
    sides: tuple[Side, ...]
    runs: tuple[tuple[LoadedRun, ...], ...]


def collect(name: str, plan: Plan, ended: Sequence[Ended]) -> Collected:
    """What the trainings say together.

    Sides are compared over the seeds (and folds) that all of them have; a variant that has fewer than half of them is
    left out of the comparison, which a note says.

    Raises:
        StudyError: no training of the baseline ended well.
    """
    by_variant = {
        variant.name: [each for each in ended if each.planned.variant == variant.name] for variant in plan.variants
    }
    runs = {name: {_place(each): each.run for each in own if each.run} for name, own in by_variant.items()}
    baseline = plan.variants[0]
    if not runs[baseline.name]:
        why = next((each.training.error for each in by_variant[baseline.name]), "it was not trained")
        raise StudyError(f"{name}: no training of the baseline {baseline.name} ended well, the first: {why}")
    first = next(iter(runs[baseline.name].values()))
    share = None if plan.settings.folds is None else _test_share(list(runs[baseline.name].values()))
    results = tuple(_variant(variant, by_variant[variant.name], plan, share) for variant in plan.variants)
    kept, places, notes = _comparable(plan, runs)
    sides = tuple(_side(variant.name, [runs[variant.name][place] for place in places], places) for variant in kept)
    comparison = None
    if len(sides) > 1:
        about: Any = {"metrics": plan.settings.metrics, "confidence": plan.settings.confidence}
        if share is None:
            comparison = compare(sides[0], sides[1:], resamples=plan.settings.resamples, **about)
        else:
            comparison = compare_folds(sides[0], sides[1:], test_share=share, **about)
    result = StudyResult(
        name=name,
        question=plan.settings.question,
        baseline=baseline.name,
        variants=results,
        common=plan.common,
        class_names=first.predictions.class_names,
        n=sum(len(run.predictions) for run in _one_seed(runs[baseline.name])),
        folds=plan.settings.folds,
        confidence=plan.settings.confidence,
        dataset=first.record.tags.get("dataset_digest", ""),
        findings=(),
        notes=(*notes, *_reused(ended), *(comparison.notes if comparison else ())),
    )
    result = findings(result, comparison)
    return Collected(
        result, comparison, sides, tuple(tuple(runs[variant.name][place] for place in places) for variant in kept)
    )


def _place(ended: Ended) -> Place:
    return ended.planned.seed, ended.planned.fold


def _one_seed(runs: dict[Place, LoadedRun]) -> list[LoadedRun]:
    """Those that together have answered about every test image once."""
    seed = next(iter(runs))[0]
    return [run for place, run in runs.items() if place[0] == seed]


def _variant(variant: Variant, ended: Sequence[Ended], plan: Plan, share: float | None) -> VariantResult:
    each: list[Named] = [
        RecordedRun(outcome.run.record).evidence.measured() for outcome in ended if outcome.run is not None
    ]
    return VariantResult(
        name=variant.name,
        overrides=_told(variant, ended, plan),
        trainings=tuple(outcome.training for outcome in ended),
        values=over_trainings(each, confidence=plan.settings.confidence, test_share=share),
    )


def _told(variant: Variant, ended: Sequence[Ended], plan: Plan) -> tuple[str, ...]:
    """What was set for this variant and not for all, with what another one has lent it."""
    if not variant.best_of or not ended:
        return variant.overrides
    own = ("seed=", "data.fold", "data.split_seed=")
    words = ended[0].planned.overrides[len(plan.common) :]
    return tuple(word for word in words if not word.startswith(own))


def _test_share(runs: Sequence[LoadedRun]) -> float:
    """n_test / n_train, mean over the folds."""
    shares = []
    for run in runs:
        manifest = RecordedRun(run.record).manifest
        shares.append(len(manifest.only("test")) / len(manifest.only("train")))
    return float(np.mean(shares))


def _comparable(plan: Plan, runs: dict[str, dict[Place, LoadedRun]]) -> tuple[list[Variant], list[Place], list[str]]:
    """Variants that can be compared, the places that all of them have, and what was left out."""
    wanted = plan.places
    kept = [
        variant
        for variant in plan.variants
        if variant is plan.variants[0] or 2 * len(runs[variant.name]) >= len(wanted)
    ]
    places = [place for place in wanted if all(place in runs[variant.name] for variant in kept)]
    notes = [
        f"{variant.name} is not compared: {len(runs[variant.name])} of {len(wanted)} trainings ended well."
        for variant in plan.variants
        if variant not in kept
    ]
    if len(places) < len(wanted):
        notes.append(f"Compared over {len(places)} of {len(wanted)} trainings, those that every variant has.")
    return (kept if places else kept[:1]), places, notes


def _side(name: str, runs: Sequence[LoadedRun], places: Sequence[Place]) -> Side:
    return Side(
        name,
        tuple(run.predictions for run in runs),
        tuple(seed for seed, _ in places),
        tuple(run.record.run_id for run in runs),
    )


def _reused(ended: Sequence[Ended]) -> list[str]:
    """A run that was reused may have been made by other code."""
    commits = {outcome.run.record.tags.get("git_commit", "unknown")[:8] for outcome in ended if outcome.run}
    reused = [outcome for outcome in ended if outcome.training.reused]
    if not reused or len(commits) < 2:
        return []
    were = "run was" if len(reused) == 1 else "runs were"
    return [f"{len(reused)} {were} there before; all runs together are of the commits {', '.join(sorted(commits))}."]
