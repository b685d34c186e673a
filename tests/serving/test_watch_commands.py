"""`assay watch once` and `assay watch alerts`, as they are typed: a look by a timer, and who sees to what it met."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from assay.commands.serve import COMMAND as SERVE
from assay.commands.watch import COMMAND
from assay.monitoring.alert import DRIFT, KINDS, Cause, NextStep, SpeakingAnswer
from assay.monitoring.alerts import Sighting, note_causes
from assay.serving.jobs.signing import signed_headers
from assay.serving.watch.metrics import FAMILIES
from assay.serving.watch_request import DEEDS
from assay.store.ids import as_time
from assay.store.tables import TRAIL
from assay.store.trail import trail_findings
from service_database import open_store
from watched import log_answers


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def alert(store) -> str:
    """Id of an open alert with three pictures, of which two were kept."""
    kept = [each.id for each in log_answers(store, 2, "2026-11-01T00:00:00.000Z", kept=True)]
    (lost,) = log_answers(store, 1, "2026-11-01T00:00:00.000Z")
    answers = tuple(SpeakingAnswer(name, 3.0 - place) for place, name in enumerate((kept[0], lost.id, kept[1])))
    darker = Cause("drift/pictures", DRIFT, "drift.pictures", {}, "brightness fell", answers, NextStep("review", 50))
    sighting = Sighting("l", "2026-11-02T08:00:00.000Z", "cells", "3", "b" * 64, (darker,), KINDS)
    return store.write(lambda c: note_causes(c, sighting)).opened[0].id


@pytest.fixture
def alerts(assay, tmp_path):
    return lambda *words: assay("watch", "alerts", f"store={tmp_path / 'service.db'}", *words)


@pytest.fixture
def once(assay, tmp_path, bundle):
    return lambda *words: assay("watch", "once", f"run={bundle.folder}", f"store={tmp_path / 'service.db'}", *words)


def kinds(store) -> list[str]:
    with store.reading() as connection:
        assert trail_findings(connection) == []
        return [each for each in connection.scalars(select(TRAIL.c.kind)) if each.startswith("alert")]


def test_an_alert_is_owned_queued_muted_and_resolved_each_with_a_line_of_the_trail(alerts, alert, store):
    code, said, _ = alerts()
    assert code == 0
    assert f"alert       {alert}  drift  open" in said
    (step,) = re.findall(r"next: assay watch alerts (.+)", said)
    assert "2 (source drift)" in alerts(*step.split())[1]
    assert "2 were queued already" in alerts(*step.split())[1]
    assert "kim sees to it" in alerts("acknowledge", alert[-8:], "by=kim")[1]
    assert "muted until" in alerts("mute", alert, "until=2d", "by=kim")[1]
    assert "the lamp was changed" in alerts("resolve", alert, "reason=the lamp was changed", "by=kim")[1]
    assert kinds(store) == [
        "alert opened",
        *["alert pictures queued"] * 2,
        "alert acknowledged",
        "alert muted",
        "alert resolved",
    ]
    code, _, why = alerts("acknowledge", alert)
    assert code == 1
    assert "was resolved on" in why


def test_an_alert_that_there_is_not_is_looked_for_as_the_message_says(alerts, alert):
    alerts("resolve", alert, "reason=done")
    code, _, why = alerts("acknowledge", "00000000")
    assert code == 1
    assert "no alert" in alerts()[1]
    (words,) = re.findall(r"assay watch alerts (list all=true)", why)
    assert alert in alerts(*words.split())[1]


def test_a_table_and_a_document_say_the_same_of_alerts(alerts, alert):
    document = json.loads(alerts("format=json")[1])
    (row,) = document["alerts"]
    header, line, *rest = alerts("format=csv")[1].splitlines()
    assert (rest, header.split(",")) == ([], list(row))
    assert line.startswith(f"{alert},drift/pictures,drift,open")
    assert (row["calls"], row["next_step"]) == (True, f"assay watch alerts queue {alert} count=50")


def test_the_secret_of_webhooks_is_the_same_each_time_and_signs(alerts, store):
    code, said, _ = alerts("secret")
    assert code == 0
    assert alerts("secret")[1] == said
    assert signed_headers(said.strip(), "m", 1, b"x")["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("mute", "x"), "until= is needed, as in until=2d"),
        (("mute", "x", "until=yesterday"), "write until=2d"),
        (("mute", "x", "until=2020-01-01"), "has passed"),
        (("resolve", "x"), "reason= is needed"),
        (("resolve",), "assay watch alerts resolve ID"),
        (("acknowledge", "x", "count=3"), "count: goes with queue"),
        (("every=3",), "every: goes with once"),
        (("shout",), "what is to be done comes first"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_can(alerts, store, words, message):
    code, _, why = alerts(*words)
    assert code == 2
    assert message in why


def test_a_look_without_anything_to_say_exits_with_0_and_one_that_alerts_with_1(once, store):
    log_answers(store, 1, as_time(datetime.now(UTC)))
    code, said, _ = once()
    assert code == 0
    assert "taken now" in said
    assert "0 answers are too few" in said
    code, said, _ = once()
    assert code == 0
    assert "this interval has its look" in said


def test_a_look_at_a_log_that_nobody_asks_any_more_exits_with_1_until_somebody_acknowledges(once, alerts, store):
    log_answers(store, 1, as_time(datetime.now(UTC) - timedelta(hours=30)))
    code, said, _ = once()
    assert code == 1
    assert "no answer was given for 30 hours" in said
    assert once()[0] == 1, "the same interval gives the same"
    (alert,) = json.loads(alerts("format=json")[1])["alerts"]
    assert alerts("acknowledge", alert["id"])[0] == 0
    assert once()[0] == 0


def test_a_look_with_a_profile_sees_drift_accuracy_and_rates(once, store, bundle):
    rng = range(120)
    names = bundle.about.class_names
    for index in rng:
        probabilities = {name: 1 / len(names) for name in names}
        log_answers(
            store,
            1,
            as_time(datetime.now(UTC)),
            bundle=bundle.digest,
            label=names[index % len(names)],
            confidence=1 / len(names),
            answer={"label": names[0], "probabilities": probabilities},
            rejected=True,
        )
    code, said, _ = once()
    report = json.loads(once("format=json")[1])["look"]["report"]
    assert set(report) == {"dead_man", "operating_point", "estimate", "drift", "feedback"}
    assert report["operating_point"]["rates"]["rejected"]["rate"] == 1.0
    if bundle.profile is not None:
        assert code == 1
        assert "operating_point/rejected" in said or "are rejected" in said


def test_a_look_without_a_reference_says_how_one_is_made(once, store, bundle):
    probabilities = dict.fromkeys(bundle.about.class_names, 1 / len(bundle.about.class_names))
    label = bundle.about.class_names[0]
    about = {"bundle": bundle.digest, "label": label, "answer": {"label": label, "probabilities": probabilities}}
    log_answers(store, 120, as_time(datetime.now(UTC)), **about)
    said = once()[1]
    assert said.count("the bundle has no reference; assay watch profile makes it") == 2


def test_alerts_are_told_over_https_alone(once, store):
    code, _, why = once("alert_webhook=http://hooks.example.org/")
    assert code == 2
    assert "https" in why


def test_what_the_page_on_watching_types_is_understood():
    page = (Path(__file__).parents[2] / "docs" / "how_to" / "watch.md").read_text("utf-8")
    typed = re.findall(r"^    assay watch (.+)$", page, re.MULTILINE)
    assert len(typed) == 6
    for words in typed:
        request, *_ = COMMAND.parse(shlex.split(words))
        assert request.deed in DEEDS
    named = re.findall(r"`(watch_\w+|alert_webhook)=", page)
    assert set(named) <= {key.key for key in SERVE.keys}
    assert {"watch_every", "watch_window", "watch_accuracy_below", "alert_webhook"} <= set(named)
    assert set(re.findall(r"`(assay_\w+)`", page)) <= set(FAMILIES)
