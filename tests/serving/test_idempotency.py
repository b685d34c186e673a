"""Idempotency-Key: what is sent again gets the first answer and is logged once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from assay.serving.idempotency import idempotency_key
from assay.serving.refusal import Refusal
from assay.store.idempotency import keyed_digest
from assay.store.keys import create_key
from serving_world import World, is_problem, png


def logged(world: World) -> int:
    return len(world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"])


def repeat(world: World, key: str, content: bytes | None = None, **more: Any) -> Any:
    return world.ask(png() if content is None else content, **{"Idempotency-Key": key}, **more)


def test_the_same_request_gets_the_same_answer_and_is_logged_once(world):
    first, second = repeat(world, '"a-1"'), repeat(world, "a-1")
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert logged(world) == 1
    assert repeat(world, "a-2").json()["results"][0]["id"] != first.json()["results"][0]["id"]
    assert logged(world) == 2


def test_several_pictures_keep_their_order_names_and_reasons_whatever_the_boundary_of_the_form(world):
    files = [("file", (name, content)) for name, content in (("x.png", png(1)), ("y.png", png(2)[:90]), ("z", png(3)))]
    send = {"files": files, "headers": world.headers(**{"Idempotency-Key": "form"})}
    first, second = world.client.post("/v1/classify", **send), world.client.post("/v1/classify", **send)
    assert first.request.headers["content-type"] != second.request.headers["content-type"], "boundaries differ"
    assert first.json() == second.json()
    assert [each["name"] for each in second.json()["results"]] == ["x.png", "y.png", "z"]
    assert second.json()["results"][1]["problem"]["type"] == "/problems/unreadable"
    assert logged(world) == 2
    renamed = [("file", ("other.png", png(1))), *files[1:]]
    assert is_problem(world.client.post("/v1/classify", **{**send, "files": renamed}), "key-used")


def test_a_key_that_was_used_for_another_picture_is_refused_and_costs_nothing(with_settings):
    world = with_settings(per_day=2)
    assert repeat(world, "k", png(1)).status_code == 200
    assert is_problem(repeat(world, "k", png(2)), "key-used")
    assert [repeat(world, "k", png(1)).status_code for _ in range(3)] == [200] * 3, "what is repeated is not counted"
    assert (world.ask(png(2)).status_code, world.ask(png(3)).status_code) == (200, 429)


def test_while_the_first_is_in_work_the_second_is_told_to_come_back(world, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    real = world.service.decoders.submit

    def held(*arguments: Any) -> Any:
        begun.set()
        go_on.wait(60)
        return real(*arguments)

    monkeypatch.setattr(world.service.decoders, "submit", held)
    answers: list[Any] = []
    first = threading.Thread(target=lambda: answers.append(repeat(world, "slow")))
    first.start()
    assert begun.wait(60)
    second, other = repeat(world, "slow"), repeat(world, "slow", png(9))
    go_on.set()
    first.join()
    assert is_problem(second, "in-work")
    assert second.status_code == 409
    assert int(second.headers["retry-after"]) >= 1
    assert is_problem(other, "key-used")
    assert repeat(world, "slow").json() == answers[0].json()


def test_what_was_refused_or_cannot_be_read_may_be_tried_again_with_its_key(world):
    assert is_problem(repeat(world, "again", png()[:100]), "unreadable")
    assert is_problem(repeat(world, "again", png()[:100]), "unreadable")
    world.service.admission.took(1000.0, 1)
    assert is_problem(repeat(world, "busy", **{"X-Deadline-Ms": "50"}), "busy")
    world.service.admission.took(-8990.0, 90)
    assert repeat(world, "busy", **{"X-Deadline-Ms": "600000"}).status_code == 200


def test_the_same_key_of_somebody_else_is_another_request(world):
    subject = world.store.write(lambda c: create_key(c, _subject(c, world), "second", ["classify"], actor="test"))
    mine = repeat(world, "shared").json()
    theirs = world.client.post(
        "/v1/classify", content=png(), headers={"Authorization": f"Bearer {subject[1]}", "Idempotency-Key": "shared"}
    ).json()
    assert mine["results"][0]["id"] != theirs["results"][0]["id"]


def _subject(connection: Any, world: World) -> str:
    from assay.store.keys import find_key

    return find_key(connection, world.ids["classify"]).subject


def test_a_service_that_was_restarted_knows_what_it_has_answered(tmp_path, engine):
    before = World(tmp_path, engine)
    first = repeat(before, "kept").json()
    before.close()
    after = World(tmp_path, engine)
    try:
        after.keys["classify"] = before.keys["classify"]
        assert repeat(after, "kept").json() == first
        assert is_problem(repeat(after, "kept", png(4)), "key-used")
        assert logged(after) == 1
    finally:
        after.close()


def test_after_a_day_the_key_is_free_again_and_nothing_is_left_of_the_request(world, tmp_path):
    first = repeat(world, "old").json()["results"][0]["id"]
    with sqlite3.connect(tmp_path / "service.db") as opened:
        opened.execute("UPDATE idempotency SET time = '2020-01-01T00:00:00.000Z'")
    assert repeat(world, "old", png(5)).json()["results"][0]["id"] != first
    with sqlite3.connect(tmp_path / "service.db") as opened:
        assert opened.execute("SELECT count(*), min(time) > '2021' FROM idempotency").fetchone() == (1, 1)


def test_nothing_that_identifies_is_kept_of_a_key(world, tmp_path):
    send = {"files": [("file", ("ada-lovelace.png", png()))], "headers": world.headers(**{"Idempotency-Key": "ada-17"})}
    assert world.client.post("/v1/classify", **send).status_code == 200
    for secret in (b"ada-17", b"ada-lovelace", hashlib.sha256(png()).hexdigest().encode()):
        assert not any(secret in path.read_bytes() for path in Path(tmp_path).glob("service.db*"))


def test_an_answer_that_cannot_be_kept_is_not_given(world, monkeypatch):
    monkeypatch.setattr("assay.serving.idempotency.keep_response", lambda *arguments: 1 / 0)
    assert is_problem(repeat(world, "x"), "fault")
    monkeypatch.undo()
    assert logged(world) == 0, "log and key are written together or not at all"
    assert repeat(world, "x").status_code == 200


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ([], None),
        (['"8e03978e-40d5"'], "8e03978e-40d5"),
        (["8e03978e-40d5"], "8e03978e-40d5"),
        ([r'"a \"b\" \\ c"'], r'a "b" \ c'),
        (["x" * 255], "x" * 255),
        (['"' + "x" * 255 + '"'], "x" * 255),
    ],
)
def test_a_key_is_read_as_the_string_that_it_is(lines, key):
    assert idempotency_key(lines) == key


@pytest.mark.parametrize(
    "lines", [[""], ['""'], ["x" * 256], ["a b"], ['"a'], ['a"b'], ["é"], ['"é"'], ["a", "a"], ['"a";b=1'], ['"a\\x"']]
)
def test_what_is_no_key_is_refused(lines):
    with pytest.raises(Refusal, match="request"):
        idempotency_key(lines)


def test_parts_cannot_be_shifted_into_each_other():
    digest = keyed_digest(b"s" * 32, b"ab", b"c")
    sealed = b"\0" * 7 + b"\x02ab" + b"\0" * 7 + b"\x01c"
    assert digest == hmac.new(b"s" * 32, sealed, "sha256").hexdigest()
    assert digest != keyed_digest(b"s" * 32, b"a", b"bc")


def test_a_block_that_fails_lets_go_of_its_key(world):
    identity = asyncio.run(world.service.identities.identify(world.keys["classify"], "classify"))

    async def failing() -> None:
        async with world.service.idempotency.repeatable(identity, "k", "POST /", [b"x"]):
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            asyncio.run(failing())
