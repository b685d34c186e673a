"""Working: the page of an item, and what a reviewer does there."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assay.errors import ServiceError
from assay.review.acting import Chosen, choose, decide, skip, undo
from assay.review.desk.desk import NO_MAP, Desk, is_scripted
from assay.review.desk.numbers import DeskNumbers, numbers_of
from assay.review.desk.view import REASONS, detail_title, item_view
from assay.review.forms import form_of
from assay.review.forms.form import Form as ReviewForm
from assay.review.item import ReviewItem
from assay.review.leases import lease_of, renew
from assay.review.queue import Assignment, next_assignment
from assay.review.refused import ReviewRefused
from assay.review.reviewers import Reviewer
from assay.review.rows import close_items, item_of
from assay.review.sweep import GONE
from assay.web.form import PostedForm, read_form
from assay.web.languages import phrases
from assay.web.refusal import PageRefusal

MOST_GONE = 100
"""Items without a picture that one look closes."""


class Working:
    """The page where a reviewer works on a form.

    Args:
        desk: that it belongs to.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request, reviewer: Reviewer) -> Response:
        """The item before him; with `after=ITEM` the one behind that, which his browser fetches ahead."""
        form = self._form(request)
        after = request.query_params.get("after", "")
        assignment = await self._next(reviewer, form, after)
        numbers = await self._desk.read(lambda connection: numbers_of(connection, reviewer, form.name))
        if assignment is None:
            return self._page(request, "nothing.html.j2", form, reviewer, numbers=numbers)
        view = item_view(assignment, form, numbers, self._desk.site.phrases(request))
        return self._page(request, "item.html.j2", form, reviewer, view=view, reasons=REASONS)

    async def act(self, request: Request, reviewer: Reviewer) -> Response:
        """What he does: choose, decide, skip."""
        shape, item = self._form(request), request.path_params["item"]
        form = await read_form(request, self._desk.site.sessions)
        try:
            chosen, numbers = await self._desk.write(lambda connection: self._acted(connection, reviewer, item, form))
        except ReviewRefused as error:
            return self._refused(request, shape, error)
        return self._done(request, shape, chosen, numbers)

    async def undo(self, request: Request, reviewer: Reviewer) -> Response:
        """Take back the last thing that he did on this form."""
        shape, policy = self._form(request), self._desk.policy
        await read_form(request, self._desk.site.sessions)
        try:
            back = await self._desk.write(lambda connection: undo(connection, reviewer, policy, form=shape.name))
        except ReviewRefused as error:
            return self._refused(request, shape, error)
        key, site = "desk.undone" if back is not None else "desk.nothing_to_undo", self._desk.site
        if is_scripted(request):
            reply = {"state": "again", "message": site.phrases(request)(key)}
            return site.finish(request, JSONResponse(reply))
        site.session(request).flash(key)
        return self._back(request, shape)

    async def renew(self, request: Request, reviewer: Reviewer) -> Response:
        """Whoever still looks keeps what he was lent."""
        await read_form(request, self._desk.site.sessions)
        item, seconds, now = request.path_params["item"], self._desk.policy.lease_seconds, datetime.now(UTC)
        stays = await self._desk.write(lambda connection: renew(connection, item, reviewer.id, now, seconds))
        return self._desk.site.finish(request, JSONResponse({"held": stays}))

    def _acted(
        self, connection: Connection, reviewer: Reviewer, item: str, sent: PostedForm
    ) -> tuple[Chosen, DeskNumbers]:
        """What became of it and how far he is now, in one transaction, because he waits for both."""
        chosen = self._act(connection, reviewer, item, sent)
        return chosen, numbers_of(connection, reviewer, chosen.item.form)

    def _act(self, connection: Connection, reviewer: Reviewer, item_id: str, sent: PostedForm) -> Chosen:
        policy, action = self._desk.policy, sent.get("action")
        item = item_of(connection, item_id)
        if item is None:
            raise ReviewRefused("gone", "this item can be looked at no longer")
        seconds = _seconds(sent.get("elapsed"))
        if action == "skip":
            return skip(connection, reviewer, item_id, policy)
        if action == "choose":
            choice, details = _choice(item, sent), _details(item, sent)
            comment = sent.get("comment")
            return choose(
                connection, reviewer, item_id, choice, policy, details=details, comment=comment, seconds=seconds
            )
        lease = lease_of(connection, item_id, reviewer.id)
        if action == "answer":
            return decide(connection, reviewer, item_id, item.answer, policy, seconds=seconds)
        if action == "keep" and lease is not None:
            reason = _reason(sent)
            return decide(connection, reviewer, item_id, lease.blind, policy, reason=reason, seconds=seconds)
        raise ReviewRefused("button", "choose one of the buttons")

    async def _next(self, reviewer: Reviewer, form: ReviewForm, after: str) -> Assignment | None:
        """Items whose picture has gone meanwhile, or whose map nobody can draw any more, are closed and passed over."""
        desk, apart = self._desk, [after] if after else []
        for _ in range(MOST_GONE):
            given = await desk.write(
                lambda connection: next_assignment(connection, reviewer, form.name, desk.policy, apart_from=apart)
            )
            if given is None or not (why := await self._missing(given.item, form)):
                return given
            await desk.write(partial(close_items, ids=[given.item.id], why=why))
        return None

    async def _missing(self, item: ReviewItem, form: ReviewForm) -> str:
        """Why an item cannot be looked at; "" where it can."""
        if item.picture and not self._desk.pictures.has(item.picture):
            return GONE
        drawn = "heat" in form.shows and "heat" not in item.shows
        return NO_MAP if drawn and await self._desk.heat(item) is None else ""

    def _done(self, request: Request, shape: ReviewForm, chosen: Chosen, numbers: DeskNumbers) -> Response:
        state = "decide" if chosen.review is None else "next"
        if not is_scripted(request):
            return self._back(request, shape)
        message = self._desk.site.phrases(request)("desk.kept") if state == "next" else ""
        return self._desk.site.finish(
            request, JSONResponse({"state": state, "message": message, "numbers": self._shown(request, numbers)})
        )

    def _refused(self, request: Request, shape: ReviewForm, error: ReviewRefused) -> Response:
        t = self._desk.site.phrases(request)
        why = t(f"refused.{error.name}", detail=detail_title(shape, error.detail, t))
        if is_scripted(request):
            reply = {"state": "wrong", "message": t("desk.refused", why=why)}
            return self._desk.site.finish(request, JSONResponse(reply, 409))
        self._desk.site.session(request).flash("desk.refused", "wrong", why=why)
        return self._back(request, shape)

    def _back(self, request: Request, shape: ReviewForm) -> Response:
        return self._desk.site.redirect(request, f"/review/work/{shape.name}")

    def _form(self, request: Request) -> ReviewForm:
        try:
            return form_of(request.path_params["form"])
        except ServiceError as error:
            raise PageRefusal("not-found") from error

    def _page(self, request: Request, template: str, form: ReviewForm, reviewer: Reviewer, **values: Any) -> Response:
        values |= {"reviewer": reviewer, "form": form, "shown": lambda numbers: self._shown(request, numbers)}
        return self._desk.site.page(request, template, **values)

    def _shown(self, request: Request, numbers: DeskNumbers) -> dict[str, str]:
        """The numbers as they are shown, by name."""
        t = self._desk.site.phrases(request)
        seconds = "–" if numbers.seconds is None else t("desk.seconds", seconds=f"{numbers.seconds:.1f}")
        return {
            "progress": t("desk.of", done=numbers.done, total=numbers.total),
            "per_hour": "–" if numbers.per_hour is None else f"{min(numbers.per_hour, 9999):.0f}",
            "seconds": seconds,
        }


def _choice(item: ReviewItem, sent: PostedForm) -> str:
    choices, number = form_of(item.form).choices_of(item), sent.get("choice")
    if not (number.isascii() and number.isdecimal() and int(number[:6]) < len(choices)):
        raise ReviewRefused("button", "choose one of the buttons")
    return choices[int(number)].value


def _details(item: ReviewItem, sent: PostedForm) -> list[tuple[str, str]]:
    """(name, value) of what was ticked; it is sent by places, so that no name of a class has to travel."""
    ticked = []
    for number, detail in enumerate(form_of(item.form).details):
        options = detail.options_of(item)
        for place in sent.all(f"detail{number}"):
            with contextlib.suppress(ValueError, IndexError):
                ticked.append((detail.name, options[int(place)][0]))
    return ticked


def _reason(sent: PostedForm) -> str:
    quick = sent.get("quick")
    if quick in REASONS:
        return phrases("en", "assay.review.desk")(f"reason.{quick}")
    return sent.get("reason")


def _seconds(text: str) -> float | None:
    """What the browser has measured, in milliseconds; None where it measures nothing."""
    return int(text) / 1000 if text.isascii() and text.isdecimal() and len(text) < 10 else None
