"""POST /v1/classify/url: as if the pictures had been sent, each failure its own problem."""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select

from assay.cli import main
from assay.serving.fetch.fetching import OF_A_KEY, Fetching
from assay.serving.settings import ServeRequest, fetches
from assay.store.tables import IDEMPOTENCY, PREDICTIONS
from assay.store.trail import trail_findings
from serving_world import World, is_problem, png
from stand_ins import PUBLIC, Internet, StandIn, answering, endless

NAMES = {"pictures.example.org": [PUBLIC], "intern.example.org": ["10.0.0.1"]}
URL = "http://pictures.example.org/{}"


@pytest.fixture
def internet() -> Iterator[Internet]:
    """A server whose path says what comes: the seed of a picture, text, 404, far too much, or something slow."""

    def act(connection: socket.socket, head: str) -> None:
        what = head.split()[1].strip("/")
        if what.isdecimal():
            answering(png(int(what)))(connection, head)
        else:
            acts[what](connection, head)

    acts: dict[str, Callable[[socket.socket, str], None]] = {
        "text": answering(b"hello", Content_Type="image/png"),
        "gone": answering(b"", "404 Not Found"),
        "torn": answering(png()[:150]),
        "much": endless(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n", bytes(10**6)),
        "slow": endless(b"HTTP/1.1 200 OK\r\n", b""),
    }
    server = StandIn(act)
    yield Internet(NAMES, {80: server})
    server.close()


def connected(world: World, internet: Internet, **more: Any) -> World:
    """The world with its fetcher led to the stand-ins."""
    assert world.service.fetching is not None
    world.service.fetching.close()
    world.service.fetching = Fetching(internet.fetcher(seconds=5, largest=10**6, **more), 10**7)
    return world


def ask(world: World, scope: str = "classify", headers: dict[str, str] | None = None, **body: Any) -> Any:
    return world.client.post("/v1/classify/url", json=body, headers=world.headers(scope, **(headers or {})))


def test_a_picture_at_an_address_gets_the_answer_of_its_bytes_and_is_logged_without_the_address(world, internet):
    response = ask(connected(world, internet), url=URL.format(3))
    assert response.status_code == 200
    sent = world.ask(png(3)).json()["results"][0]
    fetched = response.json()["results"][0]
    assert fetched["probabilities"] == sent["probabilities"]
    assert (fetched["name"], fetched["kept"], sent["cached"]) == (URL.format(3), False, True)
    assert set(fetched["timing_ms"]) == {"fetch", "decode", "wait", "engine"}
    kept = world.client.get(f"/v1/predictions/{fetched['id']}", headers=world.headers())
    assert kept.json()["answer"]["label"] == fetched["label"]
    assert "example.org" not in kept.text
    with world.store.reading() as connection:
        assert trail_findings(connection) == []


def test_each_address_that_fails_says_why_and_the_others_are_answered_in_their_order(world, internet):
    urls = [URL.format(1), URL.format("gone"), "http://intern.example.org/a", "ftp://a/b", URL.format("text")]
    urls += [URL.format("much"), URL.format("torn"), URL.format(2)]
    response = ask(connected(world, internet), urls=urls)
    assert response.status_code == 200
    results = response.json()["results"]
    assert [result["name"] for result in results] == urls
    problems = [result.get("problem", {}).get("type", "").removeprefix("/problems/") for result in results]
    assert problems == ["", "fetch", "address", "address", "format", "too-large", "unreadable", ""]
    assert results[0]["probabilities"] == world.ask(png(1)).json()["results"][0]["probabilities"]
    assert results[-1]["probabilities"] == world.ask(png(2)).json()["results"][0]["probabilities"]
    assert {address for address, _ in internet.connected} == {PUBLIC}
    text = world.client.get("/metrics").text
    assert 'assay_pictures_total{outcome="unfetched"} 3.0' in text
    assert 'assay_pictures_total{outcome="unreadable"} 3.0' in text


@pytest.mark.parametrize(("what", "name"), [("gone", "fetch"), ("text", "format"), ("much", "too-large")])
def test_a_request_whose_only_picture_fails_is_its_problem(world, internet, what, name):
    assert is_problem(ask(connected(world, internet), url=URL.format(what)), name)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "request"),
        ({"url": ""}, "request"),
        ({"urls": ["http://a/b"] * 33}, "too-large"),
        ({"urls": "http://a/b"}, "request"),
        ({"url": 3}, "request"),
        ({"url": "http://a/b", "cookie": "a=b"}, "request"),
        ({"url": "x" * 400_000}, "too-large"),
    ],
)
def test_what_names_no_addresses_is_refused_and_nothing_is_asked(world, internet, body, name):
    assert is_problem(ask(connected(world, internet), **body), name)
    assert (internet.asked, internet.connected) == ([], [])


def test_pictures_at_addresses_count_for_the_day_and_the_deadline_holds_for_the_fetch(with_settings, internet):
    world = connected(with_settings(per_day=2), internet)
    assert is_problem(ask(world, url=URL.format("slow"), headers={"X-Deadline-Ms": "500"}), "fetch")
    assert ask(world, url=URL.format(1)).status_code == 200
    assert is_problem(ask(world, url=URL.format(1)), "rate")
    assert is_problem(world.ask(), "rate")


def test_what_cannot_be_answered_in_time_is_refused_before_anything_is_fetched(world, internet):
    connected(world, internet).service.admission.took(1000.0, 1)
    assert is_problem(ask(world, url=URL.format(1), headers={"X-Deadline-Ms": "50"}), "busy")
    world.service.admission.closed = True
    assert is_problem(ask(world, url=URL.format(1)), "draining")
    assert internet.connected == []


