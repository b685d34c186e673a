"""Pareto front: variants that no other beats in every objective, and how sure that is of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.measurement import Measurement
from assay.studies.decision.metric import better_side, ends


@dataclass(frozen=True)
class Dominance:
    """A variant that another one is dominated by.

    Attributes:
        by: its name: no worse in every objective, better in one.
        certain: whether the intervals say so too: no overlap to the wrong side in any objective, apart in one.
    """

    by: str
    certain: bool


Values = Mapping[str, Measurement | None]
"""Of one variant, by objective."""


def dominances(objectives: Sequence[str], variants: Mapping[str, Values]) -> dict[str, tuple[Dominance, ...]]:
    """By whom each variant is dominated, the certain ones first, then by name; empty for those on the front.

    A variant that lacks an objective's value dominates nothing and is dominated by nothing: it is on no front either.

    Args:
        objectives: metrics that span the front.
        variants: their values, by name.

    Source: Pareto dominance as in any text on several objectives, e.g. Deb (2001), section 2.4.
    """
    complete = {name: values for name, values in variants.items() if has_all(objectives, values)}
    dominated: dict[str, tuple[Dominance, ...]] = dict.fromkeys(variants, ())
    for name, values in complete.items():
        over = [
            Dominance(other, _certainly(objectives, better, values))
            for other, better in complete.items()
            if other != name and _dominates(objectives, better, values)
        ]
        dominated[name] = tuple(sorted(over, key=lambda dominance: (not dominance.certain, dominance.by)))
    return dominated


def has_all(objectives: Sequence[str], values: Values) -> bool:
    """Whether a variant has a value in every objective."""
    return all((measured := values.get(metric)) is not None and measured.value is not None for metric in objectives)


def goodness(metric: str, measured: Measurement | None) -> float:
    """The value, turned so that larger is better; lowest where there is none."""
    if measured is None or measured.value is None:
        return float("-inf")
    return measured.value if better_side(metric) == "higher" else -measured.value


def _dominates(objectives: Sequence[str], first: Values, second: Values) -> bool:
    pairs = [(goodness(metric, first[metric]), goodness(metric, second[metric])) for metric in objectives]
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def _certainly(objectives: Sequence[str], first: Values, second: Values) -> bool:
    """Whether the worst end of the one is no worse than the best end of the other in all objectives, better in one."""
    strict = False
    for metric in objectives:
        spans = [_turned(metric, values[metric]) for values in (first, second)]
        if spans[0] is None or spans[1] is None or spans[0][0] < spans[1][1]:
            return False
        strict |= spans[0][0] > spans[1][1]
    return strict


def _turned(metric: str, measured: Measurement | None) -> tuple[float, float] | None:
    span = ends(metric, measured)
    if span is None or better_side(metric) == "higher":
        return span
    return -span[1], -span[0]
