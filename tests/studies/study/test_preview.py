"""`assay study plan=true` says which trainings are there, which would go on, which are missing; it trains nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from assay.commands.show.study import document, text
from assay.commands.study import COMMAND as STUDY
from assay.studies.study.preview import StudyPreview
from assay.studies.study.study import run_or_plan
from finished import TINY, Finished, store_words

RECIPE = """question: Does it help?
baseline: plain
seeds: [0, 1]
variants:
  plain: []
  weighted: [sampler=weighted]
  best: {best_of: [plain, weighted], overrides: [loss=focal]}
"""


def asked(root: Path, photos: Path, *more: str) -> StudyPreview:
    (root / "mine.yaml").write_text(RECIPE)
    words = [f"study={root}/mine.yaml", "plan=true", *TINY, f"data.root={photos}", *store_words(root), *more]
    previewed = run_or_plan(*STUDY.parse(words))
    assert isinstance(previewed, StudyPreview)
    return previewed


def states(found: StudyPreview) -> dict[tuple[str, int], str]:
    return {(training.variant, training.seed): training.state for training in found.trainings}


def test_what_is_there_is_listed_and_the_rest_is_missing(
    finished_run: Finished, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = finished_run.copied(tmp_path)
    found = asked(tmp_path, photos)
    assert states(found) == {
        ("plain", 0): "finished",
        ("plain", 1): "missing",
        ("weighted", 0): "missing",
        ("weighted", 1): "missing",
        ("best", 0): "waiting",
        ("best", 1): "waiting",
    }
    assert found.trainings[0].run_id == run.run_id
    request = STUDY.parse([f"study={tmp_path}/mine.yaml", "plan=true"])[0]
    text(found, request)
    shown = capsys.readouterr().out
    assert f"1 finished, reused\n    plain, seed 0: run {run.run_id[:8]}" in shown
    assert "3 missing, would be trained\n    plain, seed 1" in shown
    assert document(found, request)["plan"]["trainings"] == 6

    with sqlite3.connect(tmp_path / "mlflow.db") as opened:
        opened.execute("UPDATE runs SET status = 'KILLED' WHERE run_uuid = ?", (run.run_id,))
    assert states(asked(tmp_path, photos))["plain", 0] == "interrupted"


def test_the_best_on_val_is_looked_up_once_its_lenders_are_there(
    finished_run: Finished, photos: Path, tmp_path: Path
) -> None:
    finished_run.copied(tmp_path)
    own = ["study.seeds=[0]", "study.variants.best.best_of=[plain]", "study.variants.best.overrides=[]"]
    found = states(asked(tmp_path, photos, *own))
    assert found == {("plain", 0): "finished", ("weighted", 0): "missing", ("best", 0): "finished"}


def test_without_a_store_all_is_missing_and_none_is_made(photos: Path, tmp_path: Path) -> None:
    found = asked(tmp_path, photos)
    assert found.count("missing") == 4
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_images_that_cannot_be_read_are_said_and_the_plan_is_shown(
    finished_run: Finished, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finished_run.copied(tmp_path)
    found = asked(tmp_path, tmp_path / "gone")
    assert found.count("unknown") == 4
    text(found, STUDY.parse([f"study={tmp_path}/mine.yaml", "plan=true"])[0])
    assert "what is there cannot be said: " in capsys.readouterr().out
