"""What an audit of a large dataset takes: cold, warm, killed again and again; neighbours and hashes by themselves.

python experiments/audit_scale/run.py [--quick] [--parts hashes,neighbours,unstructured,pictures,kills] [--folder DIR]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pictures
from numpy.typing import NDArray

HERE = Path(__file__).parent
PARTS = ("hashes", "neighbours", "unstructured", "pictures", "kills")
COMPARED = ("findings.json", "decisions.csv", "audit.csv", "manifest.parquet")
LONGEST = 6 * 3600


def hashes(count: int) -> dict[str, Any]:
    """Pairs within three bits among random hashes, a tenth of which are others with up to three bits changed.

    Recall is held against what was planted, and against comparing a sample with all others.
    """
    from assay.data.copies.hash_pairs import hash_pairs

    rng = np.random.default_rng(0)
    values = rng.integers(0, 2**64, count, dtype=np.uint64)
    copied = count // 10
    flips = rng.integers(0, 64, (copied, 3)).astype(np.uint64)
    changed = np.bitwise_xor.reduce(np.uint64(1) << flips, axis=1)
    values[-copied:] = values[:copied] ^ changed
    timed = _Timed()
    first, second = hash_pairs(values)
    took = timed.took()
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    planted = set(zip(range(copied), range(count - copied, count), strict=True))
    sample = rng.choice(count, min(count, 1000), replace=False).tolist()
    wanted = met = 0
    for row in sample:
        near = np.flatnonzero(np.bitwise_count(values ^ values[row]) <= 3)
        others = {(min(row, other), max(row, other)) for other in near.tolist() if other != row}
        wanted, met = wanted + len(others), met + len(others & pairs)
    return {
        "hashes": count,
        "pairs": len(pairs),
        **took,
        "recall of what was planted": len(planted & pairs) / len(planted),
        "recall against all pairs of a sample": met / wanted,
        "pairs of the sample": wanted,
    }


def neighbours(kind: str, count: int, dimensions: int = 1280) -> dict[str, Any]:
    """Exact neighbours among embeddings of a hundred classes, or among directions without any structure."""
    from assay.audit.finders.neighbours import neighbourhoods

    vectors, labels = _embeddings(kind, count, dimensions)
    copied = count // 100
    vectors[-copied:] = vectors[:copied] + 0.02 * vectors[:copied].std() * _normal(copied, dimensions, 7)
    labels[-copied:] = labels[:copied]
    timed = _Timed()
    near = neighbourhoods(vectors, labels)
    took = timed.took()
    clusters = set() if near is None else {tuple(cluster.tolist()) for cluster in near.clusters}
    planted = {(row, count - copied + row) for row in range(copied)}
    return {
        "embeddings": count,
        "dimensions": dimensions,
        "of": kind,
        **took,
        "planted pairs found": len(planted & clusters) / copied,
        "other clusters": len(clusters - planted),
    }


def _embeddings(kind: str, count: int, dimensions: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Unrelated directions, or such whose spread falls from one to the next, around the centres of classes."""
    labels = np.arange(count) % 100
    if kind != "classes":
        return _normal(count, dimensions, 1), labels
    spread = (1 / np.sqrt(1 + np.arange(dimensions))).astype(np.float32)
    centres = _normal(100, dimensions, 2) * spread
    vectors = _normal(count, dimensions, 3)
    vectors *= spread
    vectors += 0.5 * centres[labels]
    return vectors, labels


