"""What a whole training on 70,000 small images takes of memory and of the disk: Fashion-MNIST, a frozen backbone.

python experiments/benchmarks/many_images.py --data FOLDER   # with *-ubyte.gz, as dataset-fashion-mnist has them

Every part of a default run is in it: the search for copies is by bytes (that by look grows with the square of the
number, see experiments/copies), all else as it comes. Peaks are of the training's own process and of the largest of its
workers, as the system counts resident memory.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

DEBIAN = "/usr/share/datasets/fashion-mnist"
WORDS = ["data=torchvision", "data.name=FashionMNIST", "data.image_size=32", "data.copies=bytes"]


def unpacked(source: Path, folder: Path) -> Path:
    """The files where torchvision looks for them."""
    raw = folder / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in sorted(source.glob("*-ubyte.gz")):
        with gzip.open(packed) as opened, (raw / packed.stem).open("wb") as written:
            shutil.copyfileobj(opened, written)
    return folder


def size(folder: Path) -> float:
    """Gigabytes on the disk; a file that is linked twice counts once."""
    seen = {(stat.st_dev, stat.st_ino): stat.st_blocks for stat in (path.stat() for path in folder.rglob("*"))}
    return sum(seen.values()) * 512 / 1e9


def peak(process: int) -> float:
    """Gigabytes that a process has taken at most so far; 0 where it is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    except OSError:
        return 0.0
    return int(found[1]) / 1e6 if found else 0.0


def children(process: int) -> list[int]:
    """Processes that this one has started and that are there still."""
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def main() -> None:
    """Train once, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(DEBIAN))
    parser.add_argument("--epochs", type=int, default=3)
    asked = parser.parse_args()
    if not list(asked.data.glob("*-ubyte.gz")):
        print(f"{asked.data}: no *-ubyte.gz; Debian's dataset-fashion-mnist brings them, --data names another folder")
        return
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        pictures = unpacked(asked.data, place / "pictures")
        environment = {**os.environ, "ASSAY_CACHE": f"{place}/cache"}
        words = [*WORDS, f"data.root={pictures}", f"finetune.epochs={asked.epochs}"]
        began = time.monotonic()
        training = subprocess.Popen([sys.executable, "-m", "assay", "train", *words], cwd=place, env=environment)
        own, workers = [0.0], [0.0]

        def watch() -> None:
            while training.poll() is None:
                own[0] = max(own[0], peak(training.pid))
                workers[0] = max([workers[0], *map(peak, children(training.pid))])
                time.sleep(0.2)

        watcher = threading.Thread(target=watch)
        watcher.start()
        if training.wait():
            raise SystemExit("the training failed")
        watcher.join()
        print("| minutes | peak of the training, GB | of its largest worker, GB | runs, GB | cache, GB |")
        print("| --- | --- | --- | --- | --- |")
        print(
            f"| {(time.monotonic() - began) / 60:.1f} | {own[0]:.2f} | {workers[0]:.2f} "
            f"| {size(place / 'mlruns'):.2f} | {size(place / 'cache'):.2f} |"
        )


if __name__ == "__main__":
    main()
