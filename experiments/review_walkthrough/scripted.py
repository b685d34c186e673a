"""Scripted reviewers with known error rates, and what these rates lead to: chances of each outcome, agreement."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Chances = dict[str, float]


@dataclass(frozen=True)
class Truth:
    """What a reviewer who never errs would say of a picture.

    Attributes:
        choice: value of the choice.
        choices: that he might take for it, with the right one.
        label: class that is right, where the form asks for one beside the choice.
    """

    choice: str
    choices: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True)
class Person:
    """A reviewer whose errors are known.

    Attributes:
        name: by which he signs in.
        errors: form -> share of pictures of which he says something else than what is true.
        yields: share of answers that he takes, once he sees them, where he has chosen something else.
        undoes: share of pictures where he does something by mistake first, and takes it back.
        seed: of his errors.
    """

    name: str
    errors: Mapping[str, float]
    yields: float = 0.0
    undoes: float = 0.0
    seed: int = 0

    def blind(self, form: str, picture: str, truth: Truth) -> str:
        """What he chooses before he sees any answer; the same for the same picture, whenever it comes."""
        draw = self._draw("blind", form, picture)
        if draw.random() >= self.errors[form]:
            return truth.choice
        return draw.choice([each for each in truth.choices if each != truth.choice])

    def gives_way(self, form: str, picture: str) -> bool:
        """Whether he takes an answer that he has not chosen himself."""
        return self._draw("yields", form, picture).random() < self.yields

    def errs_first(self, form: str, picture: str) -> bool:
        """Whether he does something by mistake first."""
        return self._draw("undoes", form, picture).random() < self.undoes

    def _draw(self, what: str, form: str, picture: str) -> random.Random:
        return random.Random(f"{self.seed}:{self.name}:{what}:{form}:{picture}")

    def chances(self, form: str, truth: Truth) -> Chances:
        """Of each choice, before he sees any answer."""
        error, others = self.errors[form], [each for each in truth.choices if each != truth.choice]
        return {truth.choice: 1 - error, **dict.fromkeys(others, error / len(others))}

    def final_chances(self, form: str, truth: Truth, answer: str) -> Chances:
        """Of each choice in the end; `answer` is what he sees once he has chosen, "" for nothing."""
        blind = self.chances(form, truth)
        if not answer:
            return blind
        kept = {each: chance * (1 if each == answer else 1 - self.yields) for each, chance in blind.items()}
        return {**kept, answer: kept.get(answer, 0.0) + self.yields * (1 - blind.get(answer, 0.0))}


def outcome_chances(form: str, truth: Truth, people: tuple[Person, Person], arbiter: Person, answer: str) -> Chances:
    """Of each outcome, where two choose by themselves and a third decides between them."""
    first, second = (each.final_chances(form, truth, answer) for each in people)
    same = {each: first[each] * second.get(each, 0.0) for each in first}
    apart = 1 - sum(same.values())
    third = arbiter.final_chances(form, truth, answer)
    return {each: same.get(each, 0.0) + apart * third.get(each, 0.0) for each in {*same, *third}}


def share_expected(
    form: str, truths: Sequence[tuple[Truth, str]], people: tuple[Person, Person], arbiter: Person, good: Sequence[str]
) -> float:
    """The share of outcomes that are among `good`; each truth with the answer that is shown beside it, "" for none."""
    chances = [outcome_chances(form, truth, people, arbiter, answer) for truth, answer in truths]
    return sum(each.get(value, 0.0) for each in chances for value in good) / len(chances)


def agreement_expected(form: str, truths: Sequence[Truth], people: tuple[Person, Person]) -> tuple[float, float]:
    """Raw agreement and Cohen's kappa of two who choose blind, from the table of their chances.

    Source: Cohen (1960).
    """
    table: dict[tuple[str, str], float] = {}
    for truth in truths:
        first, second = (each.chances(form, truth) for each in people)
        for one, p in first.items():
            for other, q in second.items():
                table[one, other] = table.get((one, other), 0.0) + p * q / len(truths)
    values = {value for pair in table for value in pair}
    raw = sum(share for (one, other), share in table.items() if one == other)
    rows = {value: sum(share for (one, _), share in table.items() if one == value) for value in values}
    columns = {value: sum(share for (_, other), share in table.items() if other == value) for value in values}
    by_chance = sum(rows[value] * columns[value] for value in values)
    return raw, (raw - by_chance) / (1 - by_chance)


def yields_expected(form: str, truths: Sequence[tuple[Truth, str]], people: Sequence[Person]) -> float:
    """The share of those who chose something else than the answer and took it once they had seen it."""
    apart = [
        (1 - each.chances(form, truth).get(answer, 0.0), each.yields) for truth, answer in truths for each in people
    ]
    return sum(weight * yields for weight, yields in apart) / sum(weight for weight, _ in apart)
