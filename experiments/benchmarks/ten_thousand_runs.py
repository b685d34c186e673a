"""What commands and the MLflow UI's first page take in a store of two runs, and in the same with ten thousand more.

Two small runs are trained, one is registered, and copies of the second are written into the database: its parameters
and tags, and fifty metrics for each. Each command is a process of its own, so that what it imports counts. Other
runs should cost it little: what is left is in the columns of few and of many.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

METRICS = 50
ASKED = {"runs": 5, "models": 5, "compare": 5, "history": 5, "first page of the MLflow UI": 3}
SMALL = ["data=folder", "data.root=photos", "data.image_size=32", "model=baseline_cnn", "debug=tiny", "ood=none"]
SMALL += ["evaluation.figures=false", "trainer.accelerator=cpu"]
GATE = ["gate=default", "gate.checks.commit=null", "gate.checks.alone=null", "gate.checks.test_set.at_least=5"]
GATE += ["gate.checks.test_set.each_class=1", "gate.checks.calibrated.at_most=0.99", "gate.checks.exports=null"]
GATE += ["gate.loosened.by=Ada", "gate.loosened.reason=small"]
COPIED = ("runs", "params", "tags")
KEY = "run_uuid"


def assay(folder: Path, *words: str) -> str:
    """What a command says."""
    done = subprocess.run(
        [sys.executable, "-m", "assay", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"assay {' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def draw(folder: Path) -> None:
    """Forty pictures of three colours with noise in each of three classes."""
    rng = np.random.default_rng(0)
    for name, colour in {"amber": (200, 120, 40), "jade": (40, 160, 90), "onyx": (30, 30, 40)}.items():
        (folder / name).mkdir(parents=True)
        for number in range(40):
            pixels = np.clip(colour + rng.normal(0, 50, (40, 40, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


def multiply(database: Path, run_id: str, count: int) -> None:
    """Copies of a run, with metrics of their own."""
    rng = np.random.default_rng(0)
    with sqlite3.connect(database) as opened:
        ids = [f"{number:032x}" for number in range(1, count + 1)]
        opened.execute("CREATE TEMP TABLE copies (id TEXT)")
        opened.executemany("INSERT INTO copies VALUES (?)", [(each,) for each in ids])
        for table in COPIED:
            columns = [row[1] for row in opened.execute(f"PRAGMA table_info({table})") if row[1] != KEY]
            listed = ", ".join(columns)
            opened.execute(
                f"INSERT INTO {table} ({KEY}, {listed}) SELECT id, {listed} FROM copies, {table} WHERE {KEY} = ?",
                (run_id,),
            )
        opened.execute("DELETE FROM tags WHERE key = 'mlflow.parentRunId' AND run_uuid IN (SELECT id FROM copies)")
        names = [row[0] for row in opened.execute("SELECT key FROM latest_metrics WHERE run_uuid = ?", (run_id,))]
        names = [*names, *(f"extra/{number}" for number in range(METRICS))][:METRICS]
        values = rng.random((count, METRICS))
        rows = [
            (name, values[row, column], 0, each, 0, 0)
            for row, each in enumerate(ids)
            for column, name in enumerate(names)
        ]
        for table in ("metrics", "latest_metrics"):
            words = f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)"
            opened.executemany(words, rows)


def first_page(folder: Path) -> float:
    """Seconds until a server has answered what the UI asks for first: a hundred runs, the newest first."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", "sqlite:///mlruns/mlflow.db"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
                break
            except OSError:
                time.sleep(1)
        asked = {"experiment_ids": ["1"], "max_results": 100, "order_by": ["attributes.start_time DESC"]}
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/2.0/mlflow/runs/search",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json"},
        )
        started = time.perf_counter()
        found = json.load(urllib.request.urlopen(request, timeout=300))
        seconds = time.perf_counter() - started
        if not found.get("runs"):
            raise SystemExit("the server has found no runs")
        return seconds
    finally:
        server.terminate()
        server.wait()


def measured(folder: Path, run_ids: list[str]) -> dict[str, float]:
    """Seconds of each command, and of the first page."""

    def seconds(of: Callable[[], object]) -> float:
        started = time.perf_counter()
        of()
        return time.perf_counter() - started

    return {
        "runs": seconds(lambda: assay(folder, "runs")),
        "models": seconds(lambda: assay(folder, "models")),
        "compare": seconds(lambda: assay(folder, "compare", *run_ids)),
        "history": seconds(lambda: assay(folder, "history", "--verify")),
        "first page of the MLflow UI": first_page(folder),
    }


def main() -> None:
    """Measure with two runs and with ten thousand more, and print both beside what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    asked = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        draw(folder / "photos")
        run_ids = [
            re.findall(r"^run +([0-9a-f]{32})", assay(folder, "train", *SMALL, f"seed={seed}"), re.M)[-1]
            for seed in (0, 1)
        ]
        assay(folder, "promote", f"run={run_ids[0]}", *GATE)
        few = measured(folder, run_ids)
        multiply(folder / "mlruns" / "mlflow.db", run_ids[1], asked.runs)
        many = measured(folder, run_ids)
    for name, limit in ASKED.items():
        seconds = f"{few[name]:5.1f} s with 2 runs, {many[name]:5.1f} s with {asked.runs + 2}"
        print(f"{name:28} {seconds} (asked for: {limit} s)")


if __name__ == "__main__":
    main()
