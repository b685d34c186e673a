"""An hour at 70 % of what the service can do: does its memory grow, and what becomes of its descriptors?

    python experiments/serving/hour.py [--minutes 60] [--quick] [--folder DIR]

The answer cache is filled first, with small pictures: until it is full, memory has to grow. Then pictures of 140 kB are
due at a constant rate, each in other bytes, and the memory of the service and what it started, as far as no file stands
behind it, is looked at every ten seconds; its slope is that of a line through the second half. Descriptors are those of
the service's own process before the load, and once the last client has gone: connections of clients are some of them.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from bundles import make_bundles, make_pictures
from load import Target, closed, opened, quantile, rate_of
from PIL import Image
from services import assay_served
from usage import descriptors, own_memory_bytes

SHARE, EVERY, MANY = 0.7, 10.0, 32
MOST_PER_TEN_MINUTES = 1_000_000
"""Bytes by which the memory may grow."""
FULL = 10_500
"""Pictures after which the answer cache is full."""
PAUSE = 5.0
"""Seconds in which the connections of before are closed."""
SPARE, PATIENCE = 2, 60.0
"""Descriptors that there may be more of afterwards, and seconds until connections have been closed."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--quick", action="store_true", help="half a minute; its slope says nothing")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    seconds, every = (30.0, 2.0) if asked.quick else (60 * asked.minutes, EVERY)
    bundles, pictures = make_bundles(asked.folder), make_pictures()
    samples: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, assay_served(bundles.onnx, Path(folder)) as server:
        target, ended, pid = Target.of(server, pictures["140 kB"]), threading.Event(), server.process.pid
        if not asked.quick:
            closed(Target.of(server, small()), MANY, requests=FULL)
        rate = SHARE * rate_of(closed(target, MANY, requests=5 * MANY))
        time.sleep(PAUSE)
        before = descriptors(pid)
        print(f"{rate:.1f} pictures a second for {seconds / 60:g} minutes", flush=True)
        begun = time.monotonic()

        def watch() -> None:
            while not ended.wait(every):
                samples.append((time.monotonic() - begun, own_memory_bytes(pid)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        replies = opened(target, rate, seconds)
        ended.set()
        watcher.join()
        after = settled(pid, before + SPARE)
    with (asked.folder / "hour.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("seconds", "memory_bytes"), *samples])
    statuses = Counter(reply.status for reply in replies)
    print(f"statuses {dict(statuses)}; p50 {quantile(replies, 0.5):.0f} ms, p99 {quantile(replies, 0.99):.0f} ms")
    growth = growth_of(samples)
    good = {
        f"memory {samples[-1][1] / 1e6:.1f} MB, {growth / 1e6:+.2f} MB in ten minutes": growth < MOST_PER_TEN_MINUTES,
        f"descriptors {before} before, {after} after": after <= before + SPARE,
        "every picture was answered": set(statuses) == {200},
    }
    for name, is_so in good.items():
        print(f"{name}: {'held' if is_so else 'NOT HELD'}")
    return 0 if asked.quick or all(good.values()) else 1


def small() -> bytes:
    """A JPEG of 32 × 32 pixels."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def settled(pid: int, most: int) -> int:
    """Descriptors of a process whose clients have gone, once they are no more than this or it takes too long."""
    until, count = time.monotonic() + PATIENCE, descriptors(pid)
    while count > most and time.monotonic() < until:
        time.sleep(1)
        count = descriptors(pid)
    return count


def growth_of(samples: Sequence[tuple[float, int]]) -> float:
    """Bytes in ten minutes, by a line through the second half of (seconds, bytes)."""
    times, memory = np.array(samples[len(samples) // 2 :], dtype=float).T
    return 600 * float(np.polyfit(times, memory, 1)[0])


if __name__ == "__main__":
    raise SystemExit(main())
