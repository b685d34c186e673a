"""What is measured is what is served, where every picture is compressed anew before a network sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from assay.augment.handling import Handling
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.data.sources.folder import FolderSource
from assay.data.splits import assign_splits
from assay.deploy.graph.eager import EagerSession
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.embeddings.extract import Embedder
from assay.embeddings.store import EmbeddingStore
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.predictor import Predictor
from assay.predictor.rules import load_rules


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    network = Network(backbone, LinearHead(backbone.embedding_dim, 3)).eval()
    with torch.no_grad():
        network.head.linear.weight.normal_()
    return Predictor(
        network, Preprocessing(32, "crop", normalise=24), ("a", "b", "c"), tmp_path_factory.mktemp("cache") / "onnx"
    )


@pytest.fixture(scope="module")
def test(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    manifest = assign_splits(FolderSource(str(photos)).build(tmp_path_factory.mktemp("scans")))
    return Manifest(manifest.table[manifest.table["split"] == "test"], manifest.class_names)


@pytest.fixture(scope="module")
def embedder(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    store = EmbeddingStore(tmp_path_factory.mktemp("store"))
    return Embedder(predictor.network, predictor.preprocessing, store, cache_dir=predictor.cache_dir)


def probabilities(answers: list) -> np.ndarray:
    return np.stack([answer.probabilities for answer in answers])


def test_measured_predictions_are_the_answers_about_the_original_files_bit_for_bit(
    predictor: Predictor, test: Manifest, embedder: Embedder, tmp_path: Path
) -> None:
    measured = predictor.probabilities(predictor.predict(test, embedder))
    predictor.save(tmp_path)
    served = Predictor.load(tmp_path, cache_dir=predictor.cache_dir)
    assert np.array_equal(probabilities(served.answers(test.paths)), measured)


def test_a_handled_picture_is_measured_as_it_would_be_answered_about(
    predictor: Predictor, test: Manifest, embedder: Embedder
) -> None:
    handling = Handling("jpeg", 30)
    measured = predictor.predict(test, embedder, policy=handling)
    served = predictor.raw_predictions([handling.handled(read_image(path)) for path in test.paths])
    assert (served.split, set(served.labels.tolist())) == ("unlabelled", {-1}), "nobody has said what they are"
    assert np.array_equal(served.logits, measured.logits)


@pytest.mark.parametrize("preprocessing", [Preprocessing(32, "crop", normalise=24), Preprocessing(32, "native")])
def test_a_graph_is_handed_what_the_network_gets_and_says_the_same(
    predictor: Predictor, test: Manifest, tmp_path: Path, preprocessing: Preprocessing
) -> None:
    predictor = replace(predictor, preprocessing=preprocessing)
    images = [read_image(path) for path in test.paths[:5]]
    for prepared, pixels in zip(predictor.prepared(images), predictor.pixels(images), strict=True):
        assert np.array_equal(prepared.transpose(2, 0, 1), pixels)
    session = EagerSession(predictor)
    kept = {"class_names": predictor.class_names, "ordered": False, "preprocessing": predictor.preprocessing}
    graph = OnnxPredictor(session, calibrator=predictor.calibrator, reject=predictor.reject, **kept)
    expected = probabilities(predictor.answers(test.paths))
    assert np.abs(probabilities(graph.answers(test.paths)) - expected).max() < 1e-4
    graph.save(tmp_path)  # as INT8 does, whose rules are its own
    assert load_rules(tmp_path).preprocessing == predictor.preprocessing


def test_a_predictor_from_before_there_was_normalising_answers_as_it_did(
    predictor: Predictor, test: Manifest, tmp_path: Path
) -> None:
    plain = Predictor(predictor.network, Preprocessing(32, "crop"), predictor.class_names, predictor.cache_dir)
    plain.save(tmp_path)
    assert "normalise" not in (tmp_path / "predictor.json").read_text(encoding="utf-8")
    loaded = Predictor.load(tmp_path, cache_dir=predictor.cache_dir)
    assert loaded.preprocessing.normalise is None
    before, after = (probabilities(one.answers(test.paths[:4])) for one in (loaded, predictor))
    assert np.abs(before - after).max() > 1e-4
