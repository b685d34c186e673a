"""Checks: what the report says against rates that are known, and what the export holds against what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from at_desk import Act
from scripted import Person, Truth, agreement_expected, outcome_chances, share_expected, yields_expected

from assay.review.forms import form_of


@dataclass(frozen=True)
class Rate:
    """A rate that is known, and what the report says of it.

    Attributes:
        what: it is.
        known: its value.
        value: the report's.
        low: of the report's interval.
        high: of the report's interval.
        n: that the report has counted.
    """

    what: str
    known: float
    value: float | None
    low: float | None
    high: float | None
    n: int

    @property
    def holds(self) -> bool:
        """Whether the interval contains it."""
        return self.low is not None and self.high is not None and self.low <= self.known <= self.high

    @property
    def shown(self) -> str:
        """What the report says, with its interval."""
        if self.value is None or self.low is None or self.high is None:
            return "undefined"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"

    def row(self) -> str:
        """A line of the table."""
        return f"| {self.what} | {self.known:.3f} | {self.shown} | {self.n} | {'yes' if self.holds else 'NO'} |"


Asked = Sequence[tuple[Truth, str]]
"""What is true of each item of a form that no class is known of, and the model's answer to it."""


def rates_of(
    report: Mapping[str, Any], asked: Mapping[str, Asked], people: tuple[Person, Person], arbiter: Person
) -> list[Rate]:
    """All rates that the report can be held against.

    Args:
        report: `assay review report` as JSON.
        asked: by form.
        people: who choose.
        arbiter: who decides between them.
    """
    rates: list[Rate] = []
    for form in report["forms"]:
        name = form["form"]
        rates += _of_form(form, name, asked[name], people, arbiter)
    return rates


def _of_form(
    form: Mapping[str, Any], name: str, asked: Asked, people: tuple[Person, Person], arbiter: Person
) -> Iterable[Rate]:
    shape = form_of(name)
    raw, kappa = agreement_expected(name, [truth for truth, _ in asked], people)
    (agreed,) = form["agreement"]
    yield _rate(f"{name}: same choice", raw, agreed["raw"])
    for pair, measured in agreed["kappas"].items():
        yield _rate(f"{name}: kappa of {pair}", kappa, measured)
    hidden = [(truth, "" if shape.shows_answer else answer) for truth, answer in asked]
    if shape.good:
        accepted = form["acceptance"]
        yield _rate(f"{name}: accepted", share_expected(name, hidden, people, arbiter, shape.good), accepted["rate"])
        for of, measured in accepted["by_class"].items():
            part = [each for each, (_, answer) in zip(hidden, asked, strict=True) if answer == of]
            if name == "plausibility":
                known = share_expected(name, part, people, arbiter, shape.good)
                yield _rate(f"{name}: accepted of {of}", known, measured)
    for person in people:
        if person.name in form["quality"]:
            known = 1 - person.errors[name]
            yield _rate(f"{name}: {person.name} right on known items", known, form["quality"][person.name])
    if "random" in form["right"]:
        chances = [outcome_chances(name, truth, people, arbiter, answer).get(answer, 0.0) for truth, answer in asked]
        yield _rate(f"{name}: answers that are right", sum(chances) / len(chances), form["right"]["random"])
    if not shape.shows_answer:
        for person in people:
            taken = [person.final_chances(name, truth, answer).get(answer, 0.0) for truth, answer in asked]
            yield _rate(f"{name}: {person.name} overrides", 1 - sum(taken) / len(taken), form["override"][person.name])
        yield _rate(f"{name}: took the answer once seen", yields_expected(name, asked, people), form["changed"])


def _rate(what: str, known: float, measured: Mapping[str, Any]) -> Rate:
    return Rate(what, known, measured["value"], measured["low"], measured["high"], measured["n"])


def differences(acts: Iterable[Act], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the export has and nobody did, and what somebody did and the export has not."""
    done = Counter(acts)
    kept = Counter(Act(*(row[name] for name in Act._fields)) for row in rows)
    return [f"lost: {act}" for act in done - kept] + [f"not done: {act}" for act in kept - done]


def doubled(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Items about which one reviewer has two reviews that stand."""
    stand = Counter((row["reviewer"], row["item"]) for row in rows if row["stands"])
    return [f"{who} has {count} reviews of {item}" for (who, item), count in stand.items() if count > 1]
