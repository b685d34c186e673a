"""`assay compare` on hand-written runs in a real MLflow store."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assay.cli import main
from assay.commands.compare import COMMAND as COMPARE
from assay.errors import ConfigError, DataError, TrackingError
from assay.postprocess.calibration import NoCalibration
from assay.predictions import Predictions
from assay.studies.comparison.compare import ComparedRuns, compare_runs
from assay.tracking.store import TrackingStore

N = 120
Runs = Callable[..., str]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Path:
    return store_in(tmp_path_factory.mktemp("compared"))


@pytest.fixture(scope="module")
def store(root: Path) -> TrackingStore:
    return TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", work=f"{root}/work")


@pytest.fixture(scope="module")
def made(store: TrackingStore) -> Runs:
    """Records a run with predictions of a given skill, and gives its id."""

    def make(
        name: str, skill: float, *, seed: int = 0, sampler: str = "shuffle", names=("bad", "good"), images=N, keep=True
    ):
        rng = np.random.default_rng([seed, int(skill * 100)])
        labels = np.arange(images) % 2
        logits = rng.normal(size=(images, 2)) + np.eye(2)[labels] * skill
        ids = np.array([f"{row:064x}" for row in range(images)])
        predictions = Predictions(ids, ids, "test", labels, names, logits.astype(np.float32))
        params = {
            "seed": seed,
            "sampler": {"name": sampler},
            "calibration": {"seed": seed},
            "overrides": f"seed={seed}",
        }
        with store.start_run(name, params=params, tags={"dataset_digest": "d" * 64}) as run:
            predictions.save(run.folder / "predictions" / "test.parquet")
            (run.folder / "model").mkdir()
            about = {"calibrator": NoCalibration().state()}
            (run.folder / "model" / "predictor.json").write_text(json.dumps(about))
            if keep:
                run.log_artifact(run.folder / "predictions")
                run.log_artifact(run.folder / "model")
        return run.run_id

    return make


@pytest.fixture(scope="module")
def plain(made: Runs) -> str:
    return made("plain", 0.5)


@pytest.fixture(scope="module")
def better(made: Runs) -> str:
    return made("sampler=weighted <b>", 3.0, sampler="weighted")


@pytest.fixture
def compared(root: Path, store: TrackingStore) -> Callable[..., ComparedRuns]:
    def run(*words: str) -> ComparedRuns:
        where = (f"tracking.uri={store.uri}", f"tracking.artifacts={root}/artifacts", f"tracking.work={store.work}")
        return compare_runs(*COMPARE.parse([*words, "resamples=100", *where]))

    return run


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_page_and_tables_say_what_is_established(compared, root: Path, plain: str, better: str) -> None:
    found = compared(plain[:8], better)
    assert found.folder == root / "comparisons" / f"{plain[:8]}-{better[:8]}"
    accuracy = next(row for row in rows_of(found.folder / "comparison.csv") if row["metric"] == "accuracy")
    assert (accuracy["verdict"], accuracy["variant"]) == ("better", "sampler=weighted <b>")
    data = json.loads((found.folder / "comparison.json").read_text())
    assert data["n"] == N
    assert data["baseline"]["runs"] == [plain]
    assert data["variants"][0]["mcnemar"]["only_second"] == data["variants"][0]["gained"]
    changed = rows_of(found.folder / "changed.csv")
    assert sum(row["turned"] == "won" for row in changed) == data["variants"][0]["gained"]
    assert all(row["variant_says"] == row["class"] != row["baseline_says"] for row in changed if row["turned"] == "won")
    page = (found.folder / "index.html").read_text()
    assert "significantly better" in page
    assert "<td>shuffle</td><td>weighted</td>" in page
    assert "sampler=weighted &lt;b&gt;" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_first_run_is_the_baseline_unless_another_is_named(compared, plain: str, better: str) -> None:
    other = compared(plain, better, f"baseline={better}").comparison
    assert other.baseline.runs == (better,)
    assert {claim.verdict for claim in other.variants[0].claims if claim.metric == "accuracy"} == {"worse"}


def test_the_models_of_the_registry_can_be_named(
    compared, store: TrackingStore, root: Path, plain: str, better: str
) -> None:
    store.client.create_registered_model("Cells")
    for alias, run in (("champion", plain), ("challenger", better)):
        version = store.client.create_model_version("Cells", f"{root}/work/{run}/model", run_id=run).version
        store.client.set_registered_model_alias("Cells", alias, version)
    found = compared("Cells@challenger", "baseline=models:/Cells@champion").comparison
    assert (found.baseline.runs, found.variants[0].side.runs) == ((plain,), (better,))
    assert compared(plain, "models:/Cells/2").comparison.variants[0].side.runs == (better,)
    with pytest.raises(ConfigError, match="named twice"):
        compared(plain, "Cells@champion")
    with pytest.raises(TrackingError, match=r"has no alias champoin; did you mean champion\?"):
        compared(plain, "Cells@champoin")


def test_files_go_where_output_says(compared, tmp_path: Path, plain: str, better: str) -> None:
    found = compared(plain, better, "--output", str(tmp_path / "there"), "metrics=accuracy")
    assert {path.name for path in found.folder.iterdir()} == {
        "index.html", "comparison.json", "comparison.csv", "changed.csv",
    }  # fmt: skip
    assert found.folder == tmp_path / "there"
    assert found.comparison.family == 1


def test_runs_of_one_config_with_other_seeds_are_one_side(compared, made: Runs) -> None:
    plain = [made(f"seed={seed}", 0.5, seed=seed, sampler="plain") for seed in (1, 2, 3)]
    better = [made(f"sampler=sqrt seed={seed}", 2.0, seed=seed, sampler="sqrt") for seed in (3, 2, 1, 9)]
    found = compared(*plain, *better).comparison
    assert found.baseline.seeds == found.variants[0].side.seeds == (1, 2, 3)
    assert found.baseline.runs == tuple(plain)
    assert found.variants[0].side.runs == (better[2], better[1], better[0])
    assert found.variants[0].side.name == "sampler=sqrt"
    assert f"Left out, because not every side has that seed: {better[3][:8]} (seed 9)." in found.notes
    with pytest.raises(DataError, match="no seed in common"):
        compared(plain[0], plain[1], better[3])


def test_runs_of_one_config_alone_are_compared_with_each_other(compared, made: Runs) -> None:
    first, second = (made("again", 0.7, seed=seed, sampler="again") for seed in (1, 2))
    found = compared(first, second).comparison
    assert found.baseline.name == f"again ({first[:6]})"
    assert [variant.side.runs for variant in found.variants] == [(second,)]


def test_other_test_sets_are_refused_and_counted(compared, made: Runs, plain: str) -> None:
    longer = made("longer", 2.0, sampler="longer", images=150)
    with pytest.raises(DataError, match="120 images are in both, 0 only in that of plain, 30 only in that of longer"):
        compared(plain, longer)
    assert compared(plain, longer, "--common").comparison.n == 120
    assert any("of 150" in note for note in compared(longer, plain, "common=true").comparison.notes)


def test_what_cannot_be_compared_is_said(compared, made: Runs, store: TrackingStore, plain: str, better: str) -> None:
    with pytest.raises(ConfigError, match="two runs or more, got 1"):
        compared(plain)
    with pytest.raises(ConfigError, match="named twice"):
        compared(plain, plain[:10])
    with pytest.raises(TrackingError, match="no such run"):
        compared(plain, "0123456789")
    with pytest.raises(ConfigError, match="neither a setting nor a run's id"):
        compared(plain, "newest")
    with pytest.raises(ConfigError, match="compared as they were trained"):
        compared(plain, better, "model=resnet50")
    with pytest.raises(ConfigError, match="resamples: must be a whole number from 100 to 100000, got '3'"):
        COMPARE.parse([plain, better, "resamples=3"])
    with pytest.raises(DataError, match="no such metric"):
        compared(plain, better, "metrics=f2")
    with pytest.raises(DataError, match="knows the classes left, right"):
        compared(plain, made("other", 1.0, sampler="other", names=("left", "right")))
    empty = store.start_run("empty")
    with empty:
        pass
    with pytest.raises(DataError, match=r"cannot be compared: .* has no artifact"):
        compared(plain, empty.run_id)
    broken = made("broken", 1.0, sampler="broken")
    (store.work / broken / "model" / "predictor.json").write_text("{}")
    with pytest.raises(DataError, match="calibrator cannot be read"):
        compared(plain, broken)


def test_a_run_of_another_machine_is_fetched_from_the_store(
    compared, made: Runs, store: TrackingStore, plain: str
) -> None:
    far = made("far", 2.0, sampler="far")
    shutil.rmtree(store.work / far)
    assert compared(plain, far).comparison.n == N


def test_the_command_prints_a_table_and_where_the_page_is(
    root: Path, store: TrackingStore, plain: str, better: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"tracking.uri={store.uri}", f"tracking.artifacts={root}/artifacts", f"tracking.work={store.work}"]
    main(["compare", plain, better, "resamples=100", *words])
    shown = capsys.readouterr().out
    assert "significantly better" in " ".join(shown.split())
    assert "index.html" in shown


def test_comparing_needs_no_torch(root: Path, store: TrackingStore, plain: str, better: str) -> None:
    script = (
        "import sys; from assay.cli import main; main(sys.argv[1:]); "
        "print([name for name in ('torch', 'sklearn', 'matplotlib', 'timm') if name in sys.modules])"
    )
    words = [f"tracking.uri={store.uri}", f"tracking.artifacts={root}/artifacts", f"tracking.work={store.work}"]
    done = subprocess.run(
        [sys.executable, "-c", script, "compare", plain, better, "resamples=100", *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip().endswith("[]")


def test_a_side_is_called_by_what_the_others_have_not(compared, made: Runs) -> None:
    first = made("small_net head_only loss=focal seed=0", 0.5, sampler="focal")
    second = made("small_net head_only aug=mixup loss=ldam_drw seed=0", 1.0, sampler="ldam")
    found = compared(first, second).comparison
    assert (found.baseline.name, found.variants[0].side.name) == ("loss=focal", "aug=mixup loss=ldam_drw")
