"""`assay classify URL`: pictures by address beside files, folders and lists."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving_world import png
from stand_ins import PUBLIC, Internet, StandIn, answering


@pytest.fixture
def internet(monkeypatch) -> Iterator[Internet]:
    """A server that gives the picture of the seed in the query, nothing for others, and a fetcher that is led to it."""

    def act(connection: socket.socket, head: str) -> None:
        seed = head.split()[1].rpartition("=")[2]
        answer = answering(png(int(seed))) if seed.isdecimal() else answering(b"", "404 Not Found")
        answer(connection, head)

    server = StandIn(act)
    made = Internet({"pictures.example.org": [PUBLIC], "intern.example.org": ["10.0.0.1"]}, {80: server})
    monkeypatch.setattr("assay.serving.remote_pictures.Fetcher", made.fetcher)
    yield made
    server.close()


SEED = "http://pictures.example.org/a.png?seed={}"


def test_a_picture_is_named_by_its_address_also_where_it_holds_an_equals_sign(classify, internet, bundle):
    expected = bundle.predict([png(4)])[0]
    for words in ((SEED.format(4),), (f"url={SEED.format(4)}",), ("--url", SEED.format(4))):
        code, out, err = classify(*words, "format=json")
        said = json.loads(out)
        assert (code, said["answered"]) == (0, 1), err
        assert said["results"][0]["picture"] == SEED.format(4)
        assert said["results"][0]["confidence"] == pytest.approx(expected.confidence, abs=1e-6)
    assert internet.connected == [(PUBLIC, 80)] * 3


def test_addresses_stand_beside_files_folders_and_in_lists_and_each_failure_is_named(
    classify, internet, photos_of_nobody
):
    Path("list.txt").write_text(f"photos/00.png\n{SEED.format(1)}\nhttp://intern.example.org/b.png?seed=1\n")
    words = ("list.txt", str(photos_of_nobody / "more"), SEED.format("x"), SEED.format(2))
    code, out, _ = classify(*words, "format=json")
    said = json.loads(out)
    assert (code, said["answered"], said["failed"]) == (1, 8, 2)
    results = {row["picture"]: row for row in said["results"]}
    assert list(results)[:3] == ["photos/00.png", SEED.format(1), "http://intern.example.org/b.png?seed=1"]
    assert results["http://intern.example.org/b.png?seed=1"]["error"].startswith("http://intern.example.org/b.png")
    assert "public internet" in results["http://intern.example.org/b.png?seed=1"]["error"]
    assert results[SEED.format("x")]["error"] == f"{SEED.format('x')}: The server answers with status 404"
    assert {address for address, _ in internet.connected} == {PUBLIC}


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.csv"])
def test_what_was_answered_about_an_address_is_not_fetched_again(classify, internet, name):
    urls = [SEED.format(seed) for seed in (1, 2, "x")]
    assert classify(*urls, f"output={name}")[0] == 1
    internet.connected.clear()
    code, out, _ = classify(*urls, SEED.format(3), f"output={name}")
    assert code == 1
    assert f"2 were answered in {name} already" in out
    assert len(internet.connected) == 2
    assert sum(line.count(SEED.format(1)) > 0 for line in Path(name).read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("url=photo.jpg",), "url=photo.jpg: begins with neither http:// nor https://"),
        (("url=file:///etc/passwd",), "begins with neither http:// nor https://"),
        (("ftp://example.org/a.png",), "there is no such file or folder"),
        ((SEED.format(1), "fetch_networks=here"), "fetch_networks: here is no network"),
        (("info", "url=http://example.org/a.png"), "takes no pictures"),
    ],
)
def test_what_cannot_be_fetched_is_said_before_anything_starts(classify, internet, words, said):
    code, _, err = classify(*words)
    assert (code, internet.asked) == (2, [])
    assert said in err