def _normal(count: int, dimensions: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng([17, seed]).standard_normal((count, dimensions), dtype=np.float32)


def cold_and_warm(folder: Path, work: Path) -> dict[str, Any]:
    """The audit twice, with its cache empty and with what it kept."""
    rows = {name: _audited(folder, work, work / name) for name in ("cold", "warm")}
    same = all((work / "cold" / name).read_bytes() == (work / "warm" / name).read_bytes() for name in COMPARED)
    return {**rows, "the same bytes": same, "findings": _findings(work / "cold")}


def killed(folder: Path, work: Path, every: int) -> dict[str, Any]:
    """The audit, killed whenever it has computed for so many seconds, held against one that nobody killed.

    Seconds of the processor, which are the same ones beside other work: a process that uses two cores has had them
    after half a minute.
    """
    kills, seconds = 0, 0.0
    while (row := _audited(folder, work, work / "killed", after=every))["killed"]:
        kills, seconds = kills + 1, seconds + row["seconds"]
        print(f"killed {kills} times", flush=True)
        if seconds > LONGEST:
            return {"kills": kills, "ended": False}
    whole = _audited(folder, work / "other", work / "whole")
    same = {name: _digest(work / "killed" / name) == _digest(work / "whole" / name) for name in COMPARED}
    return {"killed every cpu seconds": every, "kills": kills, "ended": True, "the same bytes": same, "whole": whole}


def _audited(folder: Path, work: Path, output: Path, after: int | None = None) -> dict[str, Any]:
    """One audit, which the system kills (signal 9) after so many seconds of the processor."""
    work.mkdir(parents=True, exist_ok=True)
    words = ["audit", "data=folder", f"data.root={folder}", f"cache={work / 'cache'}", f"output={output}"]
    command = [sys.executable, "-c", "from assay.cli import main; main()", *words, "format=json"]
    before, start, load = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), os.getloadavg()[0]
    with (work / "output.txt").open("w") as written, (work / "progress.txt").open("a") as progress:
        limit = None if after is None else partial(resource.setrlimit, resource.RLIMIT_CPU, (after, after))
        done = subprocess.run(command, cwd=work, stdout=written, stderr=progress, preexec_fn=limit, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, -signal.SIGKILL):
        raise SystemExit(f"the audit failed: {(work / 'progress.txt').read_text('utf-8')[-2000:]}")
    return {
        "seconds": round(time.monotonic() - start, 1),
        "cpu seconds": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak GB": round(used.ru_maxrss / 1e6, 2),
        "load before": round(load, 1),
        "killed": done.returncode == -signal.SIGKILL,
    }


def _findings(output: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in json.loads((output / "findings.json").read_text("utf-8"))["findings"]:
        counts[finding["kind"]] = counts.get(finding["kind"], 0) + 1
    return counts


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class _Timed:
    def __init__(self) -> None:
        self._wall, self._cpu, self._load = time.monotonic(), time.process_time(), os.getloadavg()[0]

    def took(self) -> dict[str, float]:
        return {
            "seconds": round(time.monotonic() - self._wall, 1),
            "cpu seconds": round(time.process_time() - self._cpu, 1),
            "peak GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
            "load before": round(self._load, 1),
        }


def main() -> None:
    """Run the parts that are asked for, and add what came out to the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fiftieth of everything")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--folder", type=Path, help="where pictures are kept; a temporary one without")
    parser.add_argument("--every", type=int, help="seconds of the processor between kills; 60, or 20 with --quick")
    arguments = parser.parse_args()
    divisor = 50 if arguments.quick else 1
    kept = HERE / ("quick.json" if arguments.quick else "results.json")
    results = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        count = 100_000 // divisor
        for part in arguments.parts.split(","):
            if part in ("pictures", "kills"):
                folder = pictures.make((arguments.folder or work) / f"pictures{count}", count)
            if part == "hashes":
                made: Any = hashes(1_000_000 // divisor)
            elif part in ("neighbours", "unstructured"):
                made = neighbours("classes" if part == "neighbours" else "no structure", count)
            elif part == "pictures":
                made = {"pictures": count, **cold_and_warm(folder, work / part)}
            else:
                every = arguments.every or (20 if arguments.quick else 60)
                made = {"pictures": count, **killed(folder, work / part, every)}
            results[part] = made
            print(part, json.dumps(made, indent=1), flush=True)
            kept.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
