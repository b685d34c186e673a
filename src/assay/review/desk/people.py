"""People: who reviews and how far all are, for the role admin, who can disable a reviewer."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from assay.review.desk.desk import Desk
from assay.review.desk.view import own_phrase
from assay.review.forms import all_forms
from assay.review.item import CLOSED, DISPUTED, OPEN, SETTLED
from assay.review.reviewers import ADMIN, Reviewer, disable_reviewer, reviewer_of
from assay.review.team import FormState, Member, form_states, team
from assay.web.form import read_form
from assay.web.refusal import PageRefusal

PEOPLE = "/review/people"


class People:
    """The page at /review/people.

    Args:
        desk: that it belongs to.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request, reviewer: Reviewer) -> Response:
        """Forms, and who has done what.

        Raises:
            PageRefusal: he is no admin.
        """
        _refuse_others(reviewer)

        def read(connection: Connection) -> tuple[list[FormState], list[Member]]:
            return form_states(connection), team(connection)

        states, members = await self._desk.read(read)
        t, forms = self._desk.site.phrases(request), all_forms()
        own = {name: form.title for name, form in forms.items()}
        titles = {name: own_phrase(t, f"form.{name}.title", own.get(name, name)) for name in (s.form for s in states)}
        order = (OPEN, DISPUTED, SETTLED, CLOSED)
        return self._desk.site.page(
            request, "people.html.j2", reviewer=reviewer, states=states, titles=titles, members=members, order=order
        )

    async def disable(self, request: Request, reviewer: Reviewer) -> Response:
        """Sign somebody out, for good; what he said stays. Nobody disables himself, so that somebody is left.

        Raises:
            PageRefusal: he is no admin, or there is nobody of this id.
        """
        _refuse_others(reviewer)
        await read_form(request, self._desk.site.sessions)
        name, session = request.path_params["reviewer"], self._desk.site.session(request)
        whom = await self._desk.read(lambda connection: reviewer_of(connection, name))
        if whom is None:
            raise PageRefusal("not-found")
        if whom.id == reviewer.id:
            session.flash("people.not_oneself", "wrong")
        else:
            await self._desk.write(lambda connection: disable_reviewer(connection, whom, actor=reviewer.name))
            session.flash("people.disabled", name=whom.name)
        return self._desk.site.redirect(request, PEOPLE)


def _refuse_others(reviewer: Reviewer) -> None:
    if not reviewer.may(ADMIN):
        raise PageRefusal("forbidden")
