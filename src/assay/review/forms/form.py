"""Form: what reviewers are asked about an item, declared as data, so that one mechanism shows and reads all of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from assay.review.item import ReviewItem
from assay.review.refused import ReviewRefused

CANNOT_TELL, NOT_THIS_KIND, BAD_PICTURE = "(cannot tell)", "(not of this kind)", "(bad picture)"
"""What may be said of any picture; where a model has a class of such a name, the class stands alone."""


@dataclass(frozen=True)
class Choice:
    """One of the answers.

    Attributes:
        value: as it is kept.
        text: as it is shown.
        abstains: whether it leaves the question open, so that it overrides nothing and counts as no class.
        own: whether it is the form's, not a class of the model.
    """

    value: str
    text: str
    abstains: bool = False
    own: bool = True


@dataclass(frozen=True)
class Detail:
    """Something that may be said beside the choice.

    Attributes:
        name: as it is kept.
        text: as it is shown.
        options: (value, text) of each; several may be taken, of classes one.
        for_choices: values of the choices beside which it means something; () for all.
        classes: whether the classes of the item are its options.
        needed: whether one has to be taken beside such a choice.
    """

    name: str
    text: str
    options: tuple[tuple[str, str], ...] = ()
    for_choices: tuple[str, ...] = ()
    classes: bool = False
    needed: bool = False

    def options_of(self, item: ReviewItem) -> tuple[tuple[str, str], ...]:
        """(value, text) of each for an item."""
        return tuple((name, name) for name in item.classes) if self.classes else self.options


@dataclass(frozen=True)
class Form:
    """A form.

    Attributes:
        name: as it is kept.
        title: as it is shown.
        question: that the choices answer.
        choices: of every item, behind the classes where it asks for one.
        details: that may be said beside the choice.
        asks_class: whether the classes of the item are choices, before the others.
        shows: what an item has to have, in the order in which it is shown: "picture", "heat", "other".
        shows_answer: whether the model's answer belongs to the question and is shown from the beginning; else it is
            hidden until the reviewer has chosen.
        answer_text: before what is said of the item, where it is shown.
        good: values of choices that count as accepted, for rates; () where nothing is accepted.
        bad: values that count as not accepted.
    """

    name: str
    title: str
    question: str
    choices: tuple[Choice, ...]
    details: tuple[Detail, ...] = ()
    asks_class: bool = False
    shows: tuple[str, ...] = ("picture",)
    shows_answer: bool = False
    answer_text: str = "The model says:"
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Hex sha256 of everything that a form says: other choices or words are another version."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def choices_of(self, item: ReviewItem) -> tuple[Choice, ...]:
        """The choices for an item, the classes of its model first where the form asks for one."""
        classes = item.classes if self.asks_class else ()
        own = tuple(choice for choice in self.choices if choice.value not in classes)
        return (*(Choice(name, name, own=False) for name in classes), *own)

    def choice(self, item: ReviewItem, value: str) -> Choice:
        """The choice of a value.

        Raises:
            Refused: the item has no such choice.
        """
        for choice in self.choices_of(item):
            if choice.value == value:
                return choice
        raise ReviewRefused("button", f"{value[:80]!r} is none of the choices of the form {self.name}")

    def checked(self, item: ReviewItem, choice: str, details: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
        """Details as they are kept: those that the form has, in its order, beside this choice.

        Args:
            item: that is reviewed.
            choice: value of the choice.
            details: (name, value) of what was ticked; whatever the form does not have is left out.

        Raises:
            Refused: what this choice needs is missing.
        """
        ticked = set(details)
        kept: dict[str, tuple[str, ...]] = {}
        for detail in self.details:
            if detail.for_choices and choice not in detail.for_choices:
                continue
            values = tuple(value for value, _ in detail.options_of(item) if (detail.name, value) in ticked)
            if detail.needed and not values:
                raise ReviewRefused("detail", f"{detail.text}: has to be said beside this choice", detail.name)
            if values:
                kept[detail.name] = values[:1] if detail.classes else values
        return kept
