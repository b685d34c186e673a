"""`assay embed launcher=…` by its real door: workers and commands are killed, the bytes are those of one process."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.config.check import check
from assay.config.compose import compose
from assay.embeddings.store import EmbeddingStore
from assay.embeddings.store_files import CLAIMS
from assay.run.embed import EmbedRequest, embed

pytestmark = pytest.mark.slow

IMAGES = 512
PACKAGES = {"joblib": "joblib", "ray": "ray", "submitit_local": "submitit"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, and a cache in `alone` that one process has filled."""
    world = tmp_path_factory.mktemp("embed")
    rng = np.random.default_rng(0)
    for index in range(IMAGES):
        folder = world / "photos" / "ab"[index % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(folder / f"{index}.png")
    config = compose(words(world, world / "alone"))
    check(config)
    assert embed(EmbedRequest(), config).computed == IMAGES
    return world


@pytest.fixture
def cache(world: Path, tmp_path: Path) -> Path:
    """A cache with everything but embeddings."""
    own = tmp_path / "cache"
    shutil.copytree(world / "alone", own, ignore=shutil.ignore_patterns("embeddings"))
    return own


def words(world: Path, cache: Path) -> list[str]:
    return ["data=folder", f"data.root={world}/photos", "data.image_size=64", "model=baseline_cnn", f"cache={cache}"]


def command(world: Path, cache: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from assay.cli import main; main()", "embed", *words(world, cache), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def said(process: subprocess.Popen[str], code: int = 0) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    return out + err


def claimant(cache: Path, process: subprocess.Popen[str]) -> int:
    """The process that is in the middle of a part just now, as its claim says."""
    while True:
        assert process.poll() is None, process.communicate()
        for claim in cache.glob(f"embeddings/*/{CLAIMS}/[!.]*"):
            try:
                signed = re.match(r"process (\d+) ", claim.read_text())
            except FileNotFoundError:
                continue
            if signed:
                return int(signed[1])
        time.sleep(0.002)


def stored(cache: Path) -> tuple[int, int, bytes]:
    """Images in the files of the store, distinct ones, and the bytes of their vectors in the order of their ids."""
    from safetensors.numpy import load_file

    (folder,) = (stored.folder for stored in EmbeddingStore(cache / "embeddings").contents())
    rows = [
        (image.tobytes(), vector.tobytes())
        for path in folder.glob("*.safetensors")
        for image, vector in zip(*(load_file(path)[name] for name in ("ids", "vectors")), strict=True)
    ]
    return len(rows), len({image for image, _ in rows}), b"".join(vector for _, vector in sorted(set(rows)))


@pytest.mark.parametrize("launcher", ["local", "joblib", "ray"])
def test_a_killed_worker_costs_nothing_but_its_part_and_the_bytes_are_those_of_one_process(
    world: Path, cache: Path, launcher: str
) -> None:
    if launcher in PACKAGES:
        pytest.importorskip(PACKAGES[launcher], reason="an extra of Assay")
    process = command(world, cache, f"launcher={launcher}", "workers=2", "shards=16")
    os.kill(claimant(cache, process), signal.SIGKILL)
    text = said(process)
    assert f"{IMAGES} embeddings of 256 numbers, {IMAGES} of them computed now" in text
    if launcher != "ray":  # which starts a task again
        assert "1 of 2 workers did not end as they should, and others have done their parts" in text
    assert stored(cache) == (IMAGES, IMAGES, stored(world / "alone")[2])


def test_a_killed_command_takes_its_workers_along_and_two_others_go_on_together(world: Path, cache: Path) -> None:
    process = command(world, cache, "launcher=local", "workers=2", "shards=16")
    worker = claimant(cache, process)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    before = stored(cache)[0] if list(cache.glob("embeddings/*/*.safetensors")) else 0
    both = [command(world, cache, "launcher=local", "workers=1", "shards=16") for _ in range(2)]
    for each in both:
        said(each)
    assert before < IMAGES
    assert stored(cache) == (IMAGES, IMAGES, stored(world / "alone")[2])
