"""What is measured is what is served, where files of 16 bits hold fewer."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

from assay.data.dataset_range import with_sample_range
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sample_range import SampleRange
from assay.data.sources.folder import FolderSource
from assay.data.splits import assign_splits
from assay.deploy.bundle.answering import predict_files
from assay.deploy.pyfunc_model import BundleModel
from assay.embeddings.extract import Embedder
from assay.embeddings.store import EmbeddingStore
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.predictor import Predictor


@pytest.fixture(scope="module")
def deep_photos(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photographs, as a camera of 12 bits writes them into PNG files of 16."""
    folder = tmp_path_factory.mktemp("deep")
    for path in sorted(photos.rglob("*.*")):
        grey = read_image(path)[..., 1]
        target = folder / path.parent.name / f"{path.stem}.png"
        target.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(target), np.rint(grey / 255 * 4095).astype(np.uint16))
    return folder


@pytest.fixture(scope="module")
def test(deep_photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    scans = tmp_path_factory.mktemp("scans")
    manifest = with_sample_range(FolderSource(str(deep_photos)).build(scans), scans, "auto")
    return assign_splits(manifest).only("test")


@pytest.fixture(scope="module")
def predictor(test: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    network = Network(backbone, LinearHead(backbone.embedding_dim, len(test.class_names))).eval()
    with torch.no_grad():
        network.head.linear.weight.normal_()
    preprocessing = Preprocessing(32, samples=test.samples)
    return Predictor(network, preprocessing, test.class_names, tmp_path_factory.mktemp("cache") / "onnx")


def test_measured_predictions_are_the_answers_about_new_files_bit_for_bit(
    predictor: Predictor, test: Manifest, tmp_path: Path
) -> None:
    assert test.samples == SampleRange(12)
    store = EmbeddingStore(tmp_path / "store")
    embedder = Embedder(predictor.network, predictor.preprocessing, store, cache_dir=predictor.cache_dir)
    measured = predictor.predict(test, embedder)
    predictor.save(tmp_path)
    served = Predictor.load(tmp_path, cache_dir=predictor.cache_dir)
    for pictures in (test.paths, [path.read_bytes() for path in test.paths]):
        answers = np.stack([answer.probabilities for answer in served.answers(pictures)])
        assert np.array_equal(answers, predictor.probabilities(measured))
    again = predict_files(served.raw_predictions, test, served.samples)
    assert np.array_equal(again.logits, measured.logits)
    np.testing.assert_array_equal(again.statistics, measured.statistics)
    other = Embedder(predictor.network, Preprocessing(32), store, cache_dir=predictor.cache_dir)
    assert other.key() != embedder.key()
    assert not np.allclose(other(test), embedder(test)), "the whole range shows them almost black"


def test_a_served_model_scales_new_pictures_as_it_was_measured(tiny_bundle, deep_photos: Path) -> None:
    files = sorted(deep_photos.rglob("*.png"))[:4]
    eight = [
        np.repeat(np.rint(cv2.imread(str(path), -1) / 4095 * 255).astype(np.uint8)[..., None], 3, 2) for path in files
    ]
    bundle = tiny_bundle(preprocessing=Preprocessing(32, samples=SampleRange(12)))
    expected = np.stack([answer.probabilities for answer in bundle.predict(eight)])
    model = BundleModel()
    model.bundle = bundle
    table = model.predict(None, pd.DataFrame({"image": [path.read_bytes() for path in files]}))
    served = table[[name for name in table if name.startswith("probability_")]].to_numpy()
    np.testing.assert_array_equal(served, expected)
    np.testing.assert_array_equal(np.stack([answer.probabilities for answer in bundle.predict(files)]), expected)
