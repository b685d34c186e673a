"""From log, trail and labels to the report of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from assay.comparison import Comparison
from assay.serving.experiment_report.arms_report import KEYS, PICTURES, agreement, arm_report
from assay.serving.experiment_report.finding import (
    Reviewed,
    compared_pairs,
    paired_finding,
    two_sample_finding,
    unknown,
)
from assay.serving.experiment_report.labels import Labels, known_labels
from assay.serving.experiment_report.record import ExperimentFinding, ExperimentReport
from assay.serving.experiment_report.reviewed import ReviewedLabels, reviewed_labels
from assay.serving.experiment_report.state import ExperimentState
from assay.store.experiment_answers import ExperimentAnswer, answers_of, newest_bundles, other_answers
from assay.store.experiment_counts import SHADOW, experiment_counts
from assay.store.keys import key_families

ACCURACY = "accuracy"
Pair = tuple[ExperimentAnswer, ExperimentAnswer]


@dataclass(frozen=True)
class ReportOptions:
    """How the report is made.

    Attributes:
        unit: "pictures" or "keys", which counts as independent; a challenger's are keys whatever it says.
        width: of the interval that is wanted.
        confidence: level of intervals.
        metrics: that a shadow is compared in at one look.
        resamples: of the bootstrap.
    """

    unit: str
    width: float
    confidence: float
    metrics: tuple[str, ...]
    resamples: int


def assemble_report(
    connection: Connection,
    experiment: ExperimentState,
    lines: Sequence[tuple[str, str, str]] | None,
    wanted: ReportOptions,
) -> ExperimentReport:
    """The report of an experiment.

    Args:
        connection: that may read.
        experiment: as the trail has it.
        lines: of labels, from `read_labels`; None takes what was settled in the service's own queue of reviews.
        wanted: how it is made.

    Raises:
        DataError: the labels do not fit the answers.
    """
    bundles = newest_bundles(connection, experiment.name, experiment.arm)
    answers = _by_family(connection, list(answers_of(connection, bundles)))
    shadow = experiment.arm == SHADOW
    unit = wanted.unit if shadow else KEYS
    counts = experiment_counts(connection, bundles, newest=1)
    mine = [each for each in answers if each.arm == "champion"]
    theirs = [each for each in answers if each.arm == experiment.arm]
    pairs = _pairs(mine, theirs) if shadow else []
    own = reviewed_labels(connection, experiment.name) if lines is None else ReviewedLabels([], 0)
    labels = known_labels(own.lines if lines is None else lines, answers)
    classes = tuple(answers[0].probabilities) if answers else ()
    notes = _notes(labels, classes, answers, other_answers(connection, bundles), own.left_out)
    about: Any = {"unit": unit, "confidence": wanted.confidence}
    comparison: Comparison | None = None
    if shadow:
        reviewed_pairs = _reviewed_pairs(pairs, labels, classes)
        reviewed = len(reviewed_pairs)
        finding = unknown(unit, wanted.width)
        if reviewed_pairs:
            metrics = tuple(dict.fromkeys((ACCURACY, *wanted.metrics)))
            comparison = compared_pairs(
                reviewed_pairs,
                classes,
                names=("champion", "shadow"),
                metrics=metrics,
                resamples=wanted.resamples,
                **about,
            )
            finding = paired_finding(reviewed_pairs, comparison, width=wanted.width, **about)
            notes += _note_on_keys(reviewed_pairs, unit)
    else:
        arms = [_reviewed(arm, labels, classes) for arm in (mine, theirs)]
        reviewed = sum(map(len, arms))
        finding = _of_two(arms, wanted) if reviewed else unknown(unit, wanted.width)
    return ExperimentReport(
        experiment.name,
        experiment.share,
        experiment.state,
        experiment.why,
        experiment.since,
        answers[-1].time if answers else "",
        arm_report("champion", bundles.champion, mine, counts.champion, **about),
        arm_report(experiment.arm, bundles.rival, theirs, counts.rival, **about),
        reviewed,
        finding,
        agreement(pairs, **about) if shadow else None,
        comparison,
        wanted.confidence,
        notes,
    )


def _of_two(arms: list[list[Reviewed]], wanted: ReportOptions) -> ExperimentFinding:
    return two_sample_finding(*arms, width=wanted.width, confidence=wanted.confidence)


def _by_family(connection: Connection, answers: list[ExperimentAnswer]) -> list[ExperimentAnswer]:
    """The same with a rotated key under the name of the one whose place it took: it is one draw of the lot."""
    families = key_families(connection)
    return [replace(answer, key=families.get(answer.key, answer.key)) for answer in answers]


def _pairs(champion: Sequence[ExperimentAnswer], shadow: Sequence[ExperimentAnswer]) -> list[Pair]:
    """What both said, about each picture once: a client that sends one again tells nothing new."""
    given = {answer.id: answer for answer in champion}
    pairs: dict[str, Pair] = {}
    for answer in shadow:
        if (ours := given.get(answer.pair)) is not None:
            pairs.setdefault(ours.picture, (ours, answer))
    return list(pairs.values())


def _reviewed_pairs(pairs: Sequence[Pair], labels: Labels, classes: tuple[str, ...]) -> list[tuple[Reviewed, Reviewed]]:
    of_answer = {ours.id: (ours, theirs) for ours, theirs in pairs}
    return [
        (Reviewed(of_answer[identifier][0], label), Reviewed(of_answer[identifier][1], label))
        for identifier, label in labels.of_answer.items()
        if identifier in of_answer and label in classes
    ]


def _reviewed(answers: Sequence[ExperimentAnswer], labels: Labels, classes: tuple[str, ...]) -> list[Reviewed]:
    of_answer = {answer.id: answer for answer in answers}
    reviewed: dict[str, Reviewed] = {}
    for identifier, label in labels.of_answer.items():
        if (answer := of_answer.get(identifier)) is not None and label in classes:
            reviewed.setdefault(answer.picture, Reviewed(answer, label))
    return list(reviewed.values())


def _notes(
    labels: Labels, classes: tuple[str, ...], answers: Sequence[ExperimentAnswer], others: int, chosen: int
) -> tuple[str, ...]:
    notes = []
    if chosen:
        notes.append(
            f"{chosen:,} reviewed pictures do not count: they were looked at because the champion was unsure, or the "
            "like, and on such another model looks better than it is. Pictures of the random slice count."
        )
    if others:
        notes.append(f"{others:,} answers of other bundles are left out: one of the arms was swapped meanwhile.")
    if labels.strangers:
        notes.append(f"{labels.strangers:,} labels are about answers that are none of this comparison.")
    odd = sorted({label for label in labels.of_answer.values() if label not in classes}) if answers else []
    if odd:
        shown = f"{', '.join(odd[:5])}{' …' if len(odd) > 5 else ''}"
        count = sum(label not in classes for label in labels.of_answer.values())
        notes.append(f"{count:,} labels name no class of the models, and do not count: {shown}.")
    return tuple(notes)


def _note_on_keys(pairs: Sequence[tuple[Reviewed, Reviewed]], unit: str) -> tuple[str, ...]:
    keys = [pair[0].answer.key for pair in pairs]
    if unit != PICTURES:
        return ()
    most = max(keys.count(key) for key in set(keys)) / len(keys)
    return (
        f"Pictures count as independent: the conclusion is about the {len(set(keys))} keys that sent them, one of "
        f"which sent {most:.0%}. unit=keys counts keys, for other clients.",
    )
