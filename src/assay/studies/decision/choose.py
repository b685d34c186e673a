"""Choose: the objectives in turn, where an objective decides only as far as it tells variants apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.studies.decision.apart import DecisionEvidence
from assay.studies.decision.front import Dominance, dominances, goodness


@dataclass(frozen=True)
class Dropped:
    """A variant that an objective eliminated.

    Attributes:
        name: of the variant.
        by: name of the one that is shown to be better in the objective.
    """

    name: str
    by: str


@dataclass(frozen=True)
class Step:
    """One objective's turn.

    Attributes:
        objective: the metric.
        best: name of the variant with the best value among those still there.
        kept: names of those that none is shown to be better than.
        dropped: the others.
    """

    objective: str
    best: str
    kept: tuple[str, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True)
class VariantChoice:
    """How a variant was chosen.

    Attributes:
        chosen: its name.
        beaten: names of those that another one to choose from dominates; they had no turn.
        steps: the objectives, until one variant was left.
        left: names of those that no objective eliminated; where there are several, bare values decided.
    """

    chosen: str
    beaten: tuple[str, ...]
    steps: tuple[Step, ...]
    left: tuple[str, ...]


def choose(names: Sequence[str], objectives: Sequence[str], evidence: DecisionEvidence) -> VariantChoice:
    """Choose one of these variants; the order of the names does not matter.

    1. What another of them dominates by value is put aside: there is no reason to take it. The study's baseline is put
       aside only by one that is shown to be better in some objective.
    2. The first objective: what any other is shown to be better than is put aside. The rest are equals as far as
       anybody knows, so a better value alone does not win: a larger model is chosen only when its gain is shown.
    3. The next objectives, cost as a rule, decide among these equals in the same way.
    4. If several are left, the study's baseline is kept where it is among them, because none is shown to be better;
       else their values decide, objective by objective, then their names.

    Every pair is looked at, not only those with the best value: next to an uncertain best one, a variant that is
    shown to be worse than a third would otherwise pass for equal. What is shown to be better has the better value
    too, so the one with the best value always stays.

    "Not told apart" is no equality: with few images hardly anything is told apart, and the cheapest wins. That is why
    quality belongs into the criteria, where an uncertain value fails.

    Args:
        names: eligible variants, one at least, each with a value in every objective.
        objectives: metrics, the most important first.
        evidence: which tells them apart.
    """
    values = {name: {metric: evidence.value(metric, name) for metric in objectives} for name in names}
    over = dominances(objectives, values)

    def in_order(among: Sequence[str], first: str) -> list[str]:
        """By value, that of `first` before the others; then by name."""
        ordered = [first, *(metric for metric in objectives if metric != first)]
        return sorted(among, key=lambda name: (*(-goodness(metric, values[name][metric]) for metric in ordered), name))

    beaten = tuple(sorted(name for name in names if over[name]))
    if evidence.baseline in beaten and not _shown_worse(
        evidence.baseline, over[evidence.baseline], objectives, evidence
    ):
        beaten = tuple(name for name in beaten if name != evidence.baseline)
    pool = [name for name in names if name not in beaten]
    steps: list[Step] = []
    for metric in objectives:
        pool = in_order(pool, metric)
        if len(pool) == 1:
            break
        dropped = [Dropped(name, by) for name in pool if (by := _better(metric, name, pool, evidence))]
        gone = {drop.name for drop in dropped}
        equal = [name for name in pool if name not in gone]
        steps.append(Step(metric, pool[0], tuple(equal), tuple(dropped)))
        pool = equal
    pool = in_order(pool, objectives[0])
    if evidence.baseline in pool:
        pool = [evidence.baseline, *(name for name in pool if name != evidence.baseline)]
    return VariantChoice(pool[0], beaten, tuple(steps), tuple(pool))


def ranked(names: Sequence[str], objectives: Sequence[str], evidence: DecisionEvidence) -> list[str]:
    """All of these variants: the chosen one, then the one that would be chosen without it, and so on."""
    left, order = list(names), []
    while left:
        chosen = choose(left, objectives, evidence).chosen
        order.append(chosen)
        left.remove(chosen)
    return order


def _shown_worse(name: str, over: Sequence[Dominance], objectives: Sequence[str], evidence: DecisionEvidence) -> bool:
    """Whether one of those that dominate a variant by value is shown to be better in any objective."""
    pairs = [(metric, each.by) for each in over for metric in objectives]
    return any(evidence.difference(metric, by, name).better == by for metric, by in pairs)


def _better(metric: str, name: str, pool: Sequence[str], evidence: DecisionEvidence) -> str | None:
    """The first of the pool, which is in order of value, that is shown to be better; None where there is none."""
    own = goodness(metric, evidence.value(metric, name))
    for other in pool:
        if goodness(metric, evidence.value(metric, other)) <= own:
            break
        if evidence.difference(metric, other, name).better == other:
            return other
    return None
