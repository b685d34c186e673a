"""The service behind Ray Serve: a replica is the whole service."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.api.composing import compose
from assay.errors import ConfigError
from assay.serving.ray_adapter import ray_application, replica
from assay.serving.settings import ServeRequest
from assay.store.keys import create_key
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from serving_world import png


@functools.cache
def ray_serve_is_missing() -> bool:
    """Asked by the tests themselves: importing Ray Serve takes seconds, and each process collects all tests."""
    if importlib.util.find_spec("ray") is None:
        return True
    code = "import ray.serve"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, env={**os.environ}).returncode != 0


def a_key(url: str) -> str:
    with ServiceStore(url) as store:
        subject = store.write(lambda connection: add_subject(connection, "Ada")).id
        return store.write(lambda c: create_key(c, subject, "phone", ["classify"], actor="test"))[1]


def test_a_replica_answers_like_the_service_and_ends_with_what_was_logged_durable(bundle, tmp_path):
    url = f"sqlite:///{tmp_path}/service.db"
    headers = {"Authorization": f"Bearer {a_key(url)}"}
    request = ServeRequest(model=str(bundle.folder), store=url, poll_seconds=0)
    with TestClient(replica(request, compose([]))) as client:
        said = client.post("/v1/classify", content=png(), headers=headers)
        assert said.json()["results"][0]["label"] == bundle.predict([png()])[0].label
        assert client.post("/v1/classify", content=png()).status_code == 401
    with pytest.raises(Exception, match="closed"):
        client.app.state.service.store.write(lambda connection: None)
    with ServiceStore(url) as store, store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM predictions").scalar() == 1


def test_without_ray_serve_it_is_said_what_to_install():
    if not ray_serve_is_missing():
        pytest.skip("Ray Serve is installed")
    with pytest.raises(ConfigError, match="Ray Serve is missing"):
        ray_application(ServeRequest(), compose([]))


LOCALLY = """
import json, sys, urllib.request
import ray
from ray import serve
from assay.api.composing import compose
from assay.serving.ray_adapter import ray_application
from assay.serving.settings import ServeRequest

model, url, key, port, picture = sys.argv[1:]
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
serve.start(http_options={"host": "127.0.0.1", "port": int(port)})
serve.run(ray_application(ServeRequest(model=model, store=url, poll_seconds=0), compose([])))
asked = urllib.request.Request(
    f"http://127.0.0.1:{port}/v1/classify", data=open(picture, "rb").read(), headers={"Authorization": f"Bearer {key}"}
)
with urllib.request.urlopen(asked, timeout=120) as response:
    print("ANSWER", json.dumps(json.load(response)))
serve.shutdown()
ray.shutdown()
"""


@pytest.mark.slow
def test_ray_serve_started_here_answers_like_the_service(bundle, tmp_path):
    if ray_serve_is_missing():
        pytest.skip("Ray Serve is not installed (ray[serve])")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url, picture = f"sqlite:///{tmp_path}/service.db", tmp_path / "picture.png"
    picture.write_bytes(png())
    words = [str(bundle.folder), url, a_key(url), str(port), str(picture)]
    done = subprocess.run([sys.executable, "-c", LOCALLY, *words], capture_output=True, text=True, timeout=400)
    lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    assert lines, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(lines[0].removeprefix("ANSWER "))
    assert said["results"][0]["label"] == bundle.predict([png()])[0].label
    assert said["model"]["bundle"] == bundle.digest


@pytest.mark.skipif(ray_serve_is_missing(), reason="Ray Serve is not installed (ray[serve])")
def test_several_replicas_need_a_database_for_several_machines():
    with pytest.raises(ConfigError, match="PostgreSQL"):
        ray_application(ServeRequest(), compose([]), replicas=2)
    ray_application(ServeRequest(store="postgresql://db/assay"), compose([]), replicas=2)
