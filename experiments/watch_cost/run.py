"""What watching costs: each answer's components in the log, and a window of a million rows in memory.

python experiments/watch_cost/run.py [--quick] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assay.data.quality import STATISTICS
from assay.store.components import packed
from assay.store.ids import as_time, new_id
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from assay.store.tables import PREDICTIONS

CLASSES = ("cracked", "soiled", "sound")
DIMENSION, COMPONENTS = 1280, 32
ROWS, QUICK_ROWS = 1_000_000, 20_000
PAIRS, QUICK_PAIRS = 3_000, 300
GROUP = 8
START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = 40


def main() -> None:
    """Measure, print tables, and write `results/watch_cost.json` beside this file, unless it was quick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} rows and {QUICK_PAIRS} pairs")
    parser.add_argument("--rows", type=int, default=ROWS, help="of the window")
    parser.add_argument("--folder", type=Path, help="takes the databases; a temporary one without it")
    parser.add_argument("--read", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        print(json.dumps(_read(asked.read)))
        return
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        pairs, rows = (QUICK_PAIRS, QUICK_ROWS) if asked.quick else (PAIRS, asked.rows)
        results = {"answer": _answers(pairs), "log": _log(Path(folder), pairs), "window": _window(Path(folder), rows)}
    print(table(results))
    if not asked.quick and asked.rows == ROWS:
        target = Path(__file__).parent / "results" / "watch_cost.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["| p50 of an answer, ms | clock | without components | with | difference | ratio |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for part in (*results["answer"], *results["log"]):
        before, after = part["without_ms"], part["with_ms"]
        numbers = f"{before:.3f} | {after:.3f} | {after - before:+.3f} | {after / before:.2f}"
        lines.append(f"| {part['what']} | {part['clock']} | {numbers} |")
    window = results["window"]
    lines += ["", "| window | |", "| --- | --- |"]
    lines += [f"| {name} | {value} |" for name, value in window.items()]
    return "\n".join(lines)


def interleaved(
    what: str, pairs: int, count: int, without: Callable[[int], object], with_: Callable[[int], object]
) -> list[dict[str, Any]]:
    """Medians an answer, in milliseconds, of two functions that take turns, each first as often as the other.

    The clock of the wall also counts what else the machine does, and the disk; that of the processor does not.
    """
    clocks = {"wall": time.perf_counter, "processor": time.process_time}
    times: dict[tuple[str, bool], list[float]] = {(name, own): [] for name in clocks for own in (False, True)}
    for index in range(pairs + pairs // 10):
        for own in (index % 2 == 0, index % 2 == 1):
            started = {name: clock() for name, clock in clocks.items()}
            (with_ if own else without)(index)
            ended = {name: clock() for name, clock in clocks.items()}
            if index >= pairs // 10:  # the first ones warm up
                for name in clocks:
                    times[name, own].append((ended[name] - started[name]) * 1000 / count)
    return [
        {
            "what": what,
            "clock": name,
            "pairs": pairs,
            "without_ms": float(np.median(times[name, False])),
            "with_ms": float(np.median(times[name, True])),
        }
        for name in clocks
    ]


def _answers(pairs: int) -> list[dict[str, Any]]:
    """From an embedding to an answer, by the rules of a model of 1280 dimensions."""
    from dataclasses import replace

    from assay.deploy.graph.onnx_predictor import OnnxPredictor
    from assay.postprocess.calibration import Temperature
    from assay.postprocess.projection import Projection
    from assay.postprocess.reject import CoverageRule
    from assay.postprocess.softmax import softmax
    from assay.predictions import Predictions

    rng = np.random.default_rng(0)

    def outputs(n: int, split: str) -> Predictions:
        names = np.array([str(index) for index in range(n)])
        labels = np.full(n, -1) if split == "unlabelled" else rng.integers(0, 3, n)
        embeddings, logits = rng.normal(size=(n, DIMENSION)), rng.normal(size=(n, 3))
        return Predictions(
            names,
            names,
            split,
            labels,
            CLASSES,
            logits.astype(np.float32),
            embeddings=embeddings.astype(np.float32),
            statistics=rng.normal(size=(n, len(STATISTICS))).astype(np.float32),
            statistics_names=STATISTICS,
        )

    calib = outputs(2000, "calib")
    calibrator = Temperature().fit(calib)
    reject = CoverageRule(coverage=0.9).fit(calib, softmax(calibrator.applied(calib).logits))
    plain = OnnxPredictor(None, CLASSES, False, calibrator, reject)  # type: ignore[arg-type]  # no network is asked
    projected = replace(plain, projection=Projection.fit(calib))
    one = [outputs(1, "unlabelled") for _ in range(64)]
    return interleaved(
        "from the embedding to the answer",
        pairs,
        1,
        lambda index: plain.to_answers(one[index % 64]),
        lambda index: projected.to_answers(one[index % 64]),
    )


def _record(subject: str, key: str, components: bytes, *, moment: datetime | None = None) -> PredictionRecord:
    confidence = 0.912345678901
    answer = {
        "label": "sound",
        "confidence": confidence,
        "probabilities": {"cracked": 0.05123456789012345, "soiled": 0.036419753208876555, "sound": confidence},
        "possible": ["sound"],
        "domain": "in-domain",
        "reason": "",
        "for_a_person": False,
    }
    return PredictionRecord(
        id=new_id(),
        time=as_time(moment or datetime.now(UTC)),
        request=new_id(),
        subject=subject,
        key=key,
        picture=uuid.uuid4().hex * 2,
        model="cells",
        version="3",
        bundle="b" * 64,
        arm="champion",
        label="sound",
        confidence=confidence,
        answer=answer,
        statistics=dict.fromkeys(STATISTICS, 123.45678901234),
        domain="in-domain",
        for_a_person=False,
        total_ms=31.513,
        engine_ms=18.2,
        rejected=False,
        components=components,
    )


def _log(folder: Path, pairs: int) -> list[dict[str, Any]]:
    """Rows that are durable when the write returns: with their line of the audit trail, alone and in groups."""
    content = packed(np.random.default_rng(0).normal(size=COMPONENTS))
    parts = []
    with ServiceStore(f"sqlite:///{folder}/log.db") as store:
        subject = store.write(lambda connection: add_subject(connection, "watch")).id
        key = new_id()

        def write(components: bytes, count: int) -> None:
            records = [_record(subject, key, components) for _ in range(count)]
            store.write(lambda connection: log_predictions(connection, records))

        for count in (1, GROUP):
            what = "logged and durable, alone" if count == 1 else f"logged and durable, {count} at once"
            parts += interleaved(
                what, pairs // count, count, lambda _, n=count: write(b"", n), lambda _, n=count: write(content, n)
            )
    return parts


def _window(folder: Path, rows: int) -> dict[str, Any]:
    """A log of so many rows as a window, in a process of its own, and what a row takes on the disk."""
    sizes = {}
    _fill(folder / "empty.db", 0, with_components=False)
    for name, count in (("without", rows // 10), ("with", rows)):
        database = folder / f"{name}.db"
        _fill(database, count, with_components=name == "with")
        sizes[name] = (database.stat().st_size - (folder / "empty.db").stat().st_size) / count
    words = [sys.executable, __file__, "--read", str(folder / "with.db")]
    measured = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return {
        "rows": f"{rows:,}",
        "seconds to read them": round(measured["seconds"], 1),
        "of the processor": round(measured["processor_seconds"], 1),
        "peak memory of the process, MB": round(measured["peak_mb"]),
        "of it before reading, MB": round(measured["before_mb"]),
        "the window's arrays, MB": round(measured["arrays_mb"]),
        "bytes of a row on the disk, without components": round(sizes["without"]),
        "bytes of a row on the disk, with": round(sizes["with"]),
    }


def _fill(database: Path, count: int, *, with_components: bool) -> None:
    """Write rows past the audit trail, in one transaction."""
    with ServiceStore(f"sqlite:///{database}") as store:
        subject = store.write(lambda connection: add_subject(connection, "watch")).id
    keys = [new_id() for _ in range(KEYS)]
    names = [column.name for column in PREDICTIONS.columns]
    asked = f"INSERT INTO predictions ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    rng = np.random.default_rng(1)

    def values() -> Iterator[tuple[Any, ...]]:
        for index in range(count):
            content = packed(rng.normal(size=COMPONENTS)) if with_components else b""
            moment = START + timedelta(seconds=index)
            record = _record(subject, keys[index % KEYS], content, moment=moment)
            row = {**vars(record), "trail": 0, "answer": json.dumps(record.answer)}
            row["statistics"] = json.dumps(record.statistics)
            yield tuple(row[name] for name in names)

    connection = sqlite3.connect(database)
    connection.executemany(asked, values())
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("VACUUM")
    connection.close()


def peak_mb() -> float:
    """Most memory that this process has had; `ru_maxrss` would also say what the one had that started it."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def _read(database: str) -> dict[str, float]:
    from assay.monitoring.bounds import WindowBounds
    from assay.monitoring.profile import Profile, ProfileAbout
    from assay.monitoring.read_window import read_window
    from assay.postprocess.projection import Projection

    rng = np.random.default_rng(0)
    projection = Projection.of(rng.normal(size=(200, 64)), most=COMPONENTS)
    about = ProfileAbout(CLASSES, STATISTICS, "onnx", "", {}, bundle="b" * 64)
    none = {"labels": np.int16, "predicted": np.int16, "rejected": np.bool_, "domain": np.int8, "block": np.int32}
    profile = Profile(
        about,
        np.zeros(0, dtype=np.str_),
        np.zeros((0, len(STATISTICS)), np.float32),
        np.zeros(0, np.float32),
        probabilities=np.zeros((0, len(CLASSES)), np.float32),
        projection=projection,
        **{name: np.zeros(0, kind) for name, kind in none.items()},
    )
    with ServiceStore(f"sqlite:///{database}") as store, store.reading() as connection:
        before = peak_mb()
        started, busy = time.perf_counter(), time.process_time()
        window = read_window(connection, WindowBounds(window="all", end="2030-01-01"), profile)
        seconds, processor = time.perf_counter() - started, time.process_time() - busy
    arrays = [value for value in vars(window).values() if isinstance(value, np.ndarray)]
    assert window.components is not None
    return {
        "seconds": seconds,
        "processor_seconds": processor,
        "before_mb": before,
        "peak_mb": peak_mb(),
        "arrays_mb": sum(array.nbytes for array in arrays) / 1e6,
        "rows": len(window),
    }


if __name__ == "__main__":
    main()
