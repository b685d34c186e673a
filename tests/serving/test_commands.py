"""`assay keys`, `assay audit-trail`, `assay classify stats` and `assay serve`, as they are typed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest


def test_a_key_is_made_listed_rotated_and_revoked(assay):
    code, out, _ = assay("keys", "create", "name=phone", "scopes=[classify,review]", "format=json")
    made = json.loads(out)
    assert code == 0
    assert re.fullmatch(r"assay\.[0-9a-f-]{36}\.[\w-]{43}", made["shown"])
    key = made["keys"][0]["key"]
    assert (made["keys"][0]["scopes"], made["keys"][0]["owner"]) == ("classify review", "phone")
    rotated = json.loads(assay("keys", "rotate", key, "format=json")[1])
    assert rotated["shown"] != made["shown"]
    assert assay("keys", "revoke", key)[0] == 0
    listed = json.loads(assay("keys", "format=json")[1])
    assert "shown" not in listed
    assert {row["key"]: row["refusal"] for row in listed["keys"]} == {
        key: "the key was revoked",
        rotated["keys"][0]["key"]: "",
    }
    code, out, _ = assay("audit-trail", "verify", "format=json")
    verified = json.loads(out)
    assert (code, verified["findings"]) == (0, [])
    assert verified["lines"] == {"key created": 2, "key revoked": 1, "key rotated": 1}
    assert assay("audit-trail", "verify", f"head={verified['head']}")[0] == 0
    code, out, _ = assay("audit-trail", "verify", f"head=9:{'0' * 64}")
    assert (code, "the chain ends with entry" in out) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("keys", "list"), "no service has kept anything here yet"),
        (("keys", "create"), "a name is needed"),
        (("keys", "revoke"), "takes the id of a key"),
        (("keys", "list", "name=x"), "is for a new key"),
        (("keys", "create", "name=x", "scopes=[root]"), "there is no such scope"),
        (("audit-trail",), "no service has kept anything here yet"),
        (("classify", "stats"), "no service has kept anything here yet"),
        (("serve",), "nothing was recorded here yet"),
        (("serve", "review_guide=nowhere"), "holds no guideline.md"),
        (("serve", "host=0.0.0.0"), "others would send their keys in the clear"),
        (("serve", "port=0"), "port"),
    ],
)
def test_what_cannot_be_done_is_said_and_makes_nothing(assay, tmp_path, words, said):
    code, _, err = assay(*words)
    assert code in (1, 2)
    assert said in err
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "service" not in path.name]


def ask(port: int, path: str, key: str = "", data: bytes | None = None) -> tuple[int, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.slow
def test_a_service_answers_says_that_it_ends_and_ends(assay, bundle, photos_of_nobody, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["serve", f"model={bundle.folder}", f"port={port}", "poll_seconds=0"]
    program = [sys.executable, "-c", "from assay.cli import main; main()", *words]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(program, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT, env={**os.environ})
    try:
        while "until Ctrl-C" not in (said := (tmp_path / "out").read_text()):
            assert process.poll() is None, said
            time.sleep(0.1)
        key = re.search(r"assay\.[0-9a-f-]{36}\.[\w-]{43}", said)[0]
        while True:
            try:
                assert ask(port, "/v1/health/ready")[0] == 200
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        picture = (photos_of_nobody / "00.png").read_bytes()
        status, document = ask(port, "/v1/classify", key, picture)
        assert (status, document["results"][0]["label"]) == (200, bundle.predict([picture])[0].label)
        process.send_signal(signal.SIGTERM)
        while (ready := ask(port, "/v1/health/ready"))[0] == 200:
            time.sleep(0.02)
        assert ready == (503, {"status": "draining", "reason": "the service was told to end"})
        assert ask(port, "/v1/classify", key, picture)[0] == 503
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    code, stats, _ = assay("classify", "stats", "format=json")
    assert (code, json.loads(stats)["predictions"]) == (0, 1)
    assert assay("audit-trail", "verify")[0] == 0
    assert "ended after 1 answered" in (tmp_path / "out").read_text()
    assert not list(Path(tmp_path).rglob("*.png.tmp"))
