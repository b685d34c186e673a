"""At the desk: a scripted reviewer works through a form, and keeps a log of everything that the desk has taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from browser import Browser, Work, pixels_of
from scripted import Person, Truth

from assay.review.forms import form_of


class Act(NamedTuple):
    """Something that the desk has taken, as its export should say it."""

    reviewer: str
    item: str
    kind: str
    blind: str
    final: str
    override: bool


@dataclass
class Log:
    """What a reviewer did.

    Attributes:
        acts: in their order.
        refused: what the desk did not take, with its words.
        showed_early: items whose page showed an answer before a choice that should be blind.
        heats: heat maps that were looked at.
    """

    acts: list[Act] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    showed_early: list[str] = field(default_factory=list)
    heats: int = 0


class AtDesk:
    """A scripted reviewer.

    Args:
        browser: that he has signed in with.
        person: what he is like.
        truths: form -> pixels of a picture -> what is true of it.

    Attributes:
        browser: that he has signed in with.
        log: of what he did.
    """

    def __init__(self, browser: Browser, person: Person, truths: Mapping[str, Mapping[str, Truth]]) -> None:
        self.browser, self._person, self._truths = browser, person, truths
        self.log = Log()

    def work(self, form: str) -> None:
        """Work on a form until nothing comes any more."""
        while (page := self.browser.work(form)) is not None:
            self._one(form, page)

    def _one(self, form: str, page: Work) -> None:
        shape, person = form_of(form), self._person
        picture = pixels_of(self.browser.picture(page.item))
        truth = self._truths[form][picture]
        if "heat" in shape.shows and len(self.browser.picture(page.item, "heat")) > 0:
            self.log.heats += 1
        if not shape.shows_answer and page.answer and not page.decides:
            self.log.showed_early.append(page.item)
        if person.errs_first(form, picture) and not self._mistake(form, page, truth):
            return
        blind = person.blind(form, picture, truth)
        taken, said = self._choose(form, page, blind, truth)
        if not taken:
            return
        if said["state"] == "next":
            self._wrote("review", page.item, blind, blind)
            return
        shown = self.browser.work(form)
        if shown is None or shown.item != page.item:
            self.log.refused.append(f"{page.item}: is not before its reviewer once he has chosen")
            return
        gives_way = person.gives_way(form, picture)
        fields = {"action": "answer"} if gives_way else {"action": "keep", "reason": "I see it clearly"}
        if self._taken(self.browser.act(form, page.item, **fields)):
            self._wrote("review", page.item, blind, shown.answer if gives_way else blind, not gives_way)

    def _mistake(self, form: str, page: Work, truth: Truth) -> bool:
        """Something by mistake, and taken back; whether the item is before him again.

        Where an answer is hidden he skips, because a choice would stay the blind one.
        """
        if form_of(form).shows_answer:
            wrong = next(each for each in truth.choices if each != truth.choice)
            done = self._choose(form, page, wrong, truth)[0]
            wrote = ("review", page.item, wrong, wrong)
        else:
            done = self._taken(self.browser.act(form, page.item, action="skip"))
            wrote = ("skip", page.item, "", "")
        if not done:
            return False
        self._wrote(*wrote)
        if not self._taken(self.browser.undo(form)):
            return False
        self._wrote("undo", page.item, "", "")
        again = self.browser.work(form)
        return again is not None and again.item == page.item

    def _choose(self, form: str, page: Work, choice: str, truth: Truth) -> tuple[bool, dict[str, object]]:
        shape = form_of(form)
        texts = {each.value: each.text for each in shape.choices}
        fields = {"action": "choose", "choice": page.buttons[texts.get(choice, choice)], "elapsed": "1.5"}
        for number, detail in enumerate(shape.details):
            if detail.for_choices and choice not in detail.for_choices:
                continue
            fields[f"detail{number}"] = str(page.details[number].index(truth.label)) if detail.classes else "0"
        answered = self.browser.act(form, page.item, **fields)
        return self._taken(answered), answered[1]

    def _taken(self, answered: tuple[bool, dict[str, object]]) -> bool:
        taken, said = answered
        if not taken:
            self.log.refused.append(str(said))
        return taken

    def _wrote(self, kind: str, item: str, blind: str, final: str, override: bool = False) -> None:
        self.log.acts.append(Act(self._person.name, item, kind, blind, final, override))
