"""Reports over a log of many predictions: how long they take, how much memory, and whether they come out the same.

python experiments/service_reports/run.py [--rows 100000] [--quick] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from assay.review.enqueue import in_random_slice, prediction_item
from assay.review.item import SETTLED
from assay.review.policy import QueuePolicy
from assay.review.rows import add_items
from assay.store.ids import as_time, new_id
from assay.store.keys import create_key
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject

CLASSES = ("generated", "real")
NAMES = ("shop", "newsroom", "archive", "bench", "phone", "museum", "agency", "forum")
POLICY = QueuePolicy(random_share=0.02)
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 28
CHANGE = 18
"""Day from which pictures are harder, and a class looks otherwise."""


def fill(store: ServiceStore, rows: int, *, seed: int = 0) -> None:
    """Answers of four weeks by eight keys, the random slice reviewed; from day 18 on it goes worse."""
    rng = np.random.default_rng(seed)
    subject = store.write(lambda c: add_subject(c, "clients")).id
    keys = [store.write(lambda c, n=name: create_key(c, subject, n, ["classify"], actor="x")[0]).id for name in NAMES]
    shares = np.array([0.4, 0.2, 0.1, 0.1, 0.08, 0.06, 0.04, 0.02])
    moments = np.sort(rng.uniform(0, DAYS, rows))
    for start in range(0, rows, 2000):
        part = [record(rng, subject, keys, shares, day) for day in moments[start : start + 2000].tolist()]
        store.write(lambda c, p=part: log_predictions(c, [each for each, _ in p]))
        drawn = [(each, truth) for each, truth in part if in_random_slice(each.id, POLICY.random_share)]
        store.write(lambda c, d=drawn: reviewed(c, d))


def record(rng, subject, keys, shares, day: float) -> tuple[PredictionRecord, str]:  # type: ignore[no-untyped-def]
    """An answer, and what the picture is."""
    late = day >= CHANGE
    truth = int(rng.uniform() < 0.6)
    logit = (2 * truth - 1) * (1.1 if late else 1.9) + rng.normal() * 1.3
    chance = 1 / (1 + np.exp(-1.4 * logit))
    if late and truth == 1 and rng.uniform() < 0.08:  # real pictures of a new kind, taken for generated ones
        chance = 0.04
    confidence = float(max(chance, 1 - chance))
    memory = rng.uniform() < 0.05
    engine = 0.0 if memory else float(rng.gamma(6, 3.5))
    made = PredictionRecord(
        new_id(), as_time(START + timedelta(days=day)), new_id(), subject, keys[rng.choice(len(keys), p=shares)],
        hashlib.sha256(rng.bytes(8)).hexdigest(), "exposr", "4" if late and day > 24 else "3",
        ("d" if late and day > 24 else "c") * 64, "champion", CLASSES[int(chance > 0.5)], confidence,
        {"probabilities": {"generated": 1 - float(chance), "real": float(chance)}},
        {"brightness": float(rng.normal(0.5, 0.1))},
        str(rng.choice(["in-domain", "unsure", "out"], p=[0.93, 0.05, 0.02])),
        confidence < 0.7, engine + float(rng.gamma(3, 4)), kept=True, engine_ms=engine,
    )  # fmt: skip
    return made, CLASSES[truth]


def reviewed(connection, drawn) -> None:  # type: ignore[no-untyped-def]
    """The random slice as if reviewers had agreed on what each picture is."""
    items = add_items(connection, [prediction_item(each, "random", POLICY) for each, _ in drawn])
    truths = {each.id: truth for each, truth in drawn}
    for item in items:
        change = REVIEW_ITEMS.update().where(REVIEW_ITEMS.c.id == item.id)
        connection.execute(change.values(state=SETTLED, outcome=truths[item.prediction]))


def timed(kind: str, words: list[str], folder: Path) -> dict[str, object]:
    """One report in a process of its own, with its time and its largest memory."""
    code = "import sys; from assay.cli import main; main(sys.argv[1:])"
    before, used = time.perf_counter(), _cpu()
    out = folder / f"{kind}.log"
    with out.open("w") as log:
        done = subprocess.run(
            [sys.executable, "-c", code, "report", kind, *words],
            stdout=log, stderr=subprocess.STDOUT, cwd=folder, check=False,
        )  # fmt: skip
    seconds, busy = time.perf_counter() - before, _cpu() - used
    assert done.returncode == 0, out.read_text()[-2000:]
    largest = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3)
    return {"seconds": round(seconds, 1), "cpu_seconds": round(busy, 1), "largest_mb": largest}


def _cpu() -> float:
    """Seconds that ended children have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def digests(folder: Path) -> dict[str, str]:
    """sha256 of each file of a report."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="5,000 rows")
    parser.add_argument("--folder", type=Path, help="where the log and the reports lie; a temporary one without it")
    asked = parser.parse_args()
    rows = 5_000 if asked.quick else asked.rows
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "service.db").exists():
        with ServiceStore(f"sqlite:///{folder.resolve()}/service.db") as store:
            fill(store, rows)
    results: dict[str, object] = {"rows": rows}
    for kind, more in (("inference", []), ("performance", ["parts=28"])):
        words = ["window=4w", "store=service.db", *more]
        runs = [timed(kind, [*words, f"output={kind}-{turn}"], folder) for turn in (1, 2)]
        same = digests(folder / f"{kind}-1") == digests(folder / f"{kind}-2")
        results[kind] = {"first": runs[0], "second": runs[1], "same_bytes": same}
        print(kind, json.dumps(results[kind]), flush=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
