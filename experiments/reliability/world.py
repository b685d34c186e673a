"""Folders as people have them: new, with two trained runs, with one of them promoted, with both."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from pictures import draw

from processes import run

GATE = str(Path(__file__).parent / "gate.yaml")
PICTURES = ["data=folder", "data.root=pictures", "data.image_size=32"]
NETWORK = [*PICTURES, "model=baseline_cnn", "finetune.epochs=4"]
PROBE = [*PICTURES, "seed=1"]
SEARCH = ["hydra/sweeper=optuna", "hydra.sweeper.n_trials=4", "optimizer.lr=interval(0.001,0.01)"]
NAME = "fields"
RUN_ID = re.compile(r"\b[0-9a-f]{32}\b")
STUDY = """# Two losses over two seeds.
question: Does a focal loss help on random fields?
baseline: plain
variants:
  plain: []
  focal: [loss=focal]
seeds: [0, 1]
"""


class World:
    """A prepared folder, and copies of it in which commands are killed.

    Args:
        root: an empty folder.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.log = root, root / "log.txt"
        self.runs: dict[str, str] = {}
        new = self._state("new")
        draw(new / "pictures")
        draw(new / "generated", each=80, seed=1)
        (new / "study.yaml").write_text(STUDY)
        trained = self._state("trained", new)
        for name, words in (("cnn", NETWORK), ("probe", PROBE)):
            self.runs[name] = RUN_ID.findall(self._do(trained, "train", *words))[0]
        promoted = self._state("promoted", trained)
        self._do(promoted, "promote", f"run={self.runs['cnn']}", f"gate={GATE}", f"registry.name={NAME}")
        twice = self._state("twice", promoted)
        self._do(twice, "promote", f"run={self.runs['probe']}", f"gate={GATE}", f"registry.name={NAME}")

    def _state(self, name: str, before: Path | None = None) -> Path:
        folder = self.root / name
        if before is None:
            folder.mkdir()
        else:
            shutil.copytree(before, folder, symlinks=True)
        return folder

    def _do(self, folder: Path, *words: str) -> str:
        ended = run(words, folder, self.log)
        if ended.code != 0:
            raise SystemExit(f"assay {' '.join(words)} ended with {ended.code} in {folder}:\n{ended.text[-3000:]}")
        return ended.text

    def copied(self, state: str, name: str) -> Path:
        """A folder in a state, to be spoiled; the one of this name that was there before is gone."""
        folder = self.root / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.root / state, folder, symlinks=True)
        return folder

    def words(self, template: Sequence[str]) -> list[str]:
        """Words with the ids of the two runs in the places of {cnn} and {probe}."""
        return [word.format(**self.runs) for word in template]
