"""The pages at /watch: how the champion is, and what somebody does about an alert."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import Response

from assay.errors import ConfigError, ServiceError
from assay.monitoring.alert import RESOLVED, REVIEW_NEXT, Alert
from assay.monitoring.alert_messages import tell_resolved
from assay.monitoring.alert_queue import queue_pictures
from assay.monitoring.alerts import acknowledge, alerts, keys_of_alerts, mute, resolve, speaking_answers
from assay.review.desk.desk import SIGN_IN, Desk
from assay.review.desk.showing import Showing
from assay.review.reviewers import ADMIN, Reviewer
from assay.serving.watch.state import watch_state
from assay.serving.watch.until import moment_until
from assay.serving.watch_pages.view import alert_view, headline_of, measure_views, part_views, percent, rate_views
from assay.store.components import unpacked
from assay.store.ids import as_time
from assay.store.tables import PREDICTIONS
from assay.store.watch_tables import ALERT_PICTURES, ALERTS
from assay.web.form import PostedForm, read_form
from assay.web.refusal import PageRefusal
from assay.web.site import Site

PACKAGE, HOME = "assay.serving.watch_pages", "/watch"
STYLES = ("watch.css",)
MOST_PICTURES, LAST_RESOLVED = 12, 20
MUTES = ("8h", "1d", "3d", "1w")
Signed = Callable[[Request, Reviewer], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class ShownPicture:
    """An answer that speaks for an alert.

    Attributes:
        id: of the prediction.
        label: that was answered.
        confidence: in per cent.
        near: whether there is a training image beside it, "nearest", "class" or "".
    """

    id: str
    label: str
    confidence: str
    near: str


@dataclass(frozen=True)
class TrainingLookup:
    """Training images to stand beside answers.

    Attributes:
        nearest: gives the file most like an answer, by its bundle's digest and its components; None where unknown.
        of_class: gives a file of a class; None where there is none.
    """

    nearest: Callable[[str, Any], Path | None]
    of_class: Callable[[str], Path | None]


class WatchPages:
    """Pages for those who sign in at the desk; whoever is admin there may mute and resolve.

    Args:
        site: makes pages.
        desk: by which one signs in, with store and pictures.
        training: images beside the answers.
        model: name of the registered model that answers.
    """

    def __init__(self, site: Site, desk: Desk, training: TrainingLookup, model: Callable[[], str]) -> None:
        self._site, self._desk, self._training, self._model = site, desk, training, model
        self._showing = Showing(desk)

    def addresses(self) -> list[tuple[str, str, Handler]]:
        """Path, method and what answers."""
        alert = HOME + "/alerts/{alert}"
        signed: list[tuple[str, str, Signed]] = [
            (HOME, "GET", self.show),
            (alert, "GET", self.alert),
            (alert + "/{deed}", "POST", self.act),
            (alert + "/pictures/{prediction}", "GET", self.picture),
            (alert + "/training/{prediction}", "GET", self.training),
        ]
        return [(path, method, self._for_signed(handler)) for path, method, handler in signed]

    async def show(self, request: Request, reviewer: Reviewer) -> Response:
        """How is the champion."""
        state = await self._desk.read(watch_state)
        keys = await self._desk.read(lambda connection: keys_of_alerts(connection, state.alerts))
        ended = await self._desk.read(
            lambda connection: alerts(connection, ALERTS.c.state == RESOLVED, limit=LAST_RESOLVED)
        )
        t, at = self._site.phrases(request), state.pulse.at
        report = {} if state.look is None else state.look.report
        drift, operating = report.get("drift", {}), report.get("operating_point", {})
        return self._site.page(
            request,
            "watch.html.j2",
            reviewer=reviewer,
            state=state,
            model=self._model(),
            headline=headline_of(state),
            calling=sum(alert.calls(at) for alert in state.alerts),
            standing=[alert_view(alert, t, at, keys) for alert in state.alerts],
            ended=[alert_view(alert, t, at) for alert in ended],
            drift=drift,
            measures=measure_views(drift.get("measures", ()), t),
            estimate=report.get("estimate", {}),
            operating=operating,
            rates=rate_views(operating.get("rates", {})),
            parts=part_views(operating.get("parts", ())),
            percent=percent,
        )

    async def alert(self, request: Request, reviewer: Reviewer) -> Response:
        """Cause, pictures, next step, and who sees to it.

        Raises:
            PageRefusal: there is no such alert.
        """
        shown_alert, pictures, unkept = await self._read(request)
        keys = await self._desk.read(lambda connection: keys_of_alerts(connection, [shown_alert]))
        t, at = self._site.phrases(request), as_time(datetime.now(UTC))
        tests = shown_alert.evidence.get("values", {}).get("tests", ())
        return self._site.page(
            request,
            "alert.html.j2",
            reviewer=reviewer,
            alert=shown_alert,
            view=alert_view(shown_alert, t, at, keys),
            measures=measure_views(tests, t),
            pictures=await asyncio.to_thread(self._shown, pictures, shown_alert.bundle),
            unkept=unkept,
            review=shown_alert.next_step.kind == REVIEW_NEXT,
            command=shown_alert.next_step.command(shown_alert.id),
            admin=reviewer.may(ADMIN),
            mutes=MUTES,
        )

    async def act(self, request: Request, reviewer: Reviewer) -> Response:
        """Acknowledge, queue, mute or resolve.

        Raises:
            PageRefusal: there is no such alert or deed, or he may not.
        """
        form = await read_form(request, self._site.sessions)
        deed, name = request.path_params["deed"], request.path_params["alert"]
        if deed not in ("acknowledge", "queue", "mute", "resolve"):
            raise PageRefusal("not-found")
        if deed in ("mute", "resolve") and not reviewer.may(ADMIN):
            raise PageRefusal("forbidden")
        session = self._site.session(request)
        try:
            values = await self._desk.write(lambda connection: _done(connection, name, deed, form, reviewer))
        except (ServiceError, ConfigError):
            if deed == "queue":  # nothing about the alert stands in its way, so it is the store
                raise
            session.flash(f"done.not_{deed}", "wrong")
        else:
            session.flash(f"done.{deed}", **values)
        return self._site.redirect(request, f"{HOME}/alerts/{name}")

    async def picture(self, request: Request, reviewer: Reviewer) -> Response:
        """A kept picture that speaks for an alert.

        Raises:
            PageRefusal: it does not, or was not kept.
        """
        row = await self._row(request)
        return await self._showing.png(request, self._desk.pictures.path(row.picture), raw=True)

    async def training(self, request: Request, reviewer: Reviewer) -> Response:
        """The training image beside it.

        Raises:
            PageRefusal: there is none.
        """
        row = await self._row(request)
        path, _ = await asyncio.to_thread(self._beside, row)
        if path is None:
            raise PageRefusal("not-found")
        return await self._showing.png(request, path)

    async def _row(self, request: Request) -> Any:
        alert, prediction = request.path_params["alert"], request.path_params["prediction"]
        mine = ALERT_PICTURES.c.alert == alert, ALERT_PICTURES.c.prediction == prediction
        asked = select(PREDICTIONS).join(ALERT_PICTURES, ALERT_PICTURES.c.prediction == PREDICTIONS.c.id)
        row = await self._desk.read(lambda c: c.execute(asked.where(*mine, PREDICTIONS.c.kept)).first())
        if row is None or not self._desk.pictures.has(row.picture):
            raise PageRefusal("not-found")
        return row

    async def _read(self, request: Request) -> tuple[Alert, list[Any], int]:
        """The alert, its kept pictures, and how many of it were not kept."""
        name = request.path_params["alert"]

        def read(connection: Connection) -> tuple[Alert, list[Any], int]:
            alert = _alert(connection, name)
            names = [each.prediction for each in speaking_answers(connection, name)]
            asked = select(PREDICTIONS).where(PREDICTIONS.c.id.in_(names), PREDICTIONS.c.kept)
            rows = {row.id: row for row in connection.execute(asked)}
            return alert, [rows[each] for each in names if each in rows], len(names) - len(rows)

        alert, rows, unkept = await self._desk.read(read)
        return alert, [row for row in rows if self._desk.pictures.has(row.picture)][:MOST_PICTURES], unkept

    def _shown(self, rows: list[Any], bundle: str) -> list[ShownPicture]:
        return [ShownPicture(row.id, row.label, percent(row.confidence), self._beside(row)[1]) for row in rows]

    def _beside(self, row: Any) -> tuple[Path | None, str]:
        """A training image, and what it is: "nearest", "class", or "" for none."""
        nearest = self._training.nearest(row.bundle, unpacked(bytes(row.components)))
        if nearest is not None:
            return nearest, "nearest"
        of_class = self._training.of_class(row.label)
        return (None, "") if of_class is None else (of_class, "class")

    def _for_signed(self, handler: Signed) -> Handler:
        async def handle(request: Request) -> Response:
            reviewer = await self._desk.reviewer(request)
            if reviewer is None:
                return self._site.redirect(request, SIGN_IN)
            return await handler(request, reviewer)

        return handle


def _alert(connection: Connection, name: str) -> Alert:
    named = alerts(connection, ALERTS.c.id == name)
    if not named:
        raise PageRefusal("not-found")
    return named[0]


def _done(connection: Connection, name: str, deed: str, form: PostedForm, reviewer: Reviewer) -> dict[str, Any]:
    """What a flash is filled with, after the deed."""
    alert, present, who = _alert(connection, name), datetime.now(UTC), reviewer.name
    if deed == "queue":
        outcome = queue_pictures(connection, alert, count=alert.next_step.count, actor=who)
        return {"queued": outcome.queued, "known": outcome.known}
    if deed == "acknowledge":
        acknowledge(connection, alert, owner=who, actor=who)
        return {"name": who}
    if deed == "mute":
        until = moment_until(form.get("until"), at=present)
        mute(connection, alert, until=until, at=as_time(present), actor=who)
        return {"until": f"{until[:10]} {until[11:16]}"}
    done = resolve(connection, alert, reason=form.get("reason")[:2000], at=as_time(present), actor=who)
    tell_resolved(connection, done, at=as_time(present))
    return {}
