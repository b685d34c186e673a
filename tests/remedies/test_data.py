"""What a refused dataset is answered with, typed behind the command that was refused: the command then works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.cli import main

Draw = Callable[..., None]


@pytest.fixture
def draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Writes pictures into folders of the working directory, each another one."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)

    def pictures(*folders: str, count: int = 12) -> None:
        for folder in folders:
            Path(folder).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (24, 24, 3), np.uint8)
                Image.fromarray(pixels).save(Path(folder) / f"{number:02}.png")

    return pictures


def refused(words: list[str], capfd: pytest.CaptureFixture[str], pattern: str) -> list[str]:
    """The words that the message asks to type."""
    with pytest.raises(SystemExit) as left:
        main(["preview", *words])
    assert left.value.code in (1, 2)
    message = capfd.readouterr().err
    remedy = re.search(pattern, message)
    assert remedy is not None, message
    return shlex.split(remedy[1])


def works(words: list[str], remedy: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """What is in the dataset, once the command has worked with the remedy in the place of the same key."""
    keys = [word.partition("=")[0] for word in remedy]
    remedied = [*(word for word in words if word.partition("=")[0] not in keys), *remedy]
    main(["preview", *remedied])
    assert "preview-none.png" in capfd.readouterr().out
    main(["audit", *remedied])
    return capfd.readouterr().out


WORDS = ["data=folder", "data.root=photos"]


@pytest.mark.parametrize("inner", ["photos", "my photos 50%", "a,b = (c)"])
def test_a_folder_deeper(draw: Draw, capfd: pytest.CaptureFixture[str], inner: str) -> None:
    draw(f"photos/{inner}/cat", f"photos/{inner}/dog")
    assert "24" in works(WORDS, refused(WORDS, capfd, r": type (data\.root=.*|'data\.root=.*)$"), capfd)


def test_the_order_of_grades(draw: Draw, capfd: pytest.CaptureFixture[str]) -> None:
    draw("photos/none", "photos/mild", "photos/it's, severe")
    words = [*WORDS, "data.ordered=true"]
    remedy = refused(words, capfd, r"lowest to highest: (.*)$")
    assert "it's, severe" in works(words, remedy, capfd)


def test_a_class_in_one_split_is_held_out(draw: Draw, capfd: pytest.CaptureFixture[str]) -> None:
    draw("photos/train/cat", "photos/train/dog", "photos/train/007", "photos/test/cat", "photos/test/dog")
    assert "007" in works(WORDS, refused(WORDS, capfd, r"hold it out on purpose with (.*)$"), capfd)


def test_labels_that_are_nearly_equal_are_joined(draw: Draw, capfd: pytest.CaptureFixture[str]) -> None:
    draw("photos/cat", "photos/Cat", "photos/dog")
    assert "24" in works(WORDS, refused(WORDS, capfd, r"set (data\.merge_labels=true)"), capfd)
