"""View: what the page of an item shows; what a reviewer may not see yet is not in it."""

from __future__ import annotations

from dataclasses import dataclass

from assay.review.acting import hides_answer
from assay.review.desk.numbers import DeskNumbers
from assay.review.forms.form import Choice, Form
from assay.review.queue import Assignment
from assay.web.languages import Phrases

REASONS = ("clear", "elsewhere", "two", "context")
"""Keys of phrases of reasons that come often; what is kept is the phrase in English."""
DIGITS = 9


@dataclass(frozen=True)
class Button:
    """A choice.

    Attributes:
        number: its place among the choices, by which it is sent.
        text: as it is shown.
        key: digit by which it is chosen; "" for none.
        own: whether it is the form's, not a class.
    """

    number: int
    text: str
    key: str
    own: bool


@dataclass(frozen=True)
class DetailView:
    """Something that may be said beside the choice.

    Attributes:
        number: its place, by which it is sent.
        text: as it is shown.
        options: text of each.
        one: whether only one may be taken.
        ticked: places of those that were taken before.
    """

    number: int
    text: str
    options: tuple[str, ...]
    one: bool
    ticked: tuple[int, ...]


@dataclass(frozen=True)
class ItemView:
    """The page of an item.

    Attributes:
        id: of the item.
        form: name of the form.
        title: of the form.
        question: that is asked.
        blind: whether the answer exists and is hidden; then nothing of it is here.
        buttons: choices.
        details: that may be said beside them.
        pictures: (what, text) of each.
        comment: that was written before.
        chosen: what he chose blind; "" where he has not.
        answer_text: before the answer.
        answer: of the model, where it may be seen; else "".
        why: it was queued, where a form shows what is known from the beginning; else "".
        confidence: likewise; None for none.
        arbiter: whether he decides between others.
        numbers: of the reviewer.
    """

    id: str
    form: str
    title: str
    question: str
    blind: bool
    buttons: tuple[Button, ...]
    details: tuple[DetailView, ...]
    pictures: tuple[tuple[str, str], ...]
    comment: str
    chosen: str
    answer_text: str
    answer: str
    confidence: float | None
    why: str
    arbiter: bool
    numbers: DeskNumbers


def item_view(assignment: Assignment, form: Form, numbers: DeskNumbers, t: Phrases) -> ItemView:
    """What a reviewer sees of an item.

    Args:
        assignment: item and lease.
        form: of the item.
        numbers: of the reviewer.
        t: phrases of his language.
    """
    item, lease = assignment.item, assignment.lease
    hidden = hides_answer(form, item)
    seen = form.shows_answer or (hidden and bool(lease.blind))
    confidence = item.hidden.get("confidence") if seen else None
    choices = form.choices_of(item)
    texts = [_choice_text(form, choice, t) for choice in choices]
    buttons = tuple(
        Button(number, text, str(number + 1) if number < DIGITS else "", choice.own)
        for number, (choice, text) in enumerate(zip(choices, texts, strict=True))
    )
    blind = [text for choice, text in zip(choices, texts, strict=True) if lease.blind and choice.value == lease.blind]
    shows = dict.fromkeys((*form.shows, *item.shows))
    return ItemView(
        item.id,
        form.name,
        own_phrase(t, f"form.{form.name}.title", form.title),
        own_phrase(t, f"form.{form.name}.question", form.question),
        hidden,
        buttons,
        tuple(_details(assignment, form, t)),
        tuple((name, own_phrase(t, f"shows.{name}", name)) for name in shows),
        lease.comment,
        blind[0] if blind else "",
        own_phrase(t, f"form.{form.name}.answer", form.answer_text),
        item.answer if seen else "",
        float(confidence) if confidence is not None else None,
        str(item.hidden.get("why", "")) if form.shows_answer else "",
        assignment.arbiter,
        numbers,
    )


def own_phrase(t: Phrases, key: str, text: str) -> str:
    """A phrase of Assay's own forms in the reader's language; what a package's form says itself stays."""
    return t(key) if t.has(key) else text


def detail_title(form: Form, name: str, t: Phrases) -> str:
    """What is asked beside a choice, in the reader's language; "" where the form asks nothing of this name."""
    text = next((detail.text for detail in form.details if detail.name == name), "")
    return own_phrase(t, f"detail.{form.name}.{name}_title", text)


def _choice_text(form: Form, choice: Choice, t: Phrases) -> str:
    if not choice.own:
        return choice.text
    return own_phrase(t, f"choice.{form.name}.{choice.value.strip('()')}", choice.text)


def _details(assignment: Assignment, form: Form, t: Phrases) -> list[DetailView]:
    views = []
    for number, detail in enumerate(form.details):
        options = detail.options_of(assignment.item)
        before = assignment.lease.details.get(detail.name, ())
        ticked = tuple(place for place, (value, _) in enumerate(options) if value in before)
        texts = tuple(
            text if detail.classes else own_phrase(t, f"detail.{form.name}.{value}", text) for value, text in options
        )
        views.append(DetailView(number, detail_title(form, detail.name, t), texts, detail.classes, ticked))
    return views
