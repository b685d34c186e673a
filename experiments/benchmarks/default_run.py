"""`python train.py` on an empty cache, then twice on a warm one: seconds, and whether a seed gives the same numbers.

The seconds of the evidence are those that the command itself reports: predictions, calibration, metrics with intervals,
out-of-distribution panel, latency, report.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from assay.evaluation.evidence import Evidence
from assay.run.kept_measurement import KEPT

TRAIN = Path(__file__).parents[2] / "train.py"


def run(folder: Path, cache: Path) -> tuple[float, float, dict[str, float]]:
    """Seconds of one training and of its evidence, and its numbers but for latency."""
    folder.mkdir()
    shutil.rmtree(cache / KEPT, ignore_errors=True)  # or the same numbers would be read and not computed
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(TRAIN)],
        cwd=folder,
        env={**os.environ, "ASSAY_CACHE": str(cache)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - started
    (evidence,) = folder.glob("mlruns/work/*/evidence.json")
    flat = Evidence.load(evidence).flat()
    found = re.search(r"evidence ([\d.]+) s", done.stdout)
    assert found is not None
    numbers = {name: value for name, value in flat.items() if not name.startswith("cost/latency")}
    return seconds, float(found[1]), numbers


def main() -> None:
    """Run three times and print a line each."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as root:
        names = ("cold", "warm", "warm again")
        runs = [run(Path(root) / name, Path(root) / "cache") for name in names]
    for name, (seconds, evidence, _), target in zip(names, runs, (240, 25, 25), strict=True):
        print(f"{name:12}{seconds:>8.1f} s (target {target}), of which evidence {evidence:.1f} s (target 15 when warm)")
    numbers = [flat for _, _, flat in runs]
    same = all(flat == numbers[0] for flat in numbers)
    print(f"{len(numbers[0])} numbers in three runs: {'identical' if same else 'NOT identical'}")


if __name__ == "__main__":
    main()
