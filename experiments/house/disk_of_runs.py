"""Train linear probes that only their seeds tell apart, and say what they take on disk, at one commit or at two.

    python experiments/house/disk_of_runs.py                      # the working tree
    python experiments/house/disk_of_runs.py --against 3cf6216    # and the same command at a commit, with the ratio

A file with several names counts once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from assay.disk import disk_use

REPOSITORY = Path(__file__).parents[2]
COMMON = ["data=folder", "data.root=photos", "finetune=head_only", "finetune.epochs=2", "trainer.workers=0"]
COMMON += ["evaluation=quick", "trainer.accelerator=cpu"]


def photos(folder: Path, images: int) -> None:
    """Two classes of noise in two colours."""
    rng = np.random.default_rng(0)
    for name, colour in (("red", 0), ("blue", 2)):
        (folder / name).mkdir(parents=True)
        for number in range(images // 2):
            pixels = rng.integers(0, 96, (64, 64, 3), dtype=np.uint8)
            pixels[..., colour] += 128
            Image.fromarray(pixels).save(folder / name / f"{number:03}.png")


def bytes_of_runs(tree: Path, work: Path, images: int, runs: int) -> int:
    """What the folder of all runs takes after training them with the code of a tree."""
    photos(work / "photos", images)
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "ASSAY_CACHE": str(work / "cache")}
    for seed in range(runs):
        command = [sys.executable, str(tree / "train.py"), *COMMON, f"seed={seed}"]
        subprocess.run(command, cwd=work, env=environment, check=True, stdout=subprocess.DEVNULL)
    return disk_use(work / "mlruns").size


def main() -> None:
    """Train, and print megabytes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--against", metavar="COMMIT", help="the same at this commit")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        now = bytes_of_runs(REPOSITORY, root / "now", given.images, given.runs)
        print(f"{given.runs} runs on {given.images} images: {now / 1e6:.1f} MB")
        if not given.against:
            return
        tree = root / "tree"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, given.against], cwd=REPOSITORY, check=True)
        try:
            then = bytes_of_runs(tree, root / "then", given.images, given.runs)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=REPOSITORY, check=True)
        print(f"at {given.against}: {then / 1e6:.1f} MB; now {now / then:.2f} of it")


if __name__ == "__main__":
    main()
