"""An hour at 70 % of what the service can do: memory and descriptors every ten seconds.

    python experiments/serving/hour.py [--minutes 60] [--quick] [--folder DIR]

Pictures are due at a constant rate, each in other bytes, so the answer cache fills to its end. The slope of the memory
(proportional set size of the service and what it started) is that of a line through the second half of the samples,
when caches have filled as far as the time allows; descriptors are those of the service's own process.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from bundles import make_bundles, make_pictures
from load import Target, closed, opened, quantile, rate_of
from services import assay_served
from usage import descriptors, memory_bytes

SHARE, EVERY, MANY = 0.7, 10.0, 32
MOST_PER_TEN_MINUTES = 1_000_000
"""Bytes by which the memory may grow."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true", help="half a minute; its slope says nothing")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    seconds, every = (30.0, 2.0) if asked.quick else (60 * asked.minutes, EVERY)
    bundles, picture = make_bundles(asked.folder), make_pictures()["140 kB"]
    samples: list[tuple[float, int, int]] = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, assay_served(bundles.onnx, Path(folder)) as server:
        target, ended = Target.of(server, picture), threading.Event()
        rate = SHARE * rate_of(closed(target, MANY, requests=5 * MANY))
        print(f"{rate:.1f} pictures a second for {seconds / 60:g} minutes", flush=True)
        begun = time.monotonic()

        def watch() -> None:
            while not ended.wait(every):
                pid = server.process.pid
                samples.append((time.monotonic() - begun, memory_bytes(pid), descriptors(pid)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        replies = opened(target, rate, seconds)
        ended.set()
        watcher.join()
    with (asked.folder / "hour.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("seconds", "memory_bytes", "descriptors"), *samples])
    times, memory, opened_files = (np.array(column, dtype=float) for column in zip(*samples, strict=True))
    half = len(times) // 2
    growth = 600 * float(np.polyfit(times[half:], memory[half:], 1)[0])
    statuses = Counter(reply.status for reply in replies)
    print(f"statuses {dict(statuses)}; p50 {quantile(replies, 0.5):.0f} ms, p99 {quantile(replies, 0.99):.0f} ms")
    print(f"memory {memory[0] / 1e6:.1f} MB, then {memory[-1] / 1e6:.1f} MB; {growth / 1e6:+.2f} MB in ten minutes")
    few, most = int(opened_files[half:].min()), int(opened_files[half:].max())
    print(f"descriptors {few} to {most}; {asked.folder / 'hour.csv'}")
    return 0 if asked.quick or (growth < MOST_PER_TEN_MINUTES and set(statuses) == {200}) else 1


if __name__ == "__main__":
    raise SystemExit(main())
