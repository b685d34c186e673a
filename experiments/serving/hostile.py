"""Hostile clients: each is refused soon, and whoever else asks waits hardly longer.

    python experiments/serving/hostile.py [--rounds 5] [--quick] [--folder DIR]

Rounds without and with an attack take turns, so that whatever else the machine does meets both; the ratio is that of
the medians of one client that asks about good pictures meanwhile. An attack is repeated five times a second. Slow
clients are told so only when their ten seconds are over: what is slow cannot be known before, so of them only the
others' ratio and the status are held.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from attacks import Attack, Reply, claimed, cut_off, endless, many_frames, png_claim, sent, slow_clients, statuses_of
from bundles import make_bundles, make_pictures
from load import Target, closed, quantile
from services import Server, assay_served

EVERY = 0.2
SECONDS_OF_A_ROUND = 5.0
MOST_SECONDS, MOST_TIMES = 0.2, 1.2
TAKEN = {"10,000 frames": {200, 422}, "cut off at every kB": {415, 422, 200}}
"""Attacks -> what they may be answered with, where it is not 4xx: a GIF's first frame is a picture, and one whose last
bytes alone are missing is shown by every viewer."""


@contextmanager
def repeated(attack: Attack, server: Server) -> Iterator[list[Reply]]:
    """An attack five times a second for a block."""
    replies: list[Reply] = []
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(EVERY):
            replies.append(attack(server))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield replies
    finally:
        ended.set()
        thread.join()


def attacks_with(picture: bytes) -> dict[str, Attack]:
    """By what they are."""
    claim, frames, ends = png_claim(), many_frames(), itertools.cycle(cut_off(picture))
    return {
        "10 GB claimed": claimed,
        "a body without an end": endless,
        "60,000 × 60,000 claimed": lambda server: sent(server, claim),
        "10,000 frames": lambda server: sent(server, frames),
        "cut off at every kB": lambda server: sent(server, next(ends)),
    }


def of_others(target: Target, seconds: float) -> float:
    """Median milliseconds of somebody else."""
    replies = closed(target, 1, seconds=seconds)
    if wrong := [reply.status for reply in replies if reply.status != 200]:
        raise SystemExit(f"somebody else was answered with {Counter(wrong)}")
    return quantile(replies, 0.5)


def held(name: str, ratio: float, replies: Sequence[Reply]) -> bool:
    """Print what came of an attack; whether it is as it has to be."""
    statuses = Counter(reply.status for reply in replies)
    seconds = float(np.quantile([reply.seconds for reply in replies], 0.95)) if replies else float("nan")
    allowed = all(status in TAKEN.get(name, ()) or 400 <= status < 500 for status in statuses)
    soon = name in TAKEN or seconds <= MOST_SECONDS
    good = bool(replies) and allowed and soon and ratio <= MOST_TIMES
    said = f"p95 {1000 * seconds:5.0f} ms   others {ratio:.2f} times as long"
    print(f"{name:26} {dict(statuses)!s:24} {said}   {'held' if good else 'NOT HELD'}", flush=True)
    return good


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="with and without each attack")
    parser.add_argument("--quick", action="store_true", help="one round of each")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "assay-serving")
    asked = parser.parse_args(arguments)
    rounds = 1 if asked.quick else asked.rounds
    bundles, picture = make_bundles(asked.folder), make_pictures()["140 kB"]
    good = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder, assay_served(bundles.onnx, Path(folder)) as server:
        target = Target.of(server, picture)
        closed(target, 4, requests=40)  # warm
        for name, attack in attacks_with(picture).items():
            replies: list[Reply] = []

            def round_of(attack: Attack = attack, replies: list[Reply] = replies) -> float:
                with repeated(attack, server) as new:
                    milliseconds = of_others(target, SECONDS_OF_A_ROUND)
                replies += new
                return milliseconds

            good.append(held(name, ratio_of(target, rounds, round_of), replies))
        told: list[int] = []

        def beside_slow_ones() -> float:
            with slow_clients(server) as slow:
                milliseconds = of_others(target, SECONDS_OF_A_ROUND)
                told.extend(statuses_of(slow))
            return milliseconds

        ratio = ratio_of(target, rounds, beside_slow_ones)
        good.append(ratio <= MOST_TIMES and set(told) == {408})
        print(
            f"200 slow clients {Counter(told)}, others {ratio:.2f} times as long: {'held' if good[-1] else 'NOT HELD'}"
        )
    return 0 if all(good) else 1


def ratio_of(target: Target, rounds: int, attacked: Callable[[], float]) -> float:
    """The median over rounds of what others wait beside an attack, against what they wait without, in turns."""
    ratios = []
    for _ in range(rounds):
        before, during, after = of_others(target, SECONDS_OF_A_ROUND), attacked(), of_others(target, SECONDS_OF_A_ROUND)
        ratios.append(2 * during / (before + after))
        time.sleep(EVERY)
    return median(ratios)


if __name__ == "__main__":
    raise SystemExit(main())
