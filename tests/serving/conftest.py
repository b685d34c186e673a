"""An engine of a tiny bundle, a service of it, and pictures to ask it about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assay.cli import main
from assay.deploy.bundle.bundle import Bundle
from assay.serving.engine import Engine
from assay.serving.origin import Origin
from serving_world import World


@pytest.fixture(scope="session")
def bundle(tiny_bundle: Callable[..., Bundle]) -> Bundle:
    return tiny_bundle()


@pytest.fixture(scope="session")
def engine(bundle: Bundle) -> Engine:
    return Engine.start(bundle, Origin("tiny", "tiny", "3"))


@pytest.fixture
def photos_of_nobody(tmp_path: Path) -> Path:
    """A folder of eleven noisy pictures, a file that is no picture, a text, and what a system left."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    rng = np.random.default_rng(3)
    for index in range(11):
        pixels = rng.integers(0, 256, size=(20 + index, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / ("more" if index % 2 else ".") / f"{index:02d}.png")
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "notes.txt.bak").write_text("x")
    (folder / "Thumbs.db").write_bytes(b"x")
    return folder


@pytest.fixture
def world(tmp_path: Path, engine: Any) -> Iterator[World]:
    made = World(tmp_path, engine)
    yield made
    made.close()


@pytest.fixture
def with_settings(tmp_path: Path, engine: Any) -> Iterator[Any]:
    made: list[World] = []

    def make(**settings: Any) -> World:
        made.append(World(tmp_path, engine, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def assay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command in an empty folder; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["assay", *words])
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def classify(assay: Any, bundle: Bundle) -> Any:
    """Runs `assay classify` on a bundle's folder; gives exit code, stdout and stderr."""
    return lambda *words: assay("classify", f"model={bundle.folder}", *words)
