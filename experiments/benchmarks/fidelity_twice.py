"""How much faster `assay fidelity` answers when it is asked the same again, each time as a process of its own.

python experiments/benchmarks/fidelity_twice.py [--images 400] [--size 64]

`--images` made-up real pictures in two classes and as many generated ones; fails below 10 times.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

LIMIT = 10.0


def write_pictures(folder: Path, count: int, seed: int) -> None:
    """Smooth noise of 128 pixels, in two class folders."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        place = folder / ("one", "other")[index % 2] / f"{index:05}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        small = rng.integers(20, 235, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(small).resize((128, 128), Image.Resampling.BICUBIC).save(place)


def main() -> int:
    """Call twice and print one JSON object; 1 when the second is not fast enough."""
    parser = argparse.ArgumentParser()
    for name, default in (("images", 400), ("size", 64)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        for name, seed in (("real", 0), ("generated", 1)):
            write_pictures(root / name, asked.images, seed)
        words = [
            "fidelity", "data=folder", f"data.root={root / 'real'}", f"data.image_size={asked.size}",
            f"synthetic={root / 'generated'}", f"cache={root / 'cache'}",
        ]  # fmt: skip
        command = [sys.executable, "-c", "from assay.cli import main; main()", *words]
        walls, processor = [], []
        for _ in range(2):
            before, started = os.times(), time.perf_counter()
            subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            after = os.times()
            walls.append(time.perf_counter() - started)
            processor.append(
                after.children_user - before.children_user + after.children_system - before.children_system
            )
    ratio = walls[0] / walls[1]
    report = {
        "images": asked.images,
        "first_seconds": round(walls[0], 1),
        "second_seconds": round(walls[1], 1),
        "ratio": round(ratio, 1),
        "ratio_processor": round(processor[0] / processor[1], 1),
    }
    print(json.dumps(report, indent=1))
    return 0 if ratio >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
