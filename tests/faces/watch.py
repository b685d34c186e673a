"""States of the watcher's pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assay.monitoring.alert import (
    DEAD_MAN,
    DRIFT,
    ESTIMATE,
    FEEDBACK,
    KINDS,
    OPERATING_POINT,
    Cause,
    NextStep,
    SpeakingAnswer,
)
from assay.monitoring.alerts import Sighting, mute, note_causes, resolve
from assay.monitoring.look import DONE, claim_look, end_look
from assay.serving.watch.metrics import MEASURES
from assay.store.ids import as_time, new_id
from assay.store.keys import create_key
from assay.store.subjects import add_subject
from assay.store.tables import PREDICTIONS
from assay.store.watch_tables import ALERT_PICTURES, ALERTS, WATCH_LOOKS
from faces.desk import enter
from faces.hand import Hand
from faces.state import State, state
from faces.worlds import KEPT, Worlds
from watched import log_answers

WATCH: list[State] = []
REVIEW = NextStep("review", 50)


def measure(name: str, number: int, state_of: str = "usual") -> dict[str, Any]:
    shares = {"reference": [0.1, 0.2, 0.4, 0.2, 0.1], "window": [0.05, 0.1, 0.2, 0.35, 0.3]}
    return {
        "name": name,
        "label": name,
        "effect_name": "KS distance",
        "effect": 0.05 * number,
        "p": {"alarm": 0.0002, "significant": 0.02}.get(state_of, 0.8),
        "alarm": state_of == "alarm",
        "significant": state_of != "usual",
        "shares": shares,
    }


def drift(verdict: str) -> dict[str, Any]:
    states = {0: "alarm", 1: "significant"} if verdict == "drift" else {}
    return {
        "verdict": verdict,
        "headline": "brightness fell (median 120 to 80).",
        "measures": [measure(name, place, states.get(place, "usual")) for place, name in enumerate(MEASURES)],
        "seen": ["brightness: a change of the median by 12 would have been seen"],
        "notes": [],
    }


def report(verdict: str = "drift", labels: int = 0) -> dict[str, Any]:
    accuracy = {"value": 0.88, "lower": 0.84, "upper": 0.91, "labels": labels}
    rates = {
        name: {"rate": 0.3, "lower": 0.25, "upper": 0.36, "reference": 0.05, "bound": 0.15}
        for name in ("rejected", "unsure", "out", "accused")
    }
    parts = [
        {"kind": "key", "name": "client 1", "n": 400, "rates": rates, "high": ["rejected"]},
        {"kind": "arm", "name": "challenger", "n": 90, "rates": {"rejected": rates["rejected"]}, "high": []},
    ]
    return {
        "drift": drift(verdict),
        "estimate": {"accuracy": accuracy, "bound": 0.87, "measured": 0.92},
        "operating_point": {"rates": rates, "in_domain": 0.4, "parts": parts},
    }


def causes() -> list[Cause]:
    tests = {"tests": [measure("brightness", 5, "alarm"), measure("confidence", 3, "significant")]}
    made = [
        Cause(f"drift/{name}", DRIFT, f"drift.{name}", tests, "brightness fell (median 120 to 80)", (), REVIEW)
        for name in ("pictures", "mix_of_classes", "new_kind", "answers", "one_source", "unexplained")
    ]
    low = {"value": 0.8, "lower": 0.77, "upper": 0.83, "bound": 0.87}
    made.append(Cause("estimate/accuracy", ESTIMATE, "estimate.below", low, "accuracy is low", (), REVIEW))
    whose = {"rejected": "all", "unsure": "arm", "out": "key", "accused": "all"}
    for name, kind in whose.items():
        rates = {"rate": 0.3, "bound": 0.15, "whose": kind, "name": "client 2"}
        about = (f"operating_point/{name}", OPERATING_POINT, f"operating.{name}", rates, "too many")
        made.append(Cause(*about, (), REVIEW))
    values = {"hours": 30.5, "last": "2026-11-02T08:00:00.000Z", "since": "2026-11-01T08:00:00.000Z", "every": 6}
    wrong = {"client": "0199c0de", "disagreed": 9, "compared": 12, "p_value": 1e-5}
    made.append(
        Cause("feedback/0199c0de", FEEDBACK, "feedback.held_back", wrong, "it misleads", (), NextStep("labels"))
    )
    return made + [
        Cause(f"dead_man/{name}", DEAD_MAN, f"dead_man.{name}", values, "nobody asks")
        for name in ("predictions", "never", "watcher")
    ]


def begin(hand: Hand, worlds: Worlds, *roles: str) -> Any:
    """Nothing watched yet, and somebody who has signed in."""

    def clear(connection: Any) -> None:
        for table in (ALERT_PICTURES, ALERTS, WATCH_LOOKS):
            connection.execute(table.delete())

    worlds.of["open"].store.write(clear)
    return enter(hand, worlds, *roles)


def look(worlds: Worlds, seen: dict[str, Any], hours_ago: float = 1.0) -> None:
    store, at = worlds.of["open"].store, datetime.now(UTC) - timedelta(hours=hours_ago)
    begun = store.write(lambda c: claim_look(c, at=at, every=6 * 3600))
    done = replace(begun, state=DONE, ended=as_time(at), report=seen, pictures=1234, bundle="b" * 64)
    store.write(lambda c: end_look(c, done))


def alert(worlds: Worlds, *, pictures: bool = False, cause: Cause | None = None) -> Any:
    store, wanted = worlds.of["open"].store, cause or causes()[0]
    if pictures:
        kept = log_answers(store, 3, as_time(datetime.now(UTC)), kept=True, picture=KEPT)
        lost = log_answers(store, 2, as_time(datetime.now(UTC)))
        answers = tuple(SpeakingAnswer(each.id, 3.0) for each in (*kept, *lost))
        wanted = replace(wanted, answers=answers)
    at = as_time(datetime.now(UTC))
    sighting = Sighting("l", at, "cells", "3", "b" * 64, (wanted,), KINDS)
    return store.write(lambda c: note_causes(c, sighting)).opened[0]


@state(WATCH, "sign_in.title")
def the_watch_of_nobody(hand: Hand, worlds: Worlds) -> None:
    hand.open("/watch")


@state(WATCH, "headline.never")
def nobody_has_looked(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    hand.open("/watch")


@state(WATCH, "headline.quiet")
def a_look_without_drift(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    look(worlds, report("no drift", labels=120))
    hand.open("/watch")
    hand.press("details summary", "details[open]")


@state(WATCH, "drift.verdict.cannot_be_said")
def a_look_that_can_say_nothing(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    look(worlds, report("cannot be said"))
    hand.open("/watch")


@state(WATCH, "missing.answers")
def a_look_at_too_few_answers(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    look(worlds, {"drift": {"missing": "answers"}, "estimate": {"missing": "profile"}, "operating_point": {}})
    hand.open("/watch")


@state(WATCH, "headline.late")
def a_watcher_that_does_not_run(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    look(worlds, report(), hours_ago=20)
    hand.open("/watch")


@state(WATCH, "headline.calls.other")
def many_alerts(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    look(worlds, report())
    store, now = worlds.of["open"].store, datetime.now(UTC)
    at, until = as_time(now), as_time(now + timedelta(days=1))
    sighting = Sighting("l", at, "cells", "3", "b" * 64, tuple(causes()), KINDS)
    made = {each.cause: each for each in store.write(lambda c: note_causes(c, sighting)).opened}
    store.write(lambda c: mute(c, made["drift/answers"], until=until, at=at, actor="kim1"))
    store.write(lambda c: resolve(c, made["drift/unexplained"], reason="kim1", at=at, actor="kim1"))
    hand.open("/watch")


@state(WATCH, "headline.calls.one")
def one_alert(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    look(worlds, report())
    alert(worlds)
    hand.open("/watch")


def open_with_pictures(hand: Hand, made: Any) -> None:
    """Its page, with all six pictures, which are asked for after the page: until they are there, the service has to
    know them."""
    hand.open(f"/watch/alerts/{made.id}")
    hand.page.locator("#pictures").scroll_into_view_if_needed()
    hand.until("[...document.images].filter((image) => image.complete && image.naturalWidth).length === 6")


@state(WATCH, "pictures.title")
def an_alert_with_pictures(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    made = alert(worlds, pictures=True)
    service = worlds.of["open"].service
    classes = {"jade": (worlds.files / "photo.png",)}
    plain, service.examples = service.examples, lambda bundle: classes
    try:
        open_with_pictures(hand, made)
    finally:
        service.examples = plain


@state(WATCH, "pictures.nearest")
def an_alert_beside_the_nearest_images(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    made = alert(worlds, pictures=True)
    service = worlds.of["open"].service
    digest = service.holder.engine.digest
    worlds.of["open"].store.write(lambda c: c.execute(PREDICTIONS.update().values(bundle=digest)))
    photo: Path = worlds.files / "photo.png"
    plain, service.nearest = service.nearest, lambda bundle, components: photo
    try:
        open_with_pictures(hand, made)
    finally:
        service.nearest = plain


@state(WATCH, "alert.key")
def an_alert_about_one_key(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    store = worlds.of["open"].store
    subject = store.write(lambda c: add_subject(c, f"camera {new_id()}")).id
    key = store.write(lambda c: create_key(c, subject, "kim1", ["classify"], actor="kim1"))[0].id
    (answer,) = log_answers(store, 1, as_time(datetime.now(UTC)), key=key)
    of_key = next(each for each in causes() if each.name == "operating_point/out")
    made = alert(worlds, cause=replace(of_key, answers=(SpeakingAnswer(answer.id, 1.0),)))
    hand.open(f"/watch/alerts/{made.id}")


@state(WATCH, "next.service")
def an_alert_of_silence(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    made = alert(worlds, cause=causes()[-3])
    hand.open(f"/watch/alerts/{made.id}")


@state(WATCH, "next.labels")
def an_alert_of_a_client_who_misleads(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    made = alert(worlds, cause=next(each for each in causes() if each.kind == FEEDBACK))
    hand.open(f"/watch/alerts/{made.id}")


@state(WATCH, "alert.admins")
def an_alert_for_who_is_no_admin(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds, "reviewer")
    hand.open(f"/watch/alerts/{alert(worlds).id}")


@state(WATCH, "done.acknowledge")
def an_alert_acknowledged(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    hand.open(f"/watch/alerts/{alert(worlds).id}")
    hand.press("#acknowledge", ".flash")


@state(WATCH, "done.not_acknowledge")
def an_alert_resolved_meanwhile(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    made, at = alert(worlds), as_time(datetime.now(UTC))
    hand.open(f"/watch/alerts/{made.id}")
    worlds.of["open"].store.write(lambda c: resolve(c, made, reason="kim1", at=at, actor="kim1"))
    hand.press("#acknowledge", ".flash.wrong")


@state(WATCH, "done.queue")
def pictures_queued(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    hand.open(f"/watch/alerts/{alert(worlds, pictures=True).id}")
    hand.press("#queue", ".flash")


@state(WATCH, "done.mute")
def an_alert_muted(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds, "reviewer", "admin")
    hand.open(f"/watch/alerts/{alert(worlds).id}")
    hand.pick("#until", 1)
    hand.press("#mute", ".flash")


@state(WATCH, "done.not_mute")
def an_alert_that_is_resolved_is_not_muted(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds, "reviewer", "admin")
    made, at = alert(worlds), as_time(datetime.now(UTC))
    hand.open(f"/watch/alerts/{made.id}")
    worlds.of["open"].store.write(lambda c: resolve(c, made, reason="kim1", at=at, actor="kim1"))
    hand.press("#mute", ".flash.wrong")


@state(WATCH, "done.resolve")
def an_alert_resolved(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds, "reviewer", "admin")
    hand.open(f"/watch/alerts/{alert(worlds).id}")
    hand.write("#reason", "กล้องเปลี่ยนไฟ")
    hand.press("#resolve", ".flash")


@state(WATCH, "done.not_resolve")
def an_alert_without_a_reason(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds, "reviewer", "admin")
    hand.open(f"/watch/alerts/{alert(worlds).id}")
    hand.press("#resolve", ".flash.wrong")


@state(WATCH, "error.not-found.title", complaints=True)
def an_alert_that_there_is_not(hand: Hand, worlds: Worlds) -> None:
    begin(hand, worlds)
    hand.open("/watch/alerts/nothing")