def test_a_request_that_was_let_in_is_answered_although_the_service_is_told_to_end_meanwhile(world, internet):
    connected(world, internet)
    through = internet.connect

    def ending(address: str, port: int, seconds: float) -> Any:
        world.service.admission.closed = True
        return through(address, port, seconds)

    internet.connect = ending  # type: ignore[method-assign]
    connected(world, internet)
    assert ask(world, url=URL.format(1)).status_code == 200
    assert is_problem(ask(world, url=URL.format(1)), "draining")


def test_slow_servers_take_the_places_of_the_key_that_names_them_and_no_others(world, internet):
    connected(world, internet)
    slow = threading.Thread(target=lambda: ask(world, urls=[URL.format("slow")] * (OF_A_KEY - 1)))
    slow.start()
    while len(internet.connected) < OF_A_KEY - 1:
        time.sleep(0.01)
    assert is_problem(ask(world, urls=[URL.format(1)] * 2), "busy")
    assert ask(world, url=URL.format(1)).status_code == 200
    assert world.ask().status_code == 200
    slow.join()
    assert ask(world, urls=[URL.format(1)] * 2).status_code == 200


def test_pictures_of_one_request_have_a_bound_together(world, internet):
    connected(world, internet)
    world.service.fetching._request_bytes = 2 * len(png(1))
    response = ask(world, urls=[URL.format(1)] * 4)
    problems = [result["problem"]["type"] for result in response.json()["results"] if "problem" in result]
    assert problems == ["/problems/too-large"] * 2


def test_a_service_that_others_reach_fetches_only_when_its_operator_says_so(with_settings, internet):
    assert is_problem(ask(with_settings(fetch=False), url=URL.format(1)), "no-fetch")
    assert fetches(ServeRequest())
    assert fetches(ServeRequest(host="::1"))
    assert not fetches(ServeRequest(host="0.0.0.0", proxy=("10.0.0.2",)))
    assert not fetches(ServeRequest(proxy=("127.0.0.1",)))
    assert fetches(ServeRequest(host="0.0.0.0", proxy=("10.0.0.2",), fetch=True))
    assert not fetches(ServeRequest(fetch=False))


def test_a_network_that_is_none_is_refused_before_the_service_starts(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    for text, code in (("10.1.2.3/16", 2), ("[10.1.0.0/16]", 1)):
        monkeypatch.setattr("sys.argv", ["assay", "serve", f"fetch_networks={text}"])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == code
    assert "fetch_networks: 10.1.2.3/16 is no network" in capsys.readouterr().err


def test_the_same_request_sent_again_fetches_nothing_and_gets_its_first_answer(world, internet):
    connected(world, internet)
    urls = [URL.format(1), URL.format("gone"), URL.format(2)]
    again = {"Idempotency-Key": '"one"'}
    first, second = (ask(world, headers=again, urls=urls) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.json() == first.json()
    assert [each["name"] for each in second.json()["results"]] == urls
    assert second.json()["results"][1]["problem"]["type"] == "/problems/fetch"
    assert len(internet.connected) == 3
    assert is_problem(ask(world, headers=again, urls=urls[:1]), "key-used")
    with world.store.reading() as connection:
        kept = [row.response for row in connection.execute(IDEMPOTENCY.select())]
        assert connection.scalar(select(func.count()).select_from(PREDICTIONS)) == 2
    assert len(kept) == 1
    assert "example.org" not in kept[0]


def test_a_fetched_picture_is_kept_by_consent_alone(world, internet):
    connected(world, internet)
    folder = world.service.keeping.pictures.folder
    assert ask(world, url=URL.format(1)).json()["results"][0]["kept"] is False
    assert not folder.exists()
    response = ask(world, url=URL.format(2), headers={"X-Consent": "1 improve"}).json()["results"][0]
    assert response["kept"] is True
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    assert np.array_equal(np.asarray(Image.open(file)), np.asarray(Image.open(io.BytesIO(png(2)))))
    assert is_problem(ask(world, url=URL.format(3), headers={"X-Consent": "0"}), "consent")


def test_a_map_and_a_probe_may_be_asked_for_by_address_too(world, internet):
    connected(world, internet)
    for words in ("explain=true", "probe=true"):
        address = f"/v1/classify/url?{words}"
        fetched = world.client.post(address, json={"url": URL.format(3)}, headers=world.headers()).json()["results"][0]
        sent = world.client.post(f"/v1/classify?{words}", content=png(3), headers=world.headers()).json()["results"][0]
        name = {"explain=true": "explanation", "probe=true": "probe"}[words]
        assert fetched[name] == sent[name]


def test_both_addresses_say_the_same_of_what_may_be_asked_beside_pictures(world):
    paths = world.client.get("/openapi.json", headers=world.headers()).json()["paths"]
    options = [paths[path]["post"]["parameters"] for path in ("/v1/classify", "/v1/classify/url")]
    assert options[0] == options[1]
    assert {each["name"] for each in options[0]} >= {"Idempotency-Key", "X-Consent", "explain", "probe"}


def test_what_was_not_fetched_is_counted_as_that_and_not_as_unreadable(world, internet):
    ask(connected(world, internet), urls=[URL.format("gone"), "ftp://a/b", URL.format("torn"), URL.format(1)])
    text = world.client.get("/metrics", headers=world.headers("admin")).text
    counts = dict(re.findall(r'assay_pictures_total\{outcome="(\w+)"\} (\S+)', text))
    assert counts == {"unfetched": "2.0", "unreadable": "1.0", "answered": "1.0"}
