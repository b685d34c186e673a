"""What cannot be answered in time is refused from its head: its body is not read, which others would wait for."""

from __future__ import annotations

import asyncio
from typing import Any

from serving_world import is_problem, png


def test_a_request_that_is_too_many_is_refused_without_a_byte_of_its_body_being_read(world):
    world.service.admission.took(1000.0, 1)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = {**world.headers(), "X-Deadline-Ms": "50", "Content-Length": "1000000", "Content-Type": "image/jpeg"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/classify",
        "raw_path": b"/v1/classify",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }
    asyncio.run(world.app(scope, receive, send))
    assert sent[0]["status"] == 503
    assert b"/problems/busy" in sent[1]["body"]


def test_what_was_answered_before_is_given_again_where_nothing_new_is_let_in(world):
    key = {"Idempotency-Key": "4c1f8a52-6a1e-4a4e-9a57-0d5f3e1b7c11"}
    first = world.ask(png(5), **key)
    assert first.status_code == 200
    world.service.admission.took(1000.0, 1)
    again = world.ask(png(5), **key, **{"X-Deadline-Ms": "50"})
    assert again.status_code == 200
    assert again.headers["idempotent-replayed"] == "true"


def test_an_overloaded_service_refuses_before_any_address_looks_and_counts_it_there(world):
    assert world.ask(png(7)).status_code == 200  # the key was seen
    world.service.admission.took(1000.0, 1)
    refused = world.ask(png(7), **{"X-Deadline-Ms": "50"})
    assert is_problem(refused, "busy")
    assert refused.headers["Retry-After"]
    assert refused.headers["RateLimit"]
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    metrics = world.client.get("/metrics", headers=world.headers("admin")).text
    assert 'assay_requests_total{method="POST",route="/v1/classify",status="503"} 1.0' in metrics
    assert 'assay_refusals_total{kind="busy"} 1.0' in metrics


def test_an_overloaded_service_tells_a_wrong_key_that_it_is_wrong(world):
    world.service.admission.took(1000.0, 1)
    wrong = world.client.post("/v1/classify", content=png(), headers={"Authorization": "Bearer assay.x.y"})
    assert is_problem(wrong, "bad-key")
    assert world.ask(scope="review", **{"X-Deadline-Ms": "50"}).status_code == 403


def test_refused_requests_count_as_requests_of_their_key(world):
    world.ask(png(8))
    world.service.admission.took(1000.0, 1)
    left = [
        int(world.ask(png(8), **{"X-Deadline-Ms": "50"}).headers["RateLimit"].split("r=")[1].split(";")[0])
        for _ in "ab"
    ]
    assert left[0] == left[1] + 1
