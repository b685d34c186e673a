"""A manifest of a million rows: what loading, dividing and the tables of an audit take, and the memory that it needs.

The rows are drawn, no picture is read: ten classes of unequal sizes, groups of one to four, a copy in a hundred, a
quality flag in fifty. Each step runs in a process of its own, so that its peak memory is its own; processor time stands
beside the clock, because on a shared machine it is the steadier of the two.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from assay.audit.tables import audit_tables
from assay.data.manifest import Manifest
from assay.data.quality import MEASURED
from assay.data.splits import assign_splits

ASKED = {"load": 5, "split": 30, "audit tables": 60}
MEMORY = 4
"""GB that every step may take."""


def drawn(rows: int) -> Manifest:
    """A manifest whose splits are still open."""
    rng = np.random.default_rng(0)
    numbers = np.arange(rows)
    numbers[rows - rows // 100 :] = rng.integers(0, rows - rows // 100, rows // 100)  # the last ones are copies
    groups = np.cumsum(rng.random(rows) < 0.6)[numbers]
    share = np.geomspace(1, 0.02, 10)
    labels = rng.choice(10, size=rows, p=share / share.sum())[groups]
    hashes = rng.integers(0, 2**63, rows, dtype=np.uint64)[numbers]
    hexes = [f"{number:064x}" for number in range(rows)]
    table = pd.DataFrame(
        {
            "id": hexes,
            "path": [f"/pictures/{number // 1000:04}/{number:07}.jpg" for number in range(rows)],
            "label": labels,
            "split": "",
            "group": [f"object-{group}" for group in groups],
            "source": rng.choice(["wikimedia", "openverse", "camera"], rows),
            "ood_set": "",
            "generator": "",
            "license": rng.choice(["CC0-1.0", "CC-BY-4.0"], rows),
            "width": rng.integers(200, 4000, rows),
            "height": rng.integers(200, 4000, rows),
            "format": "JPEG",
            "phash": hashes,
            "flags": np.where(rng.random(rows) < 0.02, "blurred", ""),
            **{name: rng.random(rows) for name in MEASURED},
        }
    )
    return Manifest(table, tuple(f"class {number}" for number in range(10)))


def make(folder: Path, rows: int) -> None:
    """Both files that the steps read."""
    manifest = drawn(rows)
    manifest.save(folder / "open.parquet")
    manifest.table["split"] = np.random.default_rng(1).choice(["train", "val", "calib", "test"], rows)
    manifest.save(folder / "divided.parquet")


def timed(step: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - clock, time.process_time() - processor


def run(name: str, folder: Path, said: multiprocessing.Queue) -> None:
    """One step; puts its seconds and the gigabytes at its peak."""
    if name == "make":
        said.put((*timed(lambda: make(folder, int((folder / "rows").read_text()))), 0.0))
        return
    if name == "load":
        seconds = timed(lambda: Manifest.load(folder / "divided.parquet"))
    elif name == "split":
        manifest = Manifest.load(folder / "open.parquet")
        seconds = timed(lambda: assign_splits(manifest))
    else:
        manifest = Manifest.load(folder / "divided.parquet")
        seconds = timed(lambda: audit_tables(manifest))
    said.put((*seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6))


def main() -> None:
    """Measure each step and print it beside what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    fresh = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        (folder / "rows").write_text(str(asked.rows))
        for name in ("make", *ASKED):
            said = fresh.Queue()
            process = fresh.Process(target=run, args=(name, folder, said))
            process.start()
            clock, processor, memory = said.get()
            process.join()
            if name in ASKED:
                print(
                    f"{name:13} {clock:6.1f} s by the clock, {processor:6.1f} s of the processor, {memory:4.1f} GB "
                    f"(asked for: {ASKED[name]} s, {MEMORY} GB)",
                    flush=True,
                )


if __name__ == "__main__":
    main()
