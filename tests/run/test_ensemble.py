"""Ensembles of recorded runs: through trainings that are recorded, and what is refused before anything is."""

from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from assay.config.check import check
from assay.config.compose import compose
from assay.deploy.bundle.settings import ExportSettings
from assay.deploy.export.bundle import export_run
from assay.errors import ConfigError, DataError
from assay.predictions import Predictions
from assay.retraining.workshop import Workshop
from assay.run.ensemble import check_members, with_members
from assay.run.recorded_run import RecordedRun
from assay.run.train import train
from assay.run.training_images import load_manifest
from assay.run.workspace import cache_folder, open_store
from finished import TINY, Finished

pytestmark = pytest.mark.slow
OF_TRAINING = ("model=", "finetune", "debug")


@pytest.fixture(scope="module")
def members(finished_run: Finished, tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Finished:
    """The finished run with one of another seed beside it; both stay as they are."""
    copied = finished_run.copied(tmp_path_factory.mktemp("members"))
    words = [*TINY, f"data.root={photos}", *copied.store, "seed=1", "name=second", "finetune.epochs=2"]
    second = train(compose(words)).run_id
    (copied.root / "second").write_text(second)
    return copied


@pytest.fixture(scope="module")
def second(members: Finished) -> str:
    return (members.root / "second").read_text()


@pytest.fixture(scope="module")
def words(members: Finished, photos: Path) -> list[str]:
    general = [word for word in TINY if not word.startswith(OF_TRAINING)]
    quick = ["evaluation=quick", "evaluation.resamples=20", "evaluation.latency_runs=3"]
    return ["model=ensemble", *quick, *general, f"data.root={photos}", *members.store]


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def test_an_ensemble_is_a_run_whose_answers_are_the_mean_of_its_members(
    members: Finished, second: str, words: list[str], tmp_path: Path
) -> None:
    outcome = train(compose([*words, f"model.members=[{members.run_id[:8]},{second[:8]}]"]))

    def measured(run_id: str, split: str) -> Predictions:
        return Predictions.load(members.root / "work" / run_id / "predictions" / f"{split}.parquet")

    for split in ("calib", "test"):
        own = measured(outcome.run_id, split)
        parts = [measured(run_id, split) for run_id in (members.run_id, second)]
        assert all((part.ids == own.ids).all() for part in parts)
        expected = np.mean([softmax(part.logits) for part in parts], axis=0)
        np.testing.assert_allclose(np.exp(own.logits), expected, atol=1e-4)
    evidence = outcome.evidence
    assert evidence is not None
    assert evidence.memorisation is not None
    assert any("mean of their probabilities" in note for note in evidence.notes)
    store = open_store(compose(words))
    record = store.find(outcome.run_id)
    assert record.params["model.name"] == "ensemble of 2 (baseline_cnn)"
    assert record.params["model.members"].count(second) == 1
    settings = ExportSettings(formats=["onnx"], serve="onnx")
    bundle = export_run(record, tmp_path / "bundle", cache_dir=cache_folder(compose(words)), settings=settings)
    manifest = RecordedRun(record).manifest.only("test")
    answers = bundle.predict(manifest.paths[:4])
    np.testing.assert_allclose(
        [answer.probabilities for answer in answers],
        outcome.predictor.probabilities(measured(outcome.run_id, "test"))[:4],
        atol=1e-3,
    )
    again = [*words, f"model.members=[{outcome.run_id},{second}]"]
    with pytest.raises(ConfigError, match="is an ensemble itself; name its members"):
        with_members(compose(again))


@pytest.mark.parametrize(
    ("listed", "more", "message"),
    [
        ("{first}", [], "1 finished runs with evidence; an ensemble needs 2 or more"),
        ("{first},{first}", [], "stands there twice"),
        ("{first},{second}", ["data.split_seed=5"], "was trained on .* of the .* test images here.*data.division="),
        ("{first},{second}", ["data.image_size=48"], "size is 32 and here 48.*data.image_size=32"),
        ("{first},{second}", ["data.holdout_class=onyx"], "knows the classes amber, jade, onyx"),
    ],
)
def test_members_that_do_not_fit_are_refused_before_a_run_begins(
    members: Finished, second: str, words: list[str], listed: str, more: list[str], message: str
) -> None:
    listed = listed.format(first=members.run_id, second=second)
    config = compose([*words, f"model.members=[{listed}]", *more])

    def looked_up() -> None:
        check(config)
        whole = with_members(config)
        check_members(whole, load_manifest(whole))

    with pytest.raises(ConfigError, match=message):
        looked_up()


def test_a_member_that_is_asked_with_views_is_not_asked_with_views_of_views(
    members: Finished, second: str, words: list[str], finished_run: Finished, tmp_path: Path
) -> None:
    copied = finished_run.copied(tmp_path)
    file = copied.folder / "config.yaml"
    file.write_text(file.read_text().replace("tta: null", "tta: mirrored"))
    general = [word for word in words if not word.startswith("tracking.")]
    listed = [*general, *copied.store, f"model.members=[{copied.run_id},{copied.run_id[:12]}]"]
    with pytest.raises(ConfigError, match="several views already"):
        with_members(compose([*listed, "evaluation.tta=dihedral"]))
    with pytest.raises(ConfigError, match="stands there twice"):  # and nothing else is wrong with it
        with_members(compose([*listed, "evaluation.tta=null"]))


def test_what_the_refusals_name_instead_is_taken() -> None:
    config = compose(["model=ensemble", "model.members=[12345678,1e234567]"])
    check(config)
    assert list(config.model.members) == ["12345678", "1e234567"]
    assert config.finetune._target_ == "assay.models.finetune.none.NoTraining"
    check(compose(["trainer.soup=null", "evaluation.tta=null"]))
    check(compose(["trainer.soup=3", "finetune=last_layers"]))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["model=ensemble", "model.members=[a,b]", "finetune=full"], "its members are trained already"),
        (["finetune=none"], "goes with model=ensemble alone"),
        (["model=ensemble", "model.members=7"], "must be a list"),
    ],
)
def test_nothing_is_trained_where_members_are_put_together_and_nowhere_else(more: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(compose(more))


def test_an_ensemble_is_not_retrained_as_if_it_had_learned(finished_run: Finished, tmp_path: Path) -> None:
    copied = finished_run.copied(tmp_path)
    recorded = OmegaConf.load(copied.folder / "config.yaml")
    together = compose(["model=ensemble", "model.members=[0123abcd,4567abcd]"])
    recorded.model, recorded.finetune = together.model, together.finetune
    OmegaConf.save(recorded, copied.folder / "config.yaml")
    workshop = Workshop(compose([*copied.store]), store=None, pictures=None, settings=None)  # none of them is asked
    with pytest.raises(DataError, match="is an ensemble of recorded runs, in which nothing is trained"):
        workshop.recipe_with({"recipe": {"run": copied.run_id}, "labels": {"folder": ""}})
