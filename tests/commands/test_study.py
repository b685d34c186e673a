"""`assay study` through the real door: real trainings on pictures made in the test, a real MLflow store."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assay.commands.study import COMMAND as STUDY
from assay.errors import ConfigError, StudyError
from assay.evaluation.evidence import Evidence
from assay.studies.result import StudyResult
from assay.studies.study.study import Studied, study

ASSAY = Path(sys.executable).with_name("assay")
SMALL = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=48"]
SMALL += ["evaluation.figures=false"]
LONG = ["model=baseline_cnn", "finetune.epochs=15", "trainer.patience=null"]
RECIPE = """question: Does it help?
baseline: plain
seeds: [0, 1]
resamples: 100
variants:
  plain: []
  weighted: [sampler=weighted]
"""


def words(photos: Path, root: Path, *more: str, recipe: str = RECIPE) -> list[str]:
    (root / "mine.yaml").write_text(recipe)
    store = [f"tracking.uri=sqlite:///{root}/mlflow.db", f"tracking.artifacts={root}/artifacts"]
    return [
        f"study={root}/mine.yaml",
        "name=mine",
        *SMALL,
        f"data.root={photos}",
        *store,
        f"tracking.work={root}/work",
        *more,
    ]


def runs_of(root: Path):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{root}/mlflow.db")
    return client.search_runs([client.search_experiments()[0].experiment_id])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Path:
    return store_in(tmp_path_factory.mktemp("studied"))


@pytest.fixture(scope="module")
def studied(photos: Path, root: Path) -> Studied:
    return study(*STUDY.parse(words(photos, root)))


def test_values_are_means_of_the_evidence_of_its_runs(studied: Studied, root: Path) -> None:
    assert [one.name for one in studied.result.variants] == ["plain", "weighted"]
    for one in studied.result.variants:
        evidence = [Evidence.load(root / "work" / training.run_id / "evidence.json") for training in one.trainings]
        each = [found.metrics["macro_f1"].value for found in evidence]
        assert one.value("macro_f1").each == tuple(each)
        assert one.value("macro_f1").measured.value == pytest.approx(np.mean(each))
        assert one.value("f1", "jade").measured.value == pytest.approx(
            np.mean([e.per_class[1].f1.value for e in evidence])
        )
    assert StudyResult.load(studied.folder / "study.json") == studied.result


def test_it_leaves_pages_and_tables_and_one_parent_run_with_its_trainings(studied: Studied, root: Path) -> None:
    assert {path.name for path in studied.folder.iterdir()} == {
        "index.html", "study.json", "study.csv", "study.md", "figures",
        "comparison.html", "comparison.json", "comparison.csv", "changed.csv",
    }  # fmt: skip
    children = [run for run in runs_of(root) if run.data.tags.get("mlflow.parentRunId") == studied.parent]
    (parent,) = [run for run in runs_of(root) if run.info.run_id == studied.parent]
    assert len(children) == 4
    assert (parent.info.status, parent.data.tags["assay.study"]) == ("FINISHED", "mine")
    assert {child.info.run_name for child in children} >= {"mine: weighted, seed 1"}
    artifacts = {path.name for path in (root / "artifacts" / studied.parent / "artifacts").iterdir()}
    assert {"index.html", "study.json", "study.md", "comparison.html", "figures"} <= artifacts
    data = json.loads((studied.folder / "comparison.json").read_text())
    assert data["baseline"]["seeds"] == [0, 1]
    page = (studied.folder / "index.html").read_text()
    assert "Does it help?" in page
    assert "http" not in page.replace("http-equiv", "")


def test_nothing_is_trained_twice_and_what_a_person_trained_is_reused(
    photos: Path, root: Path, studied: Studied
) -> None:
    from assay.config.compose import compose
    from assay.run.train import train

    by_hand = train(
        compose([word for word in words(photos, root) if not word.startswith(("study=", "name="))] + ["seed=2"])
    )
    before = {run.info.run_id for run in runs_of(root)}
    again = study(*STUDY.parse(words(photos, root, "study.seeds=[0,1,2]")))
    new = {run.info.run_id for run in runs_of(root)} - before
    plain, weighted = again.result.variants
    assert new == {weighted.trainings[2].run_id}, "only weighted with seed 2 was missing"
    assert plain.trainings[2].run_id == by_hand.run_id
    assert [training.reused for training in plain.trainings] == [False, False, True]
    assert again.parent == studied.parent


def test_the_runs_of_a_study_are_compared_again_by_its_name(root: Path, studied: Studied) -> None:
    from assay.commands.compare import COMMAND as COMPARE
    from assay.studies.comparison.compare import compare_runs

    where = [
        f"tracking.uri=sqlite:///{root}/mlflow.db",
        f"tracking.artifacts={root}/artifacts",
        f"tracking.work={root}/work",
    ]
    asked = ["study=mine", "metrics=accuracy", "resamples=100", f"output={root}/again"]
    found = compare_runs(*COMPARE.parse([*asked, *where])).comparison
    runs = [tuple(training.run_id for training in one.trainings[:2]) for one in studied.result.variants]
    assert [found.baseline.runs[:2], found.variants[0].side.runs[:2]] == runs
    with pytest.raises(ConfigError, match=r"study=min: no such study; did you mean mine\?"):
        compare_runs(*COMPARE.parse(["study=min", *where]))


def test_a_variant_that_fails_is_told_and_the_others_are_compared(photos: Path, root: Path) -> None:
    recipe = RECIPE + "  broken: [model.weights=nowhere.safetensors]\n  opened: {best_of: [broken]}\n"
    found = study(*STUDY.parse(words(photos, root, "name=failing", recipe=recipe))).result
    assert {training.error for training in found.variants[3].trainings} == {"none of broken ended well"}
    broken = found.variants[2]
    assert all("nowhere.safetensors" in training.error for training in broken.trainings)
    assert broken.values == ()
    assert any(note.startswith("broken is not compared: 0 of 2") for note in found.notes)
    assert any(sentence.startswith("weighted: ") for sentence in found.findings)


def test_without_its_baseline_a_study_has_no_answer(photos: Path, root: Path) -> None:
    recipe = RECIPE.replace("plain: []", "plain: [model.weights=nowhere.safetensors]")
    with pytest.raises(StudyError, match="no training of the baseline plain ended well"):
        study(*STUDY.parse(words(photos, root, "name=lost", recipe=recipe)))


def test_a_variant_that_cannot_work_is_refused_before_anything_is_trained(photos: Path, root: Path) -> None:
    before = len(runs_of(root))
    with pytest.raises(ConfigError, match="variant wrong: aug=cutmix with finetune=head_only"):
        study(*STUDY.parse(words(photos, root, recipe=RECIPE + "  wrong: [aug=cutmix]\n")))
    assert len(runs_of(root)) == before


def test_the_best_on_val_lends_its_overrides(photos: Path, root: Path, studied: Studied) -> None:
    recipe = RECIPE + "  opened: {best_of: [plain, weighted], overrides: [optimizer.lr=0.02]}\n"
    found = study(*STUDY.parse(words(photos, root, "name=lending", recipe=recipe))).result
    scores = {
        one.name: np.mean(
            [
                Evidence.load(root / "work" / training.run_id / "evidence.json").other_splits["val"]["macro_f1"]
                for training in one.trainings
            ]
        )
        for one in found.variants[:2]
    }
    lent = ("sampler=weighted",) if scores["weighted"] > scores["plain"] else ()
    assert found.variants[2].overrides == (*lent, "optimizer.lr=0.02")


@pytest.mark.slow
def test_folds_are_compared_with_the_corrected_test(photos: Path, root: Path) -> None:
    found = study(*STUDY.parse(words(photos, root, "name=folds", "study.folds=2", "study.seeds=[0]")))
    assert found.result.n == 120, "every image was a test image once"
    assert found.comparison.unit_word == "folds"
    assert found.comparison.variants[0].claims[0].test == "corrected resampled t"
    value = found.result.variants[0].value("accuracy")
    assert value.measured.value == pytest.approx(np.mean(value.each))


@pytest.mark.slow
def test_a_study_that_was_killed_goes_on_in_the_run_where_it_was(
    begin, photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    asked = words(photos, store_in(tmp_path), "study.seeds=[0]", *LONG)
    process = begin(ASSAY, ["study", *asked], tmp_path)
    while not list(tmp_path.glob("work/*/stages/*/last.ckpt")):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = study(*STUDY.parse(asked))
    runs = [run for run in runs_of(tmp_path) if run.info.run_id != found.parent]
    assert len(runs) == 2, "the run that was killed was taken up again"
    assert sum("assay.resumed" in run.data.tags for run in runs) == 1
    assert {run.info.status for run in runs} == {"FINISHED"}


@pytest.mark.slow
def test_two_processes_share_the_trainings_of_a_study(
    begin, photos: Path, tmp_path: Path, store_in: Callable[[Path], Path]
) -> None:
    asked = words(photos, store_in(tmp_path))
    workers = [begin(ASSAY, ["study", *asked], tmp_path) for _ in range(2)]
    said = [worker.communicate(timeout=300) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], said
    children = [run for run in runs_of(tmp_path) if "mlflow.parentRunId" in run.data.tags]
    assert len(children) == 4, "none was trained twice"
    assert len({run.data.tags["assay.pid"] for run in children}) == 2, "each process did some"
    result = StudyResult.load(tmp_path / "studies" / "mine" / "study.json")
    assert all(training.error is None for one in result.variants for training in one.trainings)
