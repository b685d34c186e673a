"""The OWASP API Security Top 10 of 2023, as far as its items are about this API: 1, 2, 3, 4, 5, 7, 8 and 10."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from assay.serving.fetch.fetching import Fetching
from assay.store.keys import create_key, revoke_key
from assay.store.subjects import add_subject
from hostile_urls import NAMES, OTHER, PRIVATE
from serving_world import World, is_problem, png
from stand_ins import PUBLIC, Internet, StandIn, answering, endless

OWNED = {"prediction"}
"""Parameters in addresses that name something of one owner."""
SHARED = {"name", "model", "version"}
"""And those that name what is the same for all; a parameter of neither kind fails the matrix."""
LATER = {"job"}
"""Owned things whose own tests make them."""


def other_owner(world: World, scope: str = "classify") -> dict[str, str]:
    subject = world.store.write(lambda connection: add_subject(connection, "eve")).id
    shown = world.store.write(lambda connection: create_key(connection, subject, "eve", [scope], actor="test"))[1]
    return {"Authorization": f"Bearer {shown}"}


def routes(world: World) -> Iterator[tuple[str, str]]:
    for context in iter_route_contexts(world.app.routes):
        if isinstance(context.original_route, APIRoute):
            for method in sorted(context.original_route.methods - {"HEAD", "OPTIONS"}):
                yield method, context.original_route.path


def test_1_and_5_what_belongs_to_somebody_is_there_for_nobody_else_whatever_the_address(with_settings):
    world = with_settings(per_minute=10_000)
    mine = world.ask().json()["results"][0]["id"]
    eve = other_owner(world)
    seen = 0
    for method, path in routes(world):
        parameters = set(re.findall(r"{(\w+)}", path))
        assert parameters <= OWNED | SHARED | LATER, f"{path}: say whose it is"
        if not parameters & OWNED:
            continue
        address = path.replace("{prediction}", mine)
        body = {"kind": "right"} if method == "POST" else None
        assert world.client.request(method, address, headers=world.headers(), json=body).status_code == 200, path
        assert is_problem(world.client.request(method, address, headers=eve, json=body), "not-found"), path
        for scope in ("review", "admin", ""):
            refused = world.client.request(method, address, headers=world.headers(scope), json=body)
            assert refused.status_code == (403 if scope else 401), (path, scope)
        seen += 1
    assert seen >= 2


def test_2_only_a_whole_living_key_opens_anything(with_settings):
    world = with_settings(per_minute=1000)
    whole = world.keys["classify"]
    prefix, key, secret = whole.split(".")
    others = world.keys["admin"].split(".")
    wrong = [f"{prefix}.{key}.{others[2]}", f"{prefix}.{others[1]}.{secret}", f"{prefix}.{key}", f"{prefix}.{key}."]
    wrong += [whole[:-1], whole + "A", whole.upper(), f"x{whole}", f"{prefix}.{key}.{secret}.{secret}", key, secret]
    for text in wrong:
        response = world.client.get("/v1/models", headers={"Authorization": f"Bearer {text}"})
        assert response.status_code == 401, text
        assert secret not in response.text
    assert world.client.get(f"/v1/models?key={whole}&api_key={whole}").status_code == 401
    assert world.client.get("/v1/models", headers=world.headers()).status_code == 200
    world.store.write(lambda connection: revoke_key(connection, world.ids["review"], actor="test"))
    assert world.client.get("/v1/stats", headers=world.headers("review")).status_code == 401


def test_2_attempts_are_counted(world):
    statuses = [world.client.get("/v1/models", headers={"Authorization": "Bearer x"}).status_code for _ in range(40)]
    assert statuses.count(429) == 10


def test_3_no_property_is_taken_or_given_that_is_nobodys_to_set_or_see(world):
    mine = world.ask().json()["results"][0]["id"]
    said = {"kind": "right", "subject": "somebody", "prediction": "another", "time": "2000-01-01T00:00:00.000Z"}
    for name in ("subject", "prediction", "time"):
        body = {"kind": said["kind"], name: said[name]}
        response = world.client.post(f"/v1/predictions/{mine}/feedback", json=body, headers=world.headers())
        assert is_problem(response, "request"), name
    body = {"url": "http://example.org/a.png", "kept": True}
    assert is_problem(world.client.post("/v1/classify/url", json=body, headers=world.headers()), "request")
    kept = world.client.get(f"/v1/predictions/{mine}", headers=world.headers())
    assert not {"subject", "key", "picture", "statistics", "trail"} & set(kept.json())
    assert world.ids["classify"] not in kept.text


def test_4_everything_that_can_be_asked_for_has_a_bound(world):
    def post(**body: Any) -> Any:
        return world.client.post("/v1/classify/url", json=body, headers=world.headers())

    assert is_problem(post(urls=["http://example.org/a.png"] * 33), "too-large")
    assert is_problem(post(url="http://example.org/" + "a" * 500_000), "too-large")
    files = [("file", (f"{n}.png", png(n))) for n in range(33)]
    assert is_problem(world.client.post("/v1/classify", files=files, headers=world.headers()), "too-large")
    for query in ("limit=1001", "limit=0", "limit=-1", "before=x"):
        assert is_problem(world.client.get(f"/v1/predictions?{query}", headers=world.headers()), "request")
    assert is_problem(world.ask(b"\x89PNG" + bytes(20_000_001)), "too-large")


@pytest.fixture
def led(with_settings) -> Iterator[Callable[..., tuple[World, Internet]]]:
    """A world whose fetcher is led to a stand-in that acts like this."""
    servers: list[StandIn] = []

    def make(act: Any) -> tuple[World, Internet]:
        world = with_settings(per_minute=1000)
        servers.append(StandIn(act))
        internet = Internet({**NAMES, "example.org": [PUBLIC], "localhost": ["127.0.0.1"]}, {80: servers[-1]})
        world.service.fetching.close()
        world.service.fetching = Fetching(internet.fetcher(seconds=1, largest=10**6), 10**7)
        return world, internet

    yield make
    for server in servers:
        server.close()


def fetch(world: World, *urls: str) -> list[str]:
    """Names of the problems of addresses."""
    response = world.client.post("/v1/classify/url", json={"urls": urls}, headers=world.headers())
    if response.status_code != 200:
        return [response.json()["type"].removeprefix("/problems/")]
    results = response.json()["results"]
    return [result.get("problem", {}).get("type", "").removeprefix("/problems/") for result in results]


def test_7_no_address_leads_the_service_into_its_own_network(led):
    world, internet = led(answering(png()))
    hostile = [*PRIVATE, *(f"http://{name}/a.png" for name in NAMES), *OTHER]
    hostile = [url for url in hostile if url]
    for start in range(0, len(hostile), 30):
        urls = hostile[start : start + 30]
        assert fetch(world, "http://example.org/a.png", *urls) == ["", *["address"] * len(urls)]
    assert {address for address, _ in internet.connected} == {PUBLIC}


def test_7_no_redirect_leads_the_service_into_its_own_network(led):
    world, internet = led(answering(b"", "302 Found", Location="http://169.254.169.254/latest/meta-data/"))
    assert fetch(world, "http://example.org/a.png") == ["address"]
    assert internet.connected == [(PUBLIC, 80)]


def test_8_every_response_is_careful_and_none_tells_what_the_service_is_made_of(world, monkeypatch):
    paths = ["/v1/health/live", "/nowhere", "/v1/models", "/docs", "/metrics", "/openapi.json"]
    for path in paths:
        response = world.client.get(path, headers={"Origin": "https://evil.example"})
        assert response.headers["x-content-type-options"] == "nosniff", path
        assert response.headers["cache-control"] == "no-store", path
        assert "default-src 'none'" in response.headers["content-security-policy"], path
        assert not [name for name in response.headers if name.startswith("access-control")], path
        assert not {"server", "x-powered-by"} & set(response.headers), path
    for method in ("TRACE", "PUT", "DELETE", "OPTIONS"):
        assert world.client.request(method, "/v1/classify").status_code == 405

    def failing(*arguments: object) -> object:
        raise ZeroDivisionError("/home/operator/secret.py")

    monkeypatch.setattr("assay.serving.api.models.model_card", failing)
    response = world.client.get("/v1/models", headers=world.headers())
    assert is_problem(response, "fault")
    assert "secret" not in response.text
    assert "Traceback" not in response.text


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
HUGE = png()[:16] + (60_000).to_bytes(4, "big") * 2 + png()[24:]


@pytest.mark.parametrize(
    ("act", "name"),
    [
        (answering(b"<html></html>", Content_Type="text/html"), "format"),
        (answering(b"<html></html>"), "format"),
        (answering(b"<svg onload='x'/>", Content_Type="image/svg+xml"), "format"),
        (answering(gzip.compress(bytes(10**7)), Content_Encoding="gzip"), "fetch"),
        (answering(HUGE), "unreadable"),
        (endless(HEAD + b"\r\n", bytes(65536)), "too-large"),
        (endless(HEAD + b"\r\n", b"x", 0.05), "fetch"),
        (endless(b"", b""), "fetch"),
        (answering(png(), "500 Broken"), "fetch"),
    ],
)
def test_10_what_a_fetched_server_sends_is_believed_in_nothing(led, act, name):
    world, _ = led(act)
    assert fetch(world, "http://example.org/a.png") == [name]
    assert world.ask().status_code == 200
