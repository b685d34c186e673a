"""The parts of the compose file started as it starts them, on this machine instead of in containers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from assay.database.url import with_driver
from assay.deploy.bundle.bundle import Bundle
from deployed import DEPLOY, compose_services, started
from started_service import Started

ASSAY = [sys.executable, "-c", "from assay.cli import main; main()"]
SECONDS = 180


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(words: list[str], folder: Path, check: list[str]) -> Iterator[None]:
    """A program until its check succeeds, then for the block."""
    log = folder / "mlflow.log"
    with log.open("w") as out:
        process = subprocess.Popen(words, cwd=folder, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until = time.monotonic() + SECONDS
        while subprocess.run(check, capture_output=True).returncode:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.5)
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait(60)


@pytest.mark.slow
def test_what_compose_starts_answers_and_the_doctor_finds_it_sound(
    postgresql: str, tiny_bundle: Callable[..., Bundle], tmp_path: Path
) -> None:
    server, port = postgresql.rpartition("/")[0], free_port()
    engine = create_engine(with_driver(postgresql), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE assay"))
        for statement in (DEPLOY / "databases.sql").read_text("utf-8").split(";"):
            if statement.strip():
                connection.execute(text(statement))
    engine.dispose()

    def here(word: str) -> str:
        for there, at in {
            "://assay@database": f"://{server.partition('://')[2]}",
            "//mlflow:5000": f"//127.0.0.1:{port}",
            "mlflow:5000": f"127.0.0.1:{port}",
            "127.0.0.1:5000": f"127.0.0.1:{port}",
            "--port=5000": f"--port={port}",
            "0.0.0.0": "127.0.0.1",
            "=/data/": f"={tmp_path}/",
        }.items():
            word = word.replace(there, at)
        return word

    mlflow = [here(word) for word in started()["compose mlflow"]]
    mlflow[0] = str(Path(sys.executable).with_name("mlflow"))
    check = [here(word) for word in compose_services()["mlflow"]["healthcheck"]["test"][1:]]
    check[0] = sys.executable
    with running(mlflow, tmp_path, check):
        _, _, *words = map(here, started()["compose service"])
        with Started(tmp_path, *words, f"model={tiny_bundle().folder}", "poll_seconds=0") as service:
            address = f"http://127.0.0.1:{service.port}"
            with urllib.request.urlopen(f"{address}/v1/health/ready", timeout=30) as answer:
                assert answer.status == 200
            places = [word for word in words if word.startswith(("store=", "tracking"))]
            asked = [*ASSAY, "doctor", *places, f"address={address}", "format=json"]
            seen = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
            rows = json.loads(seen.stdout)["diagnoses"]
    assert seen.returncode == 0, [row for row in rows if row["state"] == "broken"]
    sound = {row["check"] for row in rows if row["state"] == "ok"}
    assert {"tracking", "database", "migrations", "indexes", "secrets", "clock", "service"} <= sound
