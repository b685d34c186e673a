"""Passes over corrupted pictures with a real, small network, store and predictor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from assay.augment.corruption import CORRUPTIONS
from assay.config.compose import compose
from assay.data.dataset import augmentation_rng
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.embeddings.extract import Embedder
from assay.embeddings.store import EmbeddingStore
from assay.evaluation.settings import EvaluationSettings, RobustnessSettings
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.predictions import Predictions
from assay.predictor import Predictor
from assay.predictor.split_predictor import EmbeddedPredictor
from assay.run.robustness import robustness, spoken, trained_on
from assay.run.training_images import load_manifest

ASKED = EvaluationSettings(resamples=20, robustness=RobustnessSettings(["jpeg", "occlusion"], [1, 3]))


@pytest.fixture(scope="module")
def test_images(photos: Path) -> Manifest:
    return load_manifest(compose(["data=folder", f"data.root={photos}"])).only("test")


@pytest.fixture(scope="module")
def predictor(test_images: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none", image_size=32)
    network = Network(backbone, LinearHead(backbone.embedding_dim, 3)).eval()
    folder = tmp_path_factory.mktemp("onnx")
    return Predictor(network, Preprocessing(32), test_images.class_names, folder)


@pytest.fixture
def embedder(predictor: Predictor, tmp_path: Path) -> Embedder:
    store = EmbeddingStore(tmp_path / "embeddings")
    return Embedder(predictor.network, predictor.preprocessing, store, backend="torch")


def test_each_pass_is_said_beforehand_predicted_saved_and_stored(
    predictor: Predictor, embedder: Embedder, test_images: Manifest, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    clean = predictor.predict(test_images, embedder)
    found = robustness(ASKED, EmbeddedPredictor(predictor, embedder), test_images, clean, tmp_path, seed=5)
    assert found is not None
    said = capfd.readouterr().err
    assert f"robustness: 4 passes over {len(test_images)} images; about" in said
    assert {path.name for path in (tmp_path / "robust").iterdir()} == {
        "jpeg-1.parquet",
        "jpeg-3.parquet",
        "occlusion-1.parquet",
        "occlusion-3.parquet",
    }
    assert [(level.corruption, level.severity) for level in found.levels] == [
        ("jpeg", 1),
        ("jpeg", 3),
        ("occlusion", 1),
        ("occlusion", 3),
    ]
    assert found.levels[1].described == "quality 10"
    computed = embedder.computed
    again = robustness(ASKED, EmbeddedPredictor(predictor, embedder), test_images, clean, tmp_path, seed=5)
    assert again == found
    assert embedder.computed == computed
    assert "all of them stored" in capfd.readouterr().err


def test_a_prediction_is_that_of_the_corrupted_picture(
    predictor: Predictor, embedder: Embedder, test_images: Manifest, tmp_path: Path
) -> None:
    clean = predictor.predict(test_images, embedder)
    robustness(ASKED, EmbeddedPredictor(predictor, embedder), test_images, clean, tmp_path, seed=5)
    saved = Predictions.load(tmp_path / "robust" / "occlusion-3.parquet")
    assert saved.ids.tolist() == test_images.ids.tolist()
    for row in (0, 7):
        rng = augmentation_rng(5, 0, str(test_images.ids[row]))
        square = CORRUPTIONS["occlusion"](3)(read_image(test_images.paths[row]), 32, "squash", rng)
        with torch.inference_mode():
            expected = predictor.network(torch.from_numpy(square.copy()).permute(2, 0, 1)[None])
        assert np.allclose(saved.logits[row], expected.numpy()[0], atol=1e-4)
        assert not np.allclose(saved.logits[row], clean.logits[row], atol=1e-4)


def test_nothing_is_done_when_nothing_is_asked_for(
    predictor: Predictor, embedder: Embedder, test_images: Manifest, tmp_path: Path
) -> None:
    clean = predictor.predict(test_images, embedder)
    for asked in (EvaluationSettings(), EvaluationSettings(robustness=RobustnessSettings([], [1]))):
        assert robustness(asked, EmbeddedPredictor(predictor, embedder), test_images, clean, tmp_path, seed=0) is None
    assert not (tmp_path / "robust").exists()


def test_what_training_saw_is_said(
    predictor: Predictor, embedder: Embedder, test_images: Manifest, tmp_path: Path
) -> None:
    clean = predictor.predict(test_images, embedder)
    kinds = trained_on(compose(["aug=[standard,robust]"]))
    found = robustness(
        ASKED, EmbeddedPredictor(predictor, embedder), test_images, clean, tmp_path, seed=0, trained_on=kinds
    )
    assert found is not None
    assert "Training pictures went through JPEG, occlusion as well" in found.notes[-1]
    assert set(kinds) <= set(CORRUPTIONS)
    assert trained_on(compose(["aug=standard"])) == ()


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "1 s"), (89, "89 s"), (100, "2 min"), (3000, "50 min"), (7000, "1 h 57 min")]
)
def test_times_are_spoken(seconds: float, said: str) -> None:
    assert spoken(seconds) == said
