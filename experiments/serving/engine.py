"""What a picture costs in the engine alone: several through the graph at once, threads that compute, threads that ask.

    python experiments/serving/engine.py [--folder DIR] [--rounds N]

Variants take turns; printed are medians over the rounds, milliseconds a picture by the clock and of the processor.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bundles import make_bundles, make_pictures

from assay.data.image import decode_image
from assay.deploy.bundle.bundle import Bundle

TOGETHER, THREADS, ASKERS, EACH = (1, 2, 4, 8), (1, 2), (1, 2), 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args(arguments)
    bundle = Bundle.open(make_bundles(asked.folder).onnx, cache_dir=asked.folder / "cache")
    image = decode_image(make_pictures()["140 kB"], "the picture")
    answerers = {threads: bundle.answerer(threads=threads) for threads in THREADS}

    def at_once(threads: int, count: int) -> Callable[[], int]:
        return lambda: len(answerers[threads].raw_predictions([image] * count))

    def by_askers(threads: int, askers: int, count: int) -> Callable[[], int]:
        def ask() -> int:
            work = [
                threading.Thread(
                    target=lambda: [answerers[threads].answers([image] * count) for _ in range(EACH // count)]
                )
                for _ in range(askers)
            ]
            for thread in work:
                thread.start()
            for thread in work:
                thread.join()
            return EACH * askers

        return ask

    variants = {
        f"{count} at once, {threads} threads": at_once(threads, count) for threads in THREADS for count in TOGETHER
    }
    variants |= {
        f"{askers} ask for {count}, {threads} threads": by_askers(threads, askers, count)
        for threads in THREADS
        for askers in ASKERS
        for count in (1, EACH)
    }
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    for number in range(asked.rounds + 1):
        for name, work in variants.items():
            begun, used = time.perf_counter(), time.process_time()
            pictures = work()
            if number:  # the first one warms up
                took = time.perf_counter() - begun, time.process_time() - used
                measured[name].append((1000 * took[0] / pictures, 1000 * took[1] / pictures))
    for name, values in measured.items():
        clock, processor = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"{name:24} {clock:7.1f} ms by the clock {processor:7.1f} ms of the processor")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
