"""Jobs of addresses: every form of a list is read, and what cannot be fetched costs the others nothing."""

from __future__ import annotations

import json

import pytest

from assay.serving.jobs.addresses import AddressList
from assay.serving.jobs.source import JobBounds
from assay.serving.refusal import Refusal
from serving_jobs import ended, results, submit
from serving_world import is_problem, png

URLS = ["https://example.org/a.png", "https://example.org/b,c.png"]
BOUNDS = JobBounds(pictures=5, picture_bytes=200_000, job_bytes=2_000_000)
FORMS = {
    "list": json.dumps(URLS),
    "object": json.dumps({"urls": URLS}),
    "texts": "\n".join(map(json.dumps, URLS)),
    "objects": "\n".join(json.dumps({"id": n, "url": url}) for n, url in enumerate(URLS)) + "\n",
    "table": f'id,URL\r\n1,{URLS[0]}\r\n2,"{URLS[1]}"\r\n',
    "bare table": f'{URLS[0]}\n\n"{URLS[1]}"\n',
    "with a mark": "\ufeff" + json.dumps(URLS),
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_a_list_names_the_same_addresses(tmp_path, name):
    (tmp_path / "job").write_text(FORMS[name], "utf-8")
    assert AddressList(tmp_path / "job", BOUNDS, str.encode).names == URLS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "job"),
        ("hello", "job"),
        ("[]", "request"),
        ("[1, 2]", "request"),
        ('{"a": 1}', "request"),
        ("[" * 1000, "request"),
        ('{"url": "x"}\n{', "request"),
        (json.dumps(["x"] * 6), "too-large"),
        ("x" * 20_000, "too-large"),
        ("url\n", "request"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, text, name):
    (tmp_path / "job").write_text(text)
    with pytest.raises(Refusal) as refused:
        AddressList(tmp_path / "job", BOUNDS, str.encode)
    assert refused.value.name == name


def test_pictures_are_fetched_and_what_is_not_of_the_public_internet_is_not(world, bundle):
    real = world.service.jobs.runner.fetch
    assert real is not None

    def fetch(url: str) -> bytes:
        return png(int(url[-1])) if url.startswith("https://example.org/") else real(url)

    world.service.jobs.runner.fetch = fetch
    urls = ["https://example.org/1", "http://127.0.0.1/x.png", "https://example.org/2", "file:///etc/passwd"]
    urls += ["http://169.254.169.254/latest", "https://example.org/3"]
    done = ended(world, submit(world, json.dumps(urls).encode()).json()["id"])
    assert (done["kind"], done["done"], done["failed"]) == ("urls", 3, 3)
    lines = results(world, done["id"])
    assert [line["name"] for line in lines] == urls
    assert [lines[n]["label"] for n in (0, 2, 5)] == [each.label for each in bundle.predict([png(1), png(2), png(3)])]
    assert {lines[n]["problem"]["type"] for n in (1, 3, 4)} == {"/problems/address"}


def test_a_service_that_fetches_nothing_takes_no_addresses(with_settings):
    world = with_settings(fetch=False)
    assert is_problem(submit(world, json.dumps(URLS).encode()), "no-fetch")
