"""The world of the walkthrough: a project in which commands work, and a service that answers on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ASSAY = [sys.executable, "-c", "from assay.cli import main; main()"]
MEASURED = ("fidelity.resamples=100", "fidelity.splits=2")
PATIENCE = 300.0
"""Seconds until the service has to answer that it is ready, and until what was answered has to be queued."""


@dataclass(frozen=True)
class Project:
    """A folder in which commands of Assay work.

    Attributes:
        folder: with `mlruns/`.
        shows: whether commands are printed before they run.
    """

    folder: Path
    shows: bool = True

    def typed(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command."""
        if self.shows:
            print(f"$ assay {' '.join(words)}", flush=True)
        done = subprocess.run([*ASSAY, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def assay(self, *words: str) -> str:
        """What a command says; it has to end well."""
        code, out, err = self.typed(*words)
        if code:
            raise SystemExit(f"assay {' '.join(words)} ended with {code}:\n{out[-2000:]}\n{err[-3000:]}")
        return out

    def document(self, *words: str) -> dict[str, Any]:
        """The JSON that a command says."""
        document: dict[str, Any] = json.loads(self.assay(*words, "format=json"))
        return document

    def train(self, generated: Path, generator: str, grades: tuple[str, ...], size: int) -> str:
        """A head that learns from real cells and from those that a generator made of these grades; id of its run."""
        words = ["data=elpv", f"data.image_size={size}", f"data.synthetic={generated}", "data.synthetic_screen=false"]
        words += [f"data.synthetic_generators=[{generator}]", f"data.synthetic_classes=[{','.join(grades)}]"]
        words += ["evaluation.figures=false", "trainer.accelerator=cpu", *MEASURED]
        found = re.search(r"\b([0-9a-f]{32})\b", self.assay("train", *words))
        if found is None:
            raise SystemExit("the training named no run")
        return found[1]

    def measured(self, generated: Path, size: int) -> Path:
        """The folder of `assay fidelity`, as it says where a sample can be drawn from."""
        said = self.assay("fidelity", "data=elpv", f"data.image_size={size}", f"synthetic={generated}", *MEASURED)
        (asked,) = (line for line in said.splitlines() if line.startswith("review"))
        return Path(shlex.split(asked)[-1].partition("=")[2])


@dataclass(frozen=True)
class Service:
    """A service that answers on this machine.

    Attributes:
        address: of it.
        key: of a client.
    """

    address: str
    key: str

    def classify(self, content: bytes) -> dict[str, Any]:
        """The answer about a picture, which is kept with consent."""
        headers = {"Authorization": f"Bearer {self.key}", "X-Consent": "1", "Content-Type": "image/png"}
        request = urllib.request.Request(f"{self.address}/v1/classify", content, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer: dict[str, Any] = json.loads(response.read())["results"][0]
        return answer


@contextlib.contextmanager
def served(project: Project, *words: str) -> Iterator[Service]:
    """`assay serve` for a block, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    typed = ["serve", *words, f"port={port}"]
    print(f"$ assay {' '.join(typed)}", flush=True)
    log = project.folder / "service.log"
    with log.open("wb") as out:
        process = subprocess.Popen([*ASSAY, *typed], cwd=project.folder, stdout=out, stderr=out, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        _await_ready(address, process, log)
        made = project.document("keys", "create", "name=client")
        yield Service(address, str(made["shown"]))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/v1/health/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"the service did not get ready:\n{log.read_text(errors='replace')[-3000:]}")
