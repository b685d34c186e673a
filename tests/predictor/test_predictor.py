import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assay.data.preprocessing import Preprocessing
from assay.data.quality import CHECKED
from assay.errors import DataError
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.postprocess.calibration import Temperature
from assay.postprocess.ood.knn import Knn
from assay.postprocess.ood.quick_checks import QuickChecks
from assay.postprocess.ood.two_stage import TwoStage
from assay.postprocess.reject import CoverageRule
from assay.predictions import Predictions
from assay.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(tmp_path_factory) -> Predictor:
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    network = Network(backbone, LinearHead(backbone.embedding_dim, 3)).eval()
    logits = np.random.default_rng(0).normal(size=(200, 3))
    ids = np.array([f"{i:03d}" for i in range(200)])
    held_out = Predictions(ids, ids, "calib", logits.argmax(1) * (np.arange(200) % 5 > 0), ("a", "b", "c"), logits)
    return Predictor(
        network=network,
        preprocessing=Preprocessing(32, "letterbox"),
        class_names=("a", "b", "c"),
        cache_dir=tmp_path_factory.mktemp("onnx"),
        ordered=True,
    ).fitted(held_out, calibrator=Temperature(), reject=CoverageRule(coverage=0.6))


@pytest.fixture(scope="module")
def saved(predictor, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    predictor.save(folder)
    return folder


@pytest.fixture
def picture() -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, size=(40, 24, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_loaded_predictor_answers_exactly_as_the_saved_one(predictor, saved, picture, tmp_path):
    loaded = Predictor.load(saved, cache_dir=tmp_path)
    ours, theirs = predictor.answer(picture), loaded.answer(picture)
    np.testing.assert_array_equal(ours.probabilities, theirs.probabilities)
    assert (ours.label, ours.confidence, ours.rejected) == (theirs.label, theirs.confidence, theirs.rejected)
    assert (loaded.class_names, loaded.ordered, loaded.preprocessing) == (
        ("a", "b", "c"),
        True,
        predictor.preprocessing,
    )


def test_a_picture_of_another_kind_is_called_out_with_the_reason_also_after_loading(predictor, picture, tmp_path):
    rng = np.random.default_rng(2)

    def known(split: str) -> Predictions:
        vectors = rng.normal(size=(60, predictor.network.backbone.embedding_dim))
        statistics = rng.normal([24, 0.6, 40, 128, 70, 7.9], 0.01, size=(60, 6))
        ids = np.array([f"{split}{i}" for i in range(60)])
        logits, labels = np.zeros((60, 3)), np.arange(60) % 3
        return Predictions(ids, ids, split, labels, ("a", "b", "c"), logits, False, vectors, statistics, CHECKED)

    rule = TwoStage(Knn(k=3), QuickChecks()).fit(known("train"), known("calib"))
    guarded = replace(predictor, ood=rule)
    guarded.save(tmp_path / "model")
    for one in (guarded, Predictor.load(tmp_path / "model", cache_dir=tmp_path)):
        answer = one.answer(picture)
        assert answer.domain == "out"
        assert "sharpness" in answer.reason
    assert predictor.answer(picture).domain == "in-domain"
    (tmp_path / "model" / "ood.safetensors").unlink()
    with pytest.raises(DataError, match="cannot be read"):
        Predictor.load(tmp_path / "model", cache_dir=tmp_path)


def test_an_unsure_answer_is_rejected(predictor, picture):
    answer = predictor.answer(picture)
    assert answer.rejected == (answer.confidence < predictor.reject.threshold_)


def test_the_files_hold_no_pickle(saved):
    assert sorted(path.suffix for path in saved.iterdir()) == [".json", ".safetensors"]


@pytest.mark.parametrize("damage", ["missing", "truncated weights", "not json", "other classes"])
def test_a_damaged_folder_is_refused_with_its_name(saved, tmp_path, damage):
    for file in saved.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights, about = tmp_path / "model.safetensors", tmp_path / "predictor.json"
    if damage == "missing":
        about.unlink()
    elif damage == "truncated weights":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif damage == "not json":
        about.write_text("{")
    else:
        about.write_text(about.read_text().replace('"c"', '"c", "d"'))
    with pytest.raises(DataError, match=str(tmp_path)):
        Predictor.load(tmp_path, cache_dir=tmp_path)
