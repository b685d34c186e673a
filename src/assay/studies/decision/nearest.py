"""Nearest: the variant that lacks least, where none keeps every criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.studies.decision.front import Values, goodness
from assay.studies.decision.judge import Judgement


def nearness(
    name: str, judgements: Sequence[Judgement], objectives: Sequence[str], values: Values
) -> tuple[object, ...]:
    """A key by which the nearest variant sorts first.

    Fewest objectives without a value; then fewest criteria missed or unknown, because more images mend neither; then
    fewest left open; then the smallest sum of shortfalls, each as a share of its bound and each of the worst class;
    then the objectives by value; then the name. A criterion counts once, however many classes miss it.
    """
    states = [judgement.state for judgement in judgements]
    shortfalls = [max(0.0, -(judgement.worst.margin or 0.0)) for judgement in judgements]
    lacking = sum((measured := values.get(metric)) is None or measured.value is None for metric in objectives)
    return (
        lacking,
        states.count("missed") + states.count("unknown"),
        states.count("open"),
        sum(shortfalls),
        *(-goodness(metric, values.get(metric)) for metric in objectives),
        name,
    )


def by_nearness(
    judgements: Mapping[str, Sequence[Judgement]], objectives: Sequence[str], values: Mapping[str, Values]
) -> list[str]:
    """Names, the nearest first; their order does not matter."""
    return sorted(judgements, key=lambda name: nearness(name, judgements[name], objectives, values[name]))
