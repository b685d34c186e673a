"""Every command of the tutorials, typed in their order, on small pictures and with trainings of one epoch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from tests.manual.typed import DOCS, Typed, typed_on

from assay.cli import main
from started_service import Started

pytestmark = pytest.mark.slow

ORDER = [
    line.strip() for line in (DOCS / "tutorials" / "index.md").read_text("utf-8").split("```{toctree}")[1].splitlines()
]
PAGES = [f"tutorials/{name}.md" for name in ORDER if name.isidentifier()]
FAST = ("trainer.accelerator=cpu", "ood=none", "evaluation.figures=false")
COLOURS = {"amber": (200, 120, 40), "jade": (40, 160, 90), "onyx": (30, 30, 40)}
"""Of the classes of `photos`."""
PROMOTES = "tutorials/promote_and_serve.md"
TINY = ("debug=tiny", *FAST)
SHORT = ("evaluation=quick", "evaluation.resamples=20", "evaluation.latency_runs=72", "data.image_size=64")
PHOTOS = ("data=folder", "data.root=photos")
SMALL = {
    "train": TINY,
    "study": (*SHORT, "finetune.epochs=2", *FAST),
    "exposr": TINY,
    # A gate that lets a model pass that was trained for one epoch and measured on a handful of pictures.
    "promote": (
        "gate.checks.commit=null",
        "gate.checks.alone=null",
        "gate.checks.test_set.at_least=5",
        "gate.checks.test_set.each_class=1",
        "gate.checks.calibrated.at_most=0.9",
        "gate.loosened.by=Ada",
        "gate.loosened.reason=small",
    ),
}
"""What is typed behind a command of a page, so that it takes seconds."""
STUDY = yaml.safe_load((DOCS.parent / "conf" / "study" / "ablation_imbalance.yaml").read_text("utf-8"))
LEFT_OUT = set(STUDY["variants"]) - {"shuffle", "balanced_softmax"}
FEWER = {
    "study=ablation_imbalance": tuple(f"~study.variants.{name}" for name in sorted(LEFT_OUT)),
    "data.synthetic=generated": ("data.synthetic_screen=false",),  # thirty pictures of noise would be left out
}
"""What is typed behind a word, for the same."""
MAY_CALL = {("watch", "once"): {0, 1}, ("doctor",): {0, 1}}
"""Commands that exit with 1 where there is something to say."""


OTHERS = {"hydra.sweeper.workers=2"}
"""What starts the command anew in further processes."""


class World:
    """A folder in which pages are followed; a service that a page starts runs until the next one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service: Started | None = None
        self.promoted = False

    def begin(self, page: str) -> None:
        """Do what pages before this one leave, where they were not followed."""
        before = PAGES[: PAGES.index(page)]
        if before and not self.runs:
            self._call("train", list(PHOTOS))
        if PROMOTES in before and not self.promoted:
            self._call("promote", [f"run={self.runs[-1]}", "gate=default"])

    def follow(self, typed: Typed) -> None:
        """Do what a line says.

        Raises:
            AssertionError: it does not end as a reader would expect.
        """
        words = [self._filled(word) for word in typed.words]
        if words[0] == "curl":
            self._ask(typed.line)
        elif words[:2] == ["assay", "serve"]:
            self.end()
            self.service = Started(self.folder, *words[2:]).__enter__()
        elif words[0] == "assay":
            self._call(words[1], words[2:])
        else:
            assert words[0] == "source", typed

    def end(self) -> None:
        """End the service, where one runs."""
        if self.service is not None:
            self.service.__exit__()
            self.service = None

    @property
    def runs(self) -> list[str]:
        """Ids of what was trained, the first one first."""
        configs = self.folder.glob("mlruns/work/*/config.yaml")
        return [config.parent.name for config in sorted(configs, key=lambda config: config.stat().st_mtime_ns)]

    def _filled(self, word: str) -> str:
        if "$" not in word:
            return word
        return word.replace("$FIRST", self.runs[0]).replace("$RUN", self.runs[-1])

    def _call(self, command: str, words: list[str]) -> None:
        more = self._more(command, words)
        code = _in_a_process(command, *words, *more) if OTHERS.intersection(words) else _here(command, *words, *more)
        allowed = [codes for beginning, codes in MAY_CALL.items() if (command, *words)[: len(beginning)] == beginning]
        assert code in (allowed[0] if allowed else {0}), (command, words, code)
        self.promoted |= command == "promote"

    def _more(self, command: str, words: list[str]) -> list[str]:
        if command not in SMALL or "--help" in words:
            return []
        named = any(word.startswith(("data=", "data.root=", "experiment=")) for word in words)
        more = [*SMALL[command], *(word for typed in words for word in FEWER.get(typed, ()))]
        return more if named or command not in ("train", "study") else [*more, *PHOTOS]

    def _ask(self, line: str) -> None:
        assert self.service is not None, "the page has started no service"
        here = line.replace(":8000", f":{self.service.port}").replace("curl ", "curl --silent --fail-with-body ")
        environment = {**os.environ, "KEY": self.service.key}
        done = subprocess.run(["bash", "-c", here], cwd=self.folder, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, (line, done.stdout, done.stderr)


def _here(*words: str) -> int:
    try:
        main(words)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _in_a_process(*words: str) -> int:
    return subprocess.run([sys.executable, "-m", "assay", *words], check=False).returncode


@pytest.fixture(scope="module")
def world(photos: Path, store_in: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("manual")
    shutil.copytree(photos, folder / "photos")
    store_in(folder / "mlruns")
    rng = np.random.default_rng(0)
    for kind, level in (("real", 80), ("generated/one", 160), ("generated/two", 200)):
        draw(folder / "pictures" / kind, 40, rng, level)
    for name, colour in COLOURS.items():
        draw(folder / "generated" / name, 30, rng, colour, (40, 48))
    made = World(folder)
    yield made
    made.end()


def draw(
    folder: Path,
    count: int,
    rng: np.random.Generator,
    colour: int | tuple[int, int, int],
    size: tuple[int, int] = (64, 64),
) -> None:
    """Noisy pictures around a colour, as the fixture `photos` has them."""
    folder.mkdir(parents=True)
    for index in range(count):
        tint = np.array(colour) * 0.5 + rng.normal(60, 35, 3)
        pixels = np.clip(tint + rng.normal(0, 40, (*size, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:02}.png")


@pytest.mark.parametrize("page", PAGES)
def test_a_tutorial_can_be_followed(page: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.folder)
    world.begin(page)
    lines = typed_on(DOCS / page)
    assert lines, "a tutorial that nothing is typed in"
    try:
        for typed in lines:
            world.follow(typed)
    finally:
        world.end()
