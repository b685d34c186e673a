"""The watcher's pages without a script: who may see and do what, and what is shown of whom."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from assay.monitoring.alert import DRIFT, KINDS, OPEN, RESOLVED, Cause, NextStep, SpeakingAnswer
from assay.monitoring.alerts import Sighting, alerts, note_causes
from assay.review.passwords import set_password
from assay.review.reviewers import create_reviewer
from assay.review.rows import items
from assay.store.ids import as_time
from assay.store.tables import TRAIL, TRAIL_PERSONAL
from assay.store.trail import read_personal
from desk_browser import WORDS, Browser
from serving_world import World
from watched import log_answers

PICTURE = "c" * 64
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def watched(world: World) -> World:
    for name, roles in (("kim", ["reviewer"]), ("ada", ["reviewer", "admin"])):
        made = world.store.write(lambda c, name=name, roles=roles: create_reviewer(c, name, roles, actor="test"))
        world.store.write(lambda c, made=made: set_password(c, made, WORDS, actor="test"))
    world.service.keeping.pictures.keep(PICTURE, np.full((6, 5, 3), 200, np.uint8))
    return world


@pytest.fixture
def alert(watched: World):
    (kept,) = log_answers(watched.store, 1, as_time(datetime.now(UTC)), kept=True, picture=PICTURE)
    (lost,) = log_answers(watched.store, 1, as_time(datetime.now(UTC)))
    answers = (SpeakingAnswer(kept.id, 2.0), SpeakingAnswer(lost.id, 1.0))
    values = {"tests": [], "words": HOSTILE}
    darker = Cause("drift/pictures", DRIFT, "drift.pictures", values, HOSTILE, answers, NextStep("review", 50))
    sighting = Sighting("l", as_time(datetime.now(UTC)), "cells", "3", "b" * 64, (darker,), KINDS)
    opened = watched.store.write(lambda c: note_causes(c, sighting)).opened[0]
    return opened.id, kept.id, lost.id


def state(world: World) -> str:
    with world.store.reading() as connection:
        return alerts(connection)[0].state


def test_nobody_sees_anything_before_he_has_signed_in_and_no_key_of_a_program_opens_it(watched, alert):
    name, kept, _ = alert
    paths = ["/watch", f"/watch/alerts/{name}", f"/watch/alerts/{name}/pictures/{kept}"]
    for headers in ({}, watched.headers("admin")):
        for path in paths:
            answer = watched.client.get(path, headers=headers, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/review/sign-in"), path
    refused = watched.client.post(f"/watch/alerts/{name}/acknowledge", follow_redirects=False)
    assert refused.status_code == 303
    assert state(watched) == OPEN


def test_the_overview_leads_to_the_alert_with_its_kept_picture_and_says_what_was_not_kept(watched, alert):
    name, kept, lost = alert
    kim = Browser(watched, "kim")
    assert f'href="/watch/alerts/{name}"' in kim.get("/watch").text
    page = kim.get(f"/watch/alerts/{name}").text
    assert HOSTILE not in page
    assert f"/pictures/{kept}" in page
    assert lost not in page
    assert "1 more were not kept" in page
    picture = kim.get(f"/watch/alerts/{name}/pictures/{kept}")
    assert picture.headers["content-type"] == "image/png"
    assert np.asarray(Image.open(io.BytesIO(picture.content))).tolist()[0][0] == [200] * 3
    assert kim.get(f"/watch/alerts/{name}/pictures/{lost}").status_code == 404
    other = log_answers(watched.store, 1, as_time(datetime.now(UTC)), kept=True, picture=PICTURE)[0].id
    assert kim.get(f"/watch/alerts/{name}/pictures/{other}").status_code == 404, "it speaks for no alert"
    assert kim.get(f"/watch/alerts/{name}/training/{kept}").status_code == 404


def test_the_next_step_is_a_button_and_the_pictures_come_to_the_desk(watched, alert):
    name, kept, _ = alert
    kim = Browser(watched, "kim")
    kim.get(f"/watch/alerts/{name}")
    assert "1 pictures are queued for review" in kim.post(f"/watch/alerts/{name}/queue").text
    with watched.store.reading() as connection:
        (item,) = items(connection)
    assert (item.prediction, item.source, item.random_slice) == (kept, "drift", False)
    kim.get(f"/watch/alerts/{name}")
    assert "0 pictures are queued for review; 1 were before" in kim.post(f"/watch/alerts/{name}/queue").text


def test_who_acknowledges_owns_it_and_only_an_admin_mutes_and_resolves(watched, alert):
    name, _, _ = alert
    kim, ada = Browser(watched, "kim"), Browser(watched, "ada")
    for deed in ("mute", "resolve"):
        kim.get(f"/watch/alerts/{name}")
        assert kim.post(f"/watch/alerts/{name}/{deed}", until="1d", reason="x").status_code == 403
    kim.get(f"/watch/alerts/{name}")
    assert "kim sees to it now" in kim.post(f"/watch/alerts/{name}/acknowledge").text
    ada.get(f"/watch/alerts/{name}")
    assert "Muted until" in ada.post(f"/watch/alerts/{name}/mute", until="3d").text
    ada.get(f"/watch/alerts/{name}")
    assert "Not resolved" in ada.post(f"/watch/alerts/{name}/resolve", reason=" ").text
    ada.get(f"/watch/alerts/{name}")
    assert "Resolved." in ada.post(f"/watch/alerts/{name}/resolve", reason=HOSTILE).text
    assert HOSTILE not in ada.get(f"/watch/alerts/{name}").text
    assert state(watched) == RESOLVED
    with watched.store.reading() as connection:
        own = TRAIL_PERSONAL.c.number == TRAIL.c.number
        rows = connection.execute(select(TRAIL.c.kind, TRAIL_PERSONAL.c.content).join(TRAIL_PERSONAL, own)).all()
    deeds = {kind: read_personal(text)["actor"] for kind, text in rows if kind.startswith("alert")}
    assert deeds == {"alert acknowledged": "kim", "alert muted": "ada", "alert resolved": "ada"}


def test_a_form_that_carries_no_token_of_its_session_does_nothing(watched, alert):
    name, _, _ = alert
    kim = Browser(watched, "kim")
    kim.get(f"/watch/alerts/{name}")
    assert kim.post(f"/watch/alerts/{name}/acknowledge", csrf="0" * 64).status_code == 403
    assert state(watched) == OPEN


@pytest.mark.parametrize("path", ["/watch/alerts/nothing", "/watch/alerts/%00"])
def test_an_alert_that_there_is_not_is_a_page_that_says_so(watched, path):
    kim = Browser(watched, "kim")
    assert kim.get(path).status_code == 404
    kim.get("/watch")
    assert kim.post("/watch/alerts/nothing/acknowledge").status_code == 404
