"""`assay embed` by two workers of Ray and of joblib: how fast, and what is lost or done twice when one is killed?

python experiments/embed_shards/run.py [--images 8000] [--rounds 3] [--folder FOLDER]

Draws pictures of 64 pixels, embeds them by EfficientNet-Lite0 in one process, then by two workers of each launcher in
turn, and again with a worker, the command and the head of Ray killed. Prints the tables of the README.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from safetensors.numpy import load_file

PROGRAM = [sys.executable, "-c", "from assay.cli import main; main()", "embed"]
TWO = ("workers=2", "shards=48")
WORKERS = {"one process": (), "joblib": ("launcher=joblib", *TWO), "ray": ("launcher=ray", *TWO)}


@dataclass(frozen=True)
class World:
    """Pictures, a cache in which everything but embeddings is kept, and a folder for the caches of the trials."""

    photos: Path
    warm: Path
    trials: Path

    def cache(self, name: str) -> Path:
        """A new cache without embeddings."""
        own = self.trials / name
        shutil.copytree(self.warm, own, ignore=shutil.ignore_patterns("embeddings"))
        return own

    def words(self, cache: Path) -> list[str]:
        """What is typed in every trial."""
        data = ["data=folder", f"data.root={self.photos}", "data.image_size=64", "data.copies=bytes"]
        return [*PROGRAM, *data, "model=efficientnet_lite0", f"cache={cache}"]

    def begin(self, cache: Path, *more: str) -> subprocess.Popen[str]:
        """A command, in a group of its own."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen([*self.words(cache), *more], start_new_session=True, **pipes)  # type: ignore[call-overload, no-any-return]


def draw(folder: Path, count: int) -> None:
    """Noisy pictures of 64 pixels in two classes."""
    rng = np.random.default_rng(0)
    for index in range(count):
        own = folder / ("even", "odd")[index % 2]
        own.mkdir(parents=True, exist_ok=True)
        tint = rng.integers(0, 256, 3)
        pixels = np.clip(tint + rng.normal(0, 40, (64, 64, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(own / f"{index:06}.jpg", quality=90)


def finished(process: subprocess.Popen[str]) -> None:
    """Wait for a command that has to succeed."""
    said = process.communicate()[0]
    if process.returncode:
        raise SystemExit(said)


def stored(cache: Path) -> tuple[int, int, bytes]:
    """Vectors in the files, distinct images, and the bytes of the vectors in the order of the images' ids."""
    rows = []
    for path in cache.glob("embeddings/*/*.safetensors"):
        shard = load_file(path)
        ids, vectors = (shard[name] for name in ("ids", "vectors"))
        rows += [(image.tobytes(), vector.tobytes()) for image, vector in zip(ids, vectors, strict=True)]
    return len(rows), len({image for image, _ in rows}), b"".join(vector for _, vector in sorted(set(rows)))


def embedding_seconds(cache: Path) -> float:
    """From the first file of vectors to the last: without what a launcher and the imports take to start."""
    times = [path.stat().st_mtime for path in cache.glob("embeddings/*/*.safetensors")]
    if len(times) < 2:
        raise SystemExit("too few images for a rate; give more by --images")
    return max(times) - min(times)


def speed(world: World, images: int, rounds: int) -> None:
    """Whole commands in turn, and the rate between the first stored shard and the last."""
    whole: dict[str, list[float]] = {name: [] for name in WORKERS}
    rates: dict[str, list[float]] = {name: [] for name in WORKERS}
    for turn in range(rounds):
        for name, words in WORKERS.items():
            cache = world.cache(f"{name} {turn}".replace(" ", "_"))
            start = time.monotonic()
            finished(world.begin(cache, *words))
            whole[name].append(time.monotonic() - start)
            first = min(cache.glob("embeddings/*/*.safetensors"), key=lambda path: path.stat().st_mtime)
            rates[name].append((images - len(load_file(first)["ids"])) / embedding_seconds(cache))
            if stored(cache) != stored(world.trials / "one_process_0"):
                raise SystemExit(f"{name}: other bytes than one process")
            if (turn, name) != (0, "one process"):
                shutil.rmtree(cache)
    print("| | whole command, s | pictures per second while embedding |\n| --- | --- | --- |")
    for name in WORKERS:
        seconds, rate = statistics.median(whole[name]), statistics.median(rates[name])
        print(f"| {name if name == 'one process' else f'two workers, {name}'} | {seconds:.1f} | {rate:.0f} |")
    ratio = statistics.median(rates["ray"]) / statistics.median(rates["joblib"])
    time_ratio = statistics.median(whole["joblib"]) / statistics.median(whole["ray"])
    print(f"\nRay beside joblib: {ratio:.2f} while embedding, {time_ratio:.2f} of the whole command", flush=True)


def claimant(cache: Path, process: subprocess.Popen[str]) -> int:
    """A process that is in the middle of a part, once something is stored."""
    while process.poll() is None:
        if list(cache.glob("embeddings/*/*.safetensors")):
            for claim in cache.glob("embeddings/*/claims/[!.]*"):
                try:
                    signed = re.match(r"process (\d+) ", claim.read_text())
                except FileNotFoundError:
                    continue
                if signed:
                    return int(signed[1])
        time.sleep(0.01)
    raise SystemExit(process.communicate()[0])


def worker(cache: Path, process: subprocess.Popen[str]) -> None:
    """Kill a worker."""
    os.kill(claimant(cache, process), signal.SIGKILL)


def command(cache: Path, process: subprocess.Popen[str]) -> None:
    """Kill the command."""
    claimant(cache, process)
    process.kill()


def head(cache: Path, process: subprocess.Popen[str]) -> None:
    """Kill what holds a cluster of Ray together, and what starts tasks on this machine."""
    claimant(cache, process)
    for child in psutil.Process(process.pid).children(recursive=True):
        if child.name() in ("gcs_server", "raylet"):
            child.kill()


KILLS: tuple[tuple[str, str, Callable[[Path, subprocess.Popen[str]], None]], ...] = (
    ("joblib", "a worker", worker),
    ("joblib", "the command", command),
    ("ray", "a worker", worker),
    ("ray", "the command", command),
    ("ray", "the head", head),
)


def kills(world: World, images: int) -> None:
    """One kill each, and where the command did not end by itself in full, the same command again."""
    print("\n| launcher | killed | stored when it had ended | calls | stored at the end | embedded twice | bytes |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    expected = stored(world.trials / "one_process_0")[2]
    for launcher, name, kill in KILLS:
        cache = world.cache(f"{launcher}_{name.split()[-1]}")
        process = world.begin(cache, *WORKERS[launcher])
        kill(cache, process)
        process.communicate()
        after, calls = settled(cache), 1
        if after < images:
            finished(world.begin(cache, *WORKERS[launcher]))
            calls = 2
        rows, distinct, found = stored(cache)
        same = "those of one process" if found == expected else "OTHERS"
        print(f"| {launcher} | {name} | {after} | {calls} | {distinct} | {rows - distinct} | {same} |", flush=True)
        shutil.rmtree(cache)


def settled(cache: Path) -> int:
    """Vectors in the store once no process of a killed command adds to it."""
    while True:
        before = stored(cache)[0]
        time.sleep(20)
        if stored(cache)[0] == before:
            return before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=8_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="empty; one that is removed afterwards without it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as own:
        base = asked.folder or Path(own)
        world = World(base / "photos", base / "warm", base / "trials")
        draw(world.photos, asked.images)
        finished(world.begin(world.warm))
        speed(world, asked.images, asked.rounds)
        kills(world, asked.images)


if __name__ == "__main__":
    main()
