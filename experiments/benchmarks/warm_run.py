"""`python train.py` on a warm cache against `import torch, mlflow`, in turns: what a person waits for beyond imports.

Every run is the default command in the same folder, so cache and tracking store are there already; the first, untimed
one fills them. With them lies what its predictions gave, so that the timed runs train and predict, and neither fit nor
measure again; nor do they time their answers, unless the machine was busy or another hour has begun. `--seeds` gives
each run another seed, whose predictions nobody has measured.
Processor time (user and system, of the process and its children) stands beside the clock, because on a shared machine
it is the steadier of the two.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRAIN = Path(__file__).parents[2] / "train.py"


def seconds(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of a command by the clock and of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return ended - started, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure both in turns and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", action="store_true", help="another seed for each run")
    parser.add_argument("--cache", type=Path, help="filled before; none makes one")
    asked = parser.parse_args()
    imports = [sys.executable, "-c", "import torch, mlflow"]
    with tempfile.TemporaryDirectory() as root:
        folder, cache = Path(root), asked.cache or Path(root) / "cache"
        environment = {**os.environ, "ASSAY_CACHE": str(cache.absolute())}
        command = [sys.executable, str(TRAIN)]
        seconds(command, folder, environment)
        seconds(imports, folder, environment)
        pairs = [
            (
                seconds([*command, *([f"seed={repeat + 1}"] if asked.seeds else [])], folder, environment),
                seconds(imports, folder, environment),
            )
            for repeat in range(asked.repeats)
        ]
    for kind, name in enumerate(("clock", "processor")):
        runs, alone = ([pair[side][kind] for pair in pairs] for side in (0, 1))
        ratios = [run / rest for run, rest in zip(runs, alone, strict=True)]
        print(
            f"{name:10} run {statistics.median(runs):6.1f} s   imports {statistics.median(alone):5.1f} s   "
            f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    print("asked for: 2.5 by the clock on an idle machine")


if __name__ == "__main__":
    main()
