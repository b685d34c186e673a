"""What can be said about a sweep, in sentences that claim no more than its trials do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.config.searched import without_search
from assay.database.url import without_password
from assay.pages.numbers import percent
from assay.program import training_command
from assay.sweep.importance import Importance
from assay.sweep.outcome import Outcomes, TrialOutcome, measured

POOR_FIT = 0.3
"""R² on unseen trials below which importances are said to mean little."""
EVEN = ("RandomSampler", "Grid")
"""Samplers that pay no heed to earlier trials."""
WITHOUT = "evaluation"
"""A group that a sweep makes cheap and a training in full wants whole."""


@dataclass(frozen=True)
class FailedTrials:
    """Trials that failed for the same reason.

    Attributes:
        reason: of the first of them.
        trials: their numbers.
    """

    reason: str
    trials: tuple[int, ...]


def command(fixed: Sequence[str], point: Mapping[str, object], also: Sequence[str] = ()) -> tuple[str, tuple[str, ...]]:
    """The command that trains a point in full, ready for a shell, and the overrides of the sweep that it leaves out.

    Args:
        fixed: overrides that every trial had.
        point: value by name of the variable.
        also: overrides of this trial alone.
    """
    left_out = tuple(each for each in fixed if re.match(rf"[+~]*{WITHOUT}[.=@]", each))
    words = [without_password(each) for each in without_search(fixed) if each not in left_out]
    words += [f"{name}={value}" for name, value in point.items()]
    words += also
    return training_command(words), left_out


def findings(sweep: Outcomes) -> list[str]:
    """The sentences under the answer."""
    complete = sweep.of("complete")
    if not complete:
        return ["No trial is complete, so there is nothing to choose from."]
    several = len(sweep.metrics) > 1
    sentences = [_front(sweep, complete) if several else _lead(sweep)]
    sentences.append(_optimism(sweep, len(complete)))
    if any(variable.name == "seed" for variable in sweep.variables):
        sentences.append(
            "The seed is among what was varied: that one seed came out ahead of another is luck, and does not carry "
            "over to a new training."
        )
    return [sentence for sentence in sentences if sentence]


def about_importance(importances: Sequence[Importance], sampler: str) -> list[str]:
    """How far importances can be trusted.

    Args:
        importances: one for each metric.
        sampler: name of the class that drew the points.
    """
    sentences = [
        f"{importance.metric}: {importance.reason}." for importance in importances if importance.shares is None
    ]
    known = [importance for importance in importances if importance.shares is not None]
    sentences += [_fit(importance) for importance in known if importance.fit is not None]
    if known:
        drawn = (
            "drawn without regard to earlier trials"
            if sampler in EVEN
            else f"not drawn evenly: {sampler or 'the sampler'} tries more where earlier trials were good"
        )
        sentences.append(
            f"Importances describe the {known[0].trials} complete trials that were made, {drawn}; within other bounds "
            "they would be others."
        )
    if known and known[0].left_out:
        names = ", ".join(known[0].left_out)
        sentences.append(f"Not in every complete trial, or not with the same bounds, so left out: {names}.")
    return sentences


def _fit(importance: Importance) -> str:
    fit = f"{importance.fit:.2f}".replace("-", "−")
    forest = f"The random forest behind the importances for {importance.metric}"
    if importance.fit is not None and importance.fit < POOR_FIT:
        return f"{forest} predicts trials that it has not seen badly (R² {fit}): they mean little."
    return f"{forest} predicts trials that it has not seen with R² {fit}."


def failures(sweep: Outcomes) -> list[FailedTrials]:
    """Failed trials by reason, the most frequent first; reasons that differ in their numbers only are the same."""
    groups: dict[str, list[TrialOutcome]] = {}
    for trial in sweep.of("failed"):
        reason = (trial.error.strip() or "unknown").splitlines()[0]
        groups.setdefault(re.sub(r"\d+(\.\d+)?", "#", reason), []).append(trial)
    reasons = [
        FailedTrials((trials[0].error.strip() or "unknown").splitlines()[0], tuple(trial.number for trial in trials))
        for trials in groups.values()
    ]
    return sorted(reasons, key=lambda failure: -len(failure.trials))


def duration(seconds: float) -> str:
    """`0.4 s`, `38 s`, `12 min`, `3.2 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"


def share_pruned(sweep: Outcomes) -> str:
    """What part of all trials that ended was pruned."""
    ended = len(sweep.of("complete", "pruned", "failed"))
    return percent(len(sweep.of("pruned")) / ended) if ended else ""


def _lead(sweep: Outcomes) -> str:
    first, *others = sweep.ranked()
    metric = sweep.metrics[0]
    if not others:
        return f"Trial {first.number} is the only complete one."
    second = others[0]
    ahead = abs(first.values[0] - second.values[0])
    ties = sum(trial.values[0] == first.values[0] for trial in others)
    if ties:
        same = f"{ties} other trial{'s have' if ties > 1 else ' has'} the same {metric}"
        return f"{same} as trial {first.number}; the earliest is named."
    return (
        f"Trial {first.number} is ahead of the next, trial {second.number}, by {measured(ahead)} in {metric}. Whether "
        "that is significant, a sweep cannot say: train both in full and test it with assay compare."
    )


def _front(sweep: Outcomes, complete: Sequence[TrialOutcome]) -> str:
    beaten = len(complete) - len(sweep.best)
    return (
        f"{len(sweep.best)} of {len(complete)} complete trials are on the Pareto front of "
        f"{' and '.join(sweep.metrics)}; the other {beaten} are dominated: worse than one of "
        "these in something and better in nothing."
        if beaten
        else f"No complete trial dominates another in {' and '.join(sweep.metrics)}."
    )


def _optimism(sweep: Outcomes, complete: int) -> str:
    """Why the value of the best is too good."""
    chosen = [metric for metric in sweep.metrics if metric.startswith("val/")]
    if not chosen or complete < 2:
        return ""
    best, they = ("Its value is", "it is") if len(sweep.metrics) == 1 else ("Values on the front are", "they are")
    return (
        f"{best} the best of {complete} complete trials{_tried(sweep, complete)}, chosen on the same validation images "
        f"that gave {' and '.join(chosen)}, so {they} too good by an unknown amount: the more trials, the more. What a "
        "choice is worth, the test split says after a training in full."
    )


def _tried(sweep: Outcomes, complete: int) -> str:
    pruned = len(sweep.of("pruned"))
    return f" ({complete + pruned} with those pruned)" if pruned else ""
