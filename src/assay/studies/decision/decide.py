"""Decide: hold the variants of a study against a policy and choose."""

from __future__ import annotations

from collections.abc import Sequence

from assay.comparison.comparison import Comparison
from assay.studies.decision.answer import none, take
from assay.studies.decision.apart import DecisionEvidence, fits
from assay.studies.decision.certainty import without_false_certainty
from assay.studies.decision.choose import choose, ranked
from assay.studies.decision.decision import Candidate, Decision, Objective, Role
from assay.studies.decision.front import Values, dominances, has_all
from assay.studies.decision.judge import check, judge
from assay.studies.decision.nearest import by_nearness
from assay.studies.decision.notes import notes_on
from assay.studies.decision.policy import Policy
from assay.studies.decision.reasons import not_chosen, not_eligible
from assay.studies.result import StudyResult


def decide(
    study: StudyResult, policy: Policy, *, name: str, purpose: str = "", comparison: Comparison | None = None
) -> Decision:
    """Which variant of a study a policy takes, and why the others are not taken.

    A variant is eligible when it keeps every criterion and has a value in every objective. With sure criteria all
    ends of intervals have to hold at once, so that a variant which truly breaks a bound passes with a probability of
    at most half of what the intervals leave out (2.5 % at 95 %), however many criteria there are: the one that it
    breaks has to err (intersection-union test, Berger 1982). Over several variants these chances add up.

    Args:
        study: what came out.
        policy: what is asked.
        name: of the policy.
        purpose: the policy in a sentence.
        comparison: of the study's variants with its baseline, on the same images; None where there is none.

    Raises:
        ConfigError: the policy asks for what no variant has, or what cannot decide.
        StudyError: no training of the study ended well.
    """
    check(study, policy)
    study = without_false_certainty(study)
    objectives = tuple(policy.objectives)
    used = comparison if comparison and fits(study, comparison) else None
    evidence = DecisionEvidence(study, used, cost_tolerance=policy.cost_tolerance)
    judged = {variant.name: tuple(judge(study, variant, each) for each in policy.demands) for variant in study.variants}
    values = {
        variant.name: {metric: evidence.value(metric, variant.name) for metric in objectives}
        for variant in study.variants
    }
    eligible = [
        variant
        for variant, judgements in judged.items()
        if has_all(objectives, values[variant]) and all(judgement.state == "met" for judgement in judgements)
    ]
    over = dominances(objectives, values)
    rest = by_nearness({other: judged[other] for other in judged if other not in eligible}, objectives, values)
    choice = choose(eligible, objectives, evidence) if eligible else None
    why = {
        other: not_eligible(judged[other], _missing(objectives, values[other]), _ended(study, other)) for other in rest
    }
    if choice:
        among = dominances(objectives, {variant: values[variant] for variant in eligible})
        why |= {variant: not_chosen(variant, choice, objectives, among, evidence) for variant in eligible}
        reason = take(choice, name, policy.demands, objectives, len(judged), evidence)
        why[choice.chosen] = reason
    else:
        reason = none(name, rest[0], why[rest[0]], len(judged))
    order = [*ranked(eligible, objectives, evidence), *rest]
    variants = {variant.name: variant for variant in study.variants}

    def candidate(name: str) -> Candidate:
        role: Role = "not eligible" if name in rest else "chosen" if choice and name == choice.chosen else "runner-up"
        trainings = variants[name].trainings
        return Candidate(
            name=name,
            overrides=variants[name].overrides,
            trainings=len(trainings),
            failed=sum(training.error is not None for training in trainings),
            role=role,
            judgements=judged[name],
            objectives=tuple(Objective(metric, values[name][metric]) for metric in objectives),
            dominated=over[name],
            why=why[name],
        )

    return Decision(
        study=study.name,
        question=study.question,
        policy=name,
        purpose=purpose,
        criteria=policy.demands,
        objectives=objectives,
        cost_tolerance=policy.cost_tolerance,
        chosen=choice.chosen if choice else None,
        nearest=None if choice else rest[0],
        reason=reason,
        candidates=tuple(map(candidate, order)),
        steps=choice.steps if choice else (),
        paired=used is not None,
        baseline=study.baseline,
        class_names=study.class_names,
        n=study.n,
        folds=study.folds,
        confidence=study.confidence,
        dataset=study.dataset,
        notes=tuple(notes_on(study, policy, judged, choice, comparison, used, evidence)),
    )


def _missing(objectives: Sequence[str], values: Values) -> list[str]:
    return [metric for metric in objectives if not has_all([metric], values)]


def _ended(study: StudyResult, name: str) -> int:
    variant = next(result for result in study.variants if result.name == name)
    return sum(training.error is None for training in variant.trainings) if variant.values else 0
