"""The options for classes of different size through the whole job, interrupted and not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.evaluation.evidence import Evidence
from assay.predictor import Predictor
from assay.run import stages
from assay.run.train import Outcome, train

SMALL = ["debug=tiny", "trainer.accelerator=cpu", "trainer.patience=null", "data=folder", "data.image_size=48"]
SMALL += ["evaluation.figures=false"]
RETRAIN = [
    *SMALL,
    "finetune=retrain_classifier",
    "model=baseline_cnn",
    "finetune.head_epochs=0",
    "finetune.epochs=2",
    "finetune.classifier_epochs=3",
    "loss=ldam_drw",
    "sampler.allow_stacking=true",
]


@pytest.fixture(scope="module")
def uneven(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos, with 40 of the first class, 20 of the second and 10 of the third."""
    root = tmp_path_factory.mktemp("uneven")
    for folder, count in zip(sorted(photos.iterdir()), (40, 20, 10), strict=True):
        (root / folder.name).mkdir()
        for picture in sorted(folder.iterdir())[:count]:
            (root / folder.name / picture.name).write_bytes(picture.read_bytes())
    return root


@pytest.fixture
def folder(tmp_path: Path, store_in: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return store_in(tmp_path)


def run(folder: Path, words: list[str], images: Path | None) -> Outcome:
    store = [f"tracking.uri=sqlite:///{folder}/mlflow.db", f"tracking.artifacts={folder}/artifacts"]
    root = [] if images is None else [f"data.root={images}"]
    return train(compose([*words, *root, *store]))


def numbers(evidence: Evidence) -> dict[str, float]:
    return {name: value for name, value in evidence.flat().items() if not name.startswith("cost/latency")}


@pytest.mark.slow
def test_a_retrained_classifier_resumes_in_its_last_stage_as_if_nothing_had_happened(
    uneven: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(folder, RETRAIN, uneven)
    trained = stages.train_head

    def killed(training, *rest, **about) -> None:
        if training.stage.name == "classifier":

            def stop(module: object, inputs: object) -> None:
                if len(training.history) == 1:
                    raise InterruptedError

            training.network.head.register_forward_pre_hook(stop)
        trained(training, *rest, **about)

    monkeypatch.setattr(stages, "train_head", killed)
    with pytest.raises(InterruptedError):
        run(folder, RETRAIN, uneven)
    monkeypatch.setattr(stages, "train_head", trained)
    (cut,) = [path for path in (folder / "mlruns" / "work").iterdir() if path != whole.folder]
    resumed = run(folder, [f"resume={cut.name}"], None)
    assert numbers(resumed.evidence) == numbers(whole.evidence)
    assert (resumed.folder / "cache" / "embeddings").is_dir(), "a trained backbone's embeddings stay with the run"
    for outcome in (whole, resumed):
        draws = pd.read_parquet(outcome.folder / "draws.parquet")
        manifest = Manifest.load(outcome.folder / "manifest.parquet").only("train")
        assert draws["id"].tolist() == manifest.ids.tolist()
        # two epochs of every image once, three of every class equally often
        assert draws.groupby("label")["draws"].sum().to_numpy() == pytest.approx(
            2 * np.bincount(manifest.labels) + 3 * len(manifest) / 3, abs=3
        )


@pytest.mark.slow
def test_a_cosine_head_is_saved_and_answers_as_before(uneven: Path, folder: Path) -> None:
    outcome = run(folder, [*SMALL, "loss=ldam_drw", "finetune.epochs=3"], uneven)
    loaded = Predictor.load(outcome.folder / "model", cache_dir=folder / "cache")
    picture = next(uneven.glob("*/*.png"))
    assert loaded.network.head.scale == 30
    np.testing.assert_allclose(
        loaded.answer(picture).probabilities, outcome.predictor.answer(picture).probabilities, atol=1e-5
    )


@pytest.mark.slow
def test_rare_classes_are_varied_and_variety_counts_on_embeddings_and_on_images(uneven: Path, folder: Path) -> None:
    words = [*SMALL, "sampler=variance_aware", "sampler.minority_augment=standard", "sampler.minority_share=0.2"]
    for finetune in (["finetune.epochs=2", "finetune.views=1"], ["finetune=full", "finetune.epochs=1"]):
        outcome = run(folder, [*words, *finetune], uneven)
        (note,) = [note for note in outcome.evidence.notes if "minority_augment" in note]
        assert note.startswith("Training images of onyx were varied in another way")
        found = outcome.evidence.memorisation
        assert found is not None
        assert found.classes[2].draws_mean > 1 > found.classes[0].draws_mean
