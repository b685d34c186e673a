"""Two promotions at the same moment, twenty times: one has to win, the other has to be told, the history has to hold.

    python experiments/reliability/races.py [--races 20] [--folder DIR]

In each race two processes start `assay promote` for two runs on a copy of the same folder, in which nothing, or one
run, was promoted before; the second starts up to 0.9 s after the first. It held where both ended with 0, 1 or 3 and
without a traceback, one at least with 0, each exit code 0 has its promotion in the history, and `assay history
--verify` finds nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kills import document
from world import GATE, NAME, World

from processes import Command, run

RUNS = ("cnn", "probe")


def race(world: World, state: str, head_start: float) -> tuple[bool, str]:
    folder = world.copied(state, "raced")
    before = _promotions(folder, world.log)
    commands = []
    for name in RUNS:
        words = ["promote", f"run={world.runs[name]}", f"gate={GATE}", f"registry.name={NAME}"]
        commands.append(Command(words, folder, world.root / f"{name}.txt"))
        time.sleep(head_start if name == RUNS[0] else 0)
    ended = [command.wait(900) for command in commands]
    if any(one is None for one in ended):
        return False, "one never ended"
    codes = [one.code for one in ended if one is not None]
    text = "\n".join(one.text for one in ended if one is not None)
    after = _promotions(folder, world.log)
    verified = run(["history", f"name={NAME}", "--verify"], folder, world.log).code
    held = (
        all(code in (0, 1, 3) for code in codes)
        and "Traceback" not in text
        and len(after) - len(before) == codes.count(0)
        and codes.count(0) >= 1
        and verified == 0
    )
    return held, f"exit codes {codes}, promotions {len(before)} to {len(after)}, verify {verified}"


def _promotions(folder: Path, log: Path) -> list[Any]:
    entries = document(["history", f"name={NAME}"], folder, log).get("entries", [])
    return [entry for entry in entries if entry["kind"] == "promotion"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="a temporary one without it")
    asked = parser.parse_args(arguments)
    held = 0
    with tempfile.TemporaryDirectory(dir=asked.folder) as work:
        world = World(Path(work))
        for number in range(asked.races):
            state, head_start = ("trained", "promoted")[number % 2], number // 2 / 10
            good, said = race(world, state, head_start)
            held += good
            print(f"race {number + 1}: {state}, head start {head_start:.1f} s: {said}", flush=True)
            if not good:
                for name in RUNS:
                    print((world.root / f"{name}.txt").read_text()[-1500:], file=sys.stderr)
    print(f"{held} of {asked.races} races held")
    return 0 if held == asked.races else 1


if __name__ == "__main__":
    raise SystemExit(main())
