"""`mlflow models serve` answers over HTTP as the bundle does."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.deploy.bundle.bundle import Bundle
from assay.deploy.mlflow.model import log_bundle, place_of
from assay.tracking.store import TrackingStore

PATIENCE = 180.0
Post = Callable[[dict[str, Any]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def post(store: TrackingStore, bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """Serves the champion in a process of its own, and sends requests to it."""
    store.client.create_registered_model("served")
    version = store.client.create_model_version("served", place_of(store, log_bundle(store, bundle)))
    store.client.set_registered_model_alias("served", "champion", version.version)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("served") / "log.txt"
    words = ["models", "serve", "-m", "models:/served@champion", "--env-manager", "local", "-p", str(port)]
    folder = str(Path(sys.executable).parent)
    with log.open("w") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words, "-h", "127.0.0.1"],
            env={
                **os.environ,
                "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
                "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
                "MLFLOW_TRACKING_URI": store.uri,
            },
            cwd=log.parent,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(f"http://127.0.0.1:{port}/ping", server, log)
        yield lambda body: _sent(f"http://127.0.0.1:{port}/invocations", body)["predictions"]
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(log.read_text()[-3000:])


def _sent(url: str, body: dict[str, Any]) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read(), parse_constant=refuse)


def _text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["dataframe_split", "dataframe_records", "inputs", "instances"])
def test_every_form_of_request_is_answered_as_the_bundle_answers(post: Post, bundle, pictures, form):
    texts = [_text(picture) for picture in pictures]
    bodies = {
        "dataframe_split": {"columns": ["image"], "data": [[text] for text in texts]},
        "dataframe_records": [{"image": text} for text in texts],
        "inputs": {"image": texts},
        "instances": [{"image": text} for text in texts],
    }
    rows = post({form: bodies[form]})
    answers = bundle.predict(pictures)
    assert [row["label"] for row in rows] == [answer.label for answer in answers]
    assert [row["rejected"] for row in rows] == [answer.rejected for answer in answers]
    said = [[row[f"probability_{name}"] for name in bundle.about.class_names] for row in rows]
    np.testing.assert_allclose(said, [answer.probabilities for answer in answers], rtol=1e-6)


@pytest.mark.slow
def test_a_damaged_picture_costs_its_own_row_and_no_other(post: Post, bundle, pictures):
    good, damaged = pictures[0], pictures[1][:200]
    rows = post({"dataframe_split": {"columns": ["image"], "data": [[_text(damaged)], [_text(good)]]}})
    assert (rows[0]["label"], rows[0]["confidence"], rows[0]["rejected"]) == (None, None, True)
    assert "picture 1" in rows[0]["error"]
    assert rows[1]["label"] == bundle.predict([good])[0].label


@pytest.mark.slow
def test_a_request_that_makes_no_sense_is_refused_as_a_whole(post: Post):
    with pytest.raises(urllib.error.HTTPError) as refused:
        post({"dataframe_split": {"columns": ["picture"], "data": [["AAAA"]]}})
    assert refused.value.code == 400
