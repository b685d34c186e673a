"""The REST API, asked as clients ask it, on a real engine and a real store."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from assay.errors import ServiceError
from assay.store.keys import create_key, revoke_key
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from assay.store.trail import trail_findings
from serving_world import is_problem, png


def test_an_answer_is_that_of_the_bundle_and_is_in_the_log_and_the_trail(world, bundle):
    response = world.ask()
    assert response.status_code == 200
    said = response.json()
    (result,) = said["results"]
    expected = bundle.predict([png()])[0]
    assert result["label"] == expected.label
    assert result["probabilities"] == pytest.approx(
        dict(zip(("a", "b", "c d"), map(float, expected.probabilities), strict=True)), abs=1e-6
    )
    assert said["model"] == {"name": "tiny", "version": "3", "bundle": bundle.digest, "serves": "float"}
    assert sorted(said["disclaimer"]) == ["en", "th"]
    kept = world.client.get(f"/v1/predictions/{result['id']}", headers=world.headers()).json()
    assert kept["answer"]["label"] == expected.label
    assert kept["request_id"] == said["request_id"]
    with world.store.reading() as connection:
        assert trail_findings(connection) == []


def test_several_pictures_are_answered_in_their_order_and_what_cannot_be_read_gets_its_reason(world, bundle):
    torn = png(3)[:200]
    files = [("file", (f"{n}.png", content)) for n, content in enumerate([png(1), torn, png(2)])]
    response = world.client.post("/v1/classify", files=files, headers=world.headers())
    assert response.status_code == 200
    one, broken, two = response.json()["results"]
    expected = [answer.label for answer in bundle.predict([png(1), png(2)])]
    assert [one["label"], two["label"]] == expected
    assert broken["problem"]["type"] == "/problems/unreadable"
    assert broken["for_a_person"] is True
    assert "label" not in broken
    page = world.client.get("/v1/predictions", headers=world.headers()).json()
    assert len(page["predictions"]) == 2


def test_a_picture_that_was_sent_before_is_answered_from_memory_the_same_and_logged_again(world):
    first, second = world.ask().json()["results"][0], world.ask().json()["results"][0]
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["probabilities"] == second["probabilities"]
    assert first["id"] != second["id"]
    assert len(world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"]) == 2


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "request"),
        (b"%PDF-1.7", "format"),
        (b"GIF89a", "unreadable"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "unreadable"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "format"),
        (png()[:150], "unreadable"),
        (b"<svg/>", "format"),
        (b"II*\0" + bytes(50), "format"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(world, content, name):
    assert is_problem(world.ask(content), name)
    assert world.ask().status_code == 200, "and the next one is answered"


def test_a_picture_of_more_pixels_or_bytes_than_are_taken_is_refused(with_settings):
    world = with_settings(megapixels=0.001, picture_mb=0.01)
    assert is_problem(world.ask(png(size=(40, 40))), "unreadable")
    assert (
        "1600" in world.ask(png(size=(40, 40))).json()["detail"]
        or "40×40" in world.ask(png(size=(40, 40))).json()["detail"]
    )
    assert is_problem(world.ask(b"\x89PNG" + bytes(20_000)), "too-large")


def test_a_client_without_a_key_is_refused_before_his_picture_is_read(world):
    for text in ("", "Bearer", "Bearer x", f"Bearer {world.keys['classify']}x", f"Basic {world.keys['classify']}"):
        response = world.client.post("/v1/classify", content=png(), headers={"Authorization": text})
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
    assert world.client.post(f"/v1/classify?key={world.keys['classify']}", content=png()).status_code == 401
    assert (
        world.client.post("/v1/classify", content=png(), headers={"X-API-Key": world.keys["classify"]}).status_code
        == 200
    )


def test_a_revoked_key_opens_nothing_within_a_second(world):
    assert world.ask().status_code == 200
    world.store.write(lambda c: revoke_key(c, world.ids["classify"], actor="test"))
    until = time.monotonic() + 1
    while (response := world.ask()).status_code == 200 and time.monotonic() < until:
        time.sleep(0.05)
    assert is_problem(response, "bad-key")


def test_whose_answers_they_are_is_nobody_elses_business(world):
    other = world.store.write(lambda c: add_subject(c, "eve")).id
    eve = world.store.write(lambda c: create_key(c, other, "eve", ["classify"], actor="test"))[1]
    mine = world.ask().json()["results"][0]["id"]
    theirs = {"Authorization": f"Bearer {eve}"}
    assert is_problem(world.client.get(f"/v1/predictions/{mine}", headers=theirs), "not-found")
    assert world.client.get("/v1/predictions", headers=theirs).json()["predictions"] == []
    world.client.post("/v1/classify", content=png(), headers=theirs)
    ids = {row["id"] for row in world.client.get("/v1/predictions", headers=theirs).json()["predictions"]}
    assert len(ids) == 1
    assert mine not in ids


SCOPES = {
    "POST /v1/classify": "classify",
    "POST /v1/classify/url": "classify",
    "POST /v1/jobs": "classify",
    "GET /v1/jobs": "classify",
    "GET /v1/jobs/{job}": "classify",
    "DELETE /v1/jobs/{job}": "classify",
    "POST /v1/jobs/{job}/cancel": "classify",
    "GET /v1/jobs/{job}/results": "classify",
    "GET /v1/predictions": "classify",
    "GET /v1/predictions/{prediction}": "classify",
    "POST /v1/predictions/{prediction}/feedback": "classify",
    "GET /v1/consent": "classify",
    "PUT /v1/consent": "classify",
    "DELETE /v1/consent": "classify",
    "GET /v1/models": "classify",
    "GET /v1/stats": "admin",
    "GET /v2": "classify",
    "GET /v2/models/{model}": "classify",
    "GET /v2/models/{model}/versions/{version}": "classify",
    "POST /v2/models/{model}/infer": "classify",
    "POST /v2/models/{model}/versions/{version}/infer": "classify",
    "GET /v2/models/{model}/ready": "",
    "GET /v2/models/{model}/versions/{version}/ready": "",
    "GET /v2/health/live": "",
    "GET /v2/health/ready": "",
    "GET /v1/health/live": "",
    "GET /v1/health/ready": "",
    "GET /v1/health/watch": "",
    "GET /metrics": "",
    "GET /problems/{name}": "",
    "GET /docs": "",
}
"""What each address needs; an address that is not here fails the next test."""


def test_each_address_opens_to_the_scope_that_it_needs_and_to_no_other(world):
    routes = {
        f"{method} {route.path}": route
        for route in _routes(world.app)
        for method in sorted(route.methods)
        if method not in ("HEAD", "OPTIONS")
    }
    assert set(routes) == set(SCOPES)
    for address, needed in SCOPES.items():
        method, path = address.split(" ")
        path = path.replace("{prediction}", "x" * 36).replace("{job}", "x" * 36).replace("{name}", "busy")
        for scope in ("", "classify", "review", "admin"):
            answered = world.client.request(
                method, path, headers=world.headers(scope), content=png() if method == "POST" else None
            )
            if not needed or scope == needed:
                assert answered.status_code in (200, 404, 415, 422), (address, scope)
            else:
                assert answered.status_code == (403 if scope else 401), (address, scope)


def _routes(app: FastAPI) -> list[APIRoute]:
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route for route in routes if isinstance(route, APIRoute)]


def test_a_key_that_asks_too_often_is_told_when_to_come_back_before_its_picture_is_read(with_settings):
    world = with_settings(per_minute=3, per_day=2)
    first, second, third, fourth = (world.ask(png(n)) for n in range(4))
    assert (first.status_code, second.status_code) == (200, 200)
    assert is_problem(third, "rate")
    assert "a day" in third.json()["detail"]
    assert is_problem(fourth, "rate")
    assert "a minute" in fourth.json()["detail"]
    assert 1 <= int(fourth.headers["retry-after"]) <= 60
    assert first.headers["ratelimit"].startswith('"minute";r=2;')
    assert world.ask(scope="review").status_code == 403


def test_attempts_without_a_key_are_counted_and_do_not_lock_out_those_with_one(world):
    statuses = [world.client.get("/v1/models", headers={"Authorization": "Bearer x"}).status_code for _ in range(40)]
    assert statuses.count(429) == 10
    assert world.ask().status_code == 200


def test_what_cannot_be_answered_in_time_is_refused_at_once_with_the_queue(world):
    world.service.admission.took(1000.0, 1)
    response = world.ask(**{"X-Deadline-Ms": "50"})
    assert is_problem(response, "busy")
    assert response.json()["queue"] == 0
    assert int(response.headers["retry-after"]) >= 1
    for wrong in ("0", "-1", "abc", "1e3", "", "99999999999"):
        assert is_problem(world.ask(**{"X-Deadline-Ms": wrong}), "request")


def test_more_than_may_wait_is_refused_and_what_was_let_in_is_answered(with_settings):
    world = with_settings(queue=2, per_minute=1000)
    statuses = []
    threads = [threading.Thread(target=lambda n=n: statuses.append(world.ask(png(n)).status_code)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 503}
    assert 200 in statuses
    assert world.service.admission.inside == 0
    kept = world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"]
    assert len(kept) == statuses.count(200)


def test_once_it_is_to_end_it_is_alive_not_ready_and_takes_nothing_new(world):
    assert world.client.get("/v1/health/ready").status_code == 200
    assert "connection" not in world.ask().headers
    world.service.admission.closed = True
    assert world.client.get("/v1/health/ready").status_code == 503
    assert world.client.get("/v1/health/live").status_code == 200
    refused = world.ask()
    assert is_problem(refused, "draining")
    assert refused.headers["connection"] == "close"


def test_an_answer_that_cannot_be_logged_is_not_given_unless_asked_otherwise(with_settings, monkeypatch):
    def failing(self: object, work: object) -> object:
        raise ServiceError("the disk is full")

    world, other = with_settings(), with_settings(log=False)
    monkeypatch.setattr(ServiceStore, "submit", failing)
    assert is_problem(world.ask(), "log")
    assert world.client.get("/v1/health/ready").status_code == 503
    assert other.ask().status_code == 200


def test_a_database_that_does_not_answer_is_a_refusal_of_its_own_whatever_is_asked(world, monkeypatch, caplog):
    @contextmanager
    def failing(self: object) -> Iterator[None]:
        raise ServiceError("db.example: cannot be read (the server has gone)")
        yield

    assert world.ask().status_code == 200, "so that the key is known for a moment"
    monkeypatch.setattr(ServiceStore, "reading", failing)
    for response in (
        world.client.get("/v1/predictions", headers=world.headers()),
        world.client.get("/v1/models", headers=world.headers("review")),
        world.ask(**{"Idempotency-Key": "once"}),
    ):
        assert is_problem(response, "store")
        assert response.headers["retry-after"] == "5"
        assert "gone" not in response.text
    assert "db.example: cannot be read (the server has gone)" in caplog.text


def test_a_fault_of_ours_is_an_id_for_the_client_and_the_rest_for_the_operator(world, monkeypatch, caplog):
    def failing(*arguments: object) -> object:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr("assay.serving.looking.picture_id", failing)
    response = world.ask()
    assert is_problem(response, "fault")
    assert "secret" not in response.text
    assert response.json()["request_id"] in caplog.text
    assert "a secret of the house" in caplog.text


@pytest.mark.parametrize(
    ("path", "method", "name"), [("/nowhere", "GET", "not-found"), ("/v1/classify", "GET", "method")]
)
def test_an_address_that_there_is_not_is_said_like_everything_else(world, path, method, name):
    assert is_problem(world.client.request(method, path), name)


def test_every_response_has_an_id_and_a_clients_own_comes_back(world):
    assert world.ask(**{"X-Request-Id": "mine-7"}).headers["x-request-id"] == "mine-7"
    assert world.ask(**{"X-Request-Id": "a b\x07"}).headers["x-request-id"] != "a b\x07"
    assert world.client.get("/nowhere").headers["x-content-type-options"] == "nosniff"


def test_metrics_count_what_was_asked_by_labels_from_a_closed_set(world):
    world.ask()
    world.ask()
    world.ask(b"%PDF")
    world.client.get("/made/up/1")
    world.client.get("/made/up/2")
    text = world.client.get("/metrics").text
    assert 'assay_pictures_total{outcome="answered"} 1.0' in text
    assert 'assay_pictures_total{outcome="cached"} 1.0' in text
    assert 'assay_refusals_total{kind="format"} 1.0' in text
    assert "made" not in text


def test_a_new_engine_answers_whole_requests_and_the_old_one_finishes_its_own(world, tiny_bundle):
    from assay.serving.engine import Engine
    from assay.serving.origin import Origin

    other = Engine.start(tiny_bundle(seed=5), Origin("tiny", "tiny", "4"))
    before = world.ask().json()
    world.service.holder.swap(other)
    after = world.ask().json()
    assert (before["model"]["version"], after["model"]["version"]) == ("3", "4")
    assert after["model"]["bundle"] == other.digest
    assert after["results"][0]["cached"] is False
    assert before["results"][0]["probabilities"] != after["results"][0]["probabilities"]


def test_the_page_about_the_api_names_every_address_and_loads_its_style_alone(world):
    response = world.client.get("/docs")
    assert response.headers["content-type"].startswith("text/html")
    for address in world.client.get("/openapi.json").json()["paths"]:
        assert address in response.text
    assert "results.confidence" in response.text
    assert "<script" not in response.text
    *styles, other = re.findall(r"""(?:src|href|action)=["']?([^"'> ]*)|url\(""", response.text)
    assert other == "/openapi.json"
    assert [world.client.get(each).headers["content-type"][:8] for each in styles] == ["text/css"] * 2
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=", response.text)
