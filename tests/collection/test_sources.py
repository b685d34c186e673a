"""Answers of sources are read field by field: whatever is missing or of another kind costs one picture and no more."""

from __future__ import annotations

import random
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from assay.collection.outcome import FetchFailed
from assay.collection.source_record import FoundPicture, Skipped, why_not
from assay.collection.sources.catalogue import SOURCES
from assay.collection.sources.source import Query
from assay.collection.sources.wikimedia import WIDTHS
from assay.errors import ConfigError, DataError

PEXELS = {
    "page": 1,
    "per_page": 80,
    "photos": [
        {
            "id": 2014422,
            "width": 3024,
            "height": 3024,
            "url": "https://www.pexels.com/photo/2014422/",
            "photographer": "Joey Farina",
            "src": {"original": "https://images.pexels.com/o.jpeg", "large": "https://images.pexels.com/l.jpeg"},
            "alt": "Brown rocks",
        }
    ],
}
ASKED = {
    "wikimedia": {"gsrsearch": "jade", "gsroffset": "0", "gsrlimit": "50"},
    "openverse": {"q": "jade", "page": "1", "page_size": "20"},
    "flickr": {"method": "flickr.photos.search", "text": "jade", "page": "1", "per_page": "250"},
    "unsplash": {"page": "1", "per_page": "30"},
}
PATHS = {
    "wikimedia": "/w/api.php",
    "openverse": "/v1/images/",
    "flickr": "/services/rest/",
    "unsplash": "/search/photos",
}


class Answers:
    """A client that hands out documents; what a source makes of them is looked at without a server."""

    def __init__(self, *documents: Any) -> None:
        self.documents, self.asked = list(documents), []

    def document(self, url: str, headers: Any = None) -> Any:
        self.asked.append(url)
        if not self.documents:
            raise FetchFailed("gone", "no more")
        return self.documents.pop(0)


def documents(worlds: ModuleType, source: str) -> list[Any]:
    """What a source answers, by its documented shape."""
    if source == "pexels":
        return [PEXELS]
    items = worlds.items_of(source, 30, 0.0)
    world = SimpleNamespace(items={source: items}, matching=lambda source, query: items)
    found = worlds.SHAPES[PATHS[source]](world, ASKED[source])
    if source == "flickr":
        return [worlds.SHAPES[PATHS[source]](world, {"method": "flickr.photos.licenses.getInfo"}), found]
    return [found]


def found(source: str, *answers: Any, **query: Any) -> list[Any]:
    client = Answers(*answers)
    asked = Query(**{"text": "jade", "seen": "2026-01-01", "width": 0, "key": "k", **query})
    gathered = []
    try:
        for each in SOURCES[source].candidates(client, asked):  # type: ignore[arg-type]
            gathered.append(each)  # noqa: PERF402  # what came before a refusal counts
    except (FetchFailed, DataError):
        pass
    return gathered


@pytest.mark.parametrize("source", ["wikimedia", "openverse", "flickr", "unsplash", "pexels"])
def test_the_documented_shape_gives_whole_records(source: str, worlds: ModuleType) -> None:
    candidates = found(source, *documents(worlds, source))
    assert len(candidates) in (1, 20, 30)
    for candidate in candidates:
        record = candidate.record
        assert all((record.address, record.page, record.author, record.title, record.evidence, record.evidence_at))
        assert why_not(record, use="display") == ""
        assert bool(why_not(record)) == (source in ("unsplash", "pexels"))


def mutilated(value: Any, chance: random.Random) -> Any:
    """The same document, some of its values gone or of another kind."""
    if chance.random() < 0.02:
        return chance.choice([None, "", "x", 7, -1.5, True, [], {}, ["x"], {"x": 1}, "9" * 400])
    if isinstance(value, dict):
        return {name: mutilated(inner, chance) for name, inner in value.items() if chance.random() > 0.02}
    return [mutilated(inner, chance) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("source", ["wikimedia", "openverse", "flickr", "unsplash", "pexels"])
def test_a_mutilated_answer_breaks_nothing_and_permits_nothing_unstated(source: str, worlds: ModuleType) -> None:
    whole, kept = documents(worlds, source), 0
    for seed in range(150):
        chance = random.Random(seed)
        for each in found(source, *(mutilated(document, chance) for document in whole)):
            assert isinstance(each, FoundPicture | Skipped)
            if isinstance(each, FoundPicture) and not why_not(each.record):
                kept += 1
                assert each.record.licence.lower().removeprefix("cc-").startswith("by")
                assert "by" in each.record.evidence.lower()
    assert (kept > 500) == (source not in ("unsplash", "pexels"))


def test_commons_gives_listed_widths_or_the_original_alone() -> None:
    info = {
        "url": "https://upload.test/o.jpg",
        "thumburl": "https://upload.test/960px-o.jpg",
        "thumbwidth": 960,
        "thumbheight": 640,
        "width": 3000,
        "height": 2000,
    }
    page = {"title": "File:o.jpg", "imageinfo": [info]}
    answer = {"query": {"pages": [page]}}
    (wide,) = found("wikimedia", answer, width=960)
    (other,) = found(
        "wikimedia", {"query": {"pages": [{**page, "imageinfo": [{**info, "thumbwidth": 957}]}]}}, width=960
    )
    assert (wide.record.address, wide.width) == ("https://upload.test/960px-o.jpg", 960)
    assert (other.record.address, other.width) == ("https://upload.test/o.jpg", 3000)
    assert WIDTHS == (20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840)
    with pytest.raises(ConfigError, match="width=800: Wikimedia has thumbnails of 20, 40"):
        found("wikimedia", answer, width=800)


def test_a_busy_interface_is_no_answer_and_a_refused_key_is_said() -> None:
    with pytest.raises(FetchFailed, match=r"429: .*maxlag"):
        list(SOURCES["wikimedia"].candidates(Answers({"error": {"code": "maxlag"}}), Query("a", "d", 0)))  # type: ignore[arg-type]
    failed = {"stat": "fail", "code": 100, "message": "Invalid API Key (Key has invalid format)"}
    with pytest.raises(DataError, match="Invalid API Key"):
        list(SOURCES["flickr"].candidates(Answers(failed), Query("a", "d")))  # type: ignore[arg-type]


def test_a_name_that_holds_lines_stays_on_one() -> None:
    result = {
        "id": "1",
        "url": "https://a.test/1.jpg",
        "license": "by",
        "license_version": "4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "creator": "Ada\njade/2.jpg: by nobody, CC0",
    }
    (candidate,) = found("openverse", {"results": [result], "page_count": 1})
    assert "\n" not in candidate.record.credit


def test_flickr_is_not_asked_for_what_forbids_derivatives() -> None:
    listed = [
        {"id": number, "url": f"https://creativecommons.org/licenses/{kind}/2.0/"}
        for number, kind in (("4", "by"), ("6", "by-nd"), ("3", "by-nc-nd"), ("2", "by-nc"))
    ]
    client = Answers({"stat": "ok", "licenses": {"license": listed}}, {"stat": "ok", "photos": {"photo": []}})
    assert list(SOURCES["flickr"].candidates(client, Query("a", "d", key="k"))) == []  # type: ignore[arg-type]
    assert "license=4%2C2&" in client.asked[1]
