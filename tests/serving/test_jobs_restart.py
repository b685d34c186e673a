"""Jobs over a kill of the service: they go on where they were, and no picture is answered twice."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from assay.store.trail import trail_findings
from service_database import open_store
from serving_jobs import ended, photos, results, submit, zipped
from serving_world import World

PICTURES = 400


@contextmanager
def served(bundle: Any, folder: Path, port: int, log: str) -> Iterator[subprocess.Popen[bytes]]:
    words = ["serve", f"model={bundle.folder}", f"port={port}", "poll_seconds=0"]
    words += ["per_minute=100000", "store=service.db"]
    program = [sys.executable, "-c", "from assay.cli import main; main()", *words]
    with (folder / log).open("w") as out:
        process = subprocess.Popen(program, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        while True:
            assert process.poll() is None, (folder / log).read_text()
            try:
                assert ask(port, "/v1/health/ready")[0] == 200
                break
            except OSError:
                time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


def ask(port: int, path: str, key: str = "", data: bytes | None = None, **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data, headers=headers)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            documents = [json.loads(line) for line in response.read().decode().splitlines()]
            return response.status, documents if "results" in path else documents[0]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.slow
def test_a_killed_service_goes_on_with_its_job_and_answers_no_picture_twice(bundle, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    again = {"Idempotency-Key": '"the job"', "Content-Type": "application/zip"}
    content = zipped(photos(PICTURES))
    kills, seen = 2, 0
    with served(bundle, tmp_path, port, "out0") as process:
        key = re.search(r"assay\.[0-9a-f-]{36}\.[\w-]{43}", (tmp_path / "out0").read_text())[0]
        status, made = ask(port, "/v1/jobs", key, content, **again)
        assert (status, made["total"]) == (202, PICTURES)
        job = f"/v1/jobs/{made['id']}"
        while (document := ask(port, job, key)[1])["done"] < 8:
            pass
        seen = len(ask(port, f"{job}/results", key)[1])
        process.send_signal(signal.SIGKILL)
        process.wait()
    for kill in range(1, kills + 1):
        with served(bundle, tmp_path, port, f"out{kill}") as process:
            assert ask(port, "/v1/jobs", key, content, **again) == (202, made)
            document = ask(port, job, key)[1]
            assert document["done"] >= seen, "what a client has seen is still answered"
            while (document := ask(port, job, key)[1])["done"] < min(PICTURES, seen + 40) and not document["ended"]:
                pass
            seen = document["done"]
            if kill < kills:
                process.send_signal(signal.SIGKILL)
                process.wait()
                continue
            while not (document := ask(port, job, key)[1])["ended"]:
                time.sleep(0.05)
            lines = ask(port, f"{job}/results", key)[1]
            while (tmp_path / "service-jobs" / made["id"]).exists():
                time.sleep(0.05)
    assert (document["state"], document["done"], document["failed"]) == ("done", PICTURES, 0)
    assert [line["number"] for line in lines] == list(range(PICTURES))
    assert [line["name"] for line in lines] == list(photos(PICTURES))
    assert len({line["id"] for line in lines}) == PICTURES
    with open_store(tmp_path) as store, store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM predictions").scalar() == PICTURES
        assert trail_findings(connection) == []


def test_a_job_of_a_service_that_has_ended_goes_on_in_the_next(tmp_path, engine):
    before = World(tmp_path, engine)
    before.service.jobs.runner.start = lambda: None
    job = submit(before, zipped(photos(5))).json()["id"]
    before.close()
    after = World(tmp_path, engine)
    try:
        after.keys = before.keys
        after.service.jobs.start()
        assert ended(after, job)["done"] == 5
        assert len(results(after, job)) == 5
    finally:
        after.close()


def test_a_job_whose_pictures_are_gone_has_failed(tmp_path, engine):
    before = World(tmp_path, engine)
    before.service.jobs.runner.start = lambda: None
    job = submit(before, zipped(photos(5))).json()["id"]
    before.close()
    (tmp_path / "service-jobs" / job).unlink()
    after = World(tmp_path, engine)
    try:
        after.keys = before.keys
        after.service.jobs.start()
        document = ended(after, job)
        assert (document["state"], document["error"]) == ("failed", "its pictures are gone")
    finally:
        after.close()


def test_of_two_services_with_one_database_each_answers_the_jobs_whose_pictures_it_has(tmp_path, engine):
    here = World(tmp_path, engine)
    here.service.jobs.runner.start = lambda: None
    job = submit(here, zipped(photos(3))).json()["id"]
    elsewhere = World(tmp_path, engine, jobs=str(tmp_path / "elsewhere"))
    elsewhere.keys = here.keys
    try:
        other = submit(elsewhere, zipped(photos(2))).json()["id"]
        assert ended(elsewhere, other)["done"] == 2
        assert here.client.get(f"/v1/jobs/{job}", headers=here.headers()).json()["state"] == "queued"
        del here.service.jobs.runner.start
        here.service.jobs.start()
        assert ended(here, job)["done"] == 3
    finally:
        here.close()
        elsewhere.close()
