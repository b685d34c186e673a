from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from assay.data.preprocessing import Preprocessing
from assay.deploy.graph.eager import EagerSession
from assay.deploy.graph.graph import Answering
from assay.deploy.graph.onnx_format import answering_onnx, backbone_onnx, joined_onnx, normalised_onnx, write_onnx
from assay.deploy.graph.session import OnnxSession, run
from assay.embeddings import onnx_graph
from assay.embeddings.onnx_runtime import export_embed
from assay.errors import BundleError
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.postprocess.calibration import CALIBRATORS, Temperature
from assay.predictor import Predictor

pytestmark = pytest.mark.slow  # every test exports


@pytest.fixture(scope="module")
def predictor(tmp_path_factory, simulate) -> Predictor:
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    network = Network(backbone, LinearHead(backbone.embedding_dim, 3)).eval()
    with torch.no_grad():
        network.head.linear.weight.normal_()
    calibrator = Temperature().fit(simulate(200, 3, split="calib", overconfidence=2.0))
    cache = tmp_path_factory.mktemp("onnx")
    return Predictor(network, Preprocessing(32), ("a", "b", "c"), cache, calibrator=calibrator)


@pytest.fixture(scope="module")
def graph(predictor, tmp_path_factory):
    parts = [
        normalised_onnx(predictor.network, predictor.preprocessing),
        backbone_onnx(predictor.network, 32),
        answering_onnx(predictor.network.head, predictor.network.backbone.embedding_dim, predictor.calibrator),
    ]
    path = tmp_path_factory.mktemp("graph") / "model.onnx"
    write_onnx(joined_onnx(*parts), path)
    return path


def test_one_graph_takes_decoded_pictures_of_any_size_and_number_and_says_what_pytorch_says(predictor, graph):
    session, eager = OnnxSession(graph), EagerSession(predictor)
    rng = np.random.default_rng(0)
    for batch, height, width in [(1, 40, 30), (3, 20, 64), (2, 32, 32)]:
        pictures = rng.integers(0, 256, (batch, 3, height, width), dtype=np.uint8)
        for found, expected in zip(session(pictures), eager(pictures), strict=True):
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_probabilities_that_leave_the_graph_are_the_predictors(predictor, graph):
    images = [np.random.default_rng(k).integers(0, 256, (40 + k, 50, 3), dtype=np.uint8) for k in range(3)]
    found = run(OnnxSession(graph), images).probabilities
    expected = predictor.probabilities(predictor.raw_predictions(images))
    np.testing.assert_allclose(found, expected, atol=0.02)  # a pixel may be one grey level away
    assert np.abs(found - softmax_of(predictor, images)).max() > 0.02  # and calibration is inside


def softmax_of(predictor, images):
    logits = torch.from_numpy(predictor.raw_predictions(images).logits)
    return torch.softmax(logits, dim=1).numpy()


def test_no_names_of_source_files_leave_with_the_graph(graph):
    model = onnx.load(graph)
    assert b"site-packages" not in model.SerializeToString()


def test_a_file_that_is_no_graph_is_refused_with_its_name(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(BundleError, match=r"model\.onnx: ONNX Runtime cannot load it"):
        OnnxSession(tmp_path / "model.onnx")


@pytest.fixture
def exported(monkeypatch) -> list[str]:
    """Names of modules that the exporter has seen."""
    seen: list[str] = []
    real = onnx_graph.exported
    monkeypatch.setattr(
        onnx_graph,
        "exported",
        lambda module, *more, **named: seen.append(type(module).__name__) or real(module, *more, **named),
    )
    return seen


def test_the_backbone_of_a_bundle_is_the_one_that_embeddings_came_from(predictor, tmp_path, exported):
    export_embed(predictor.network, 32, tmp_path / "embed.onnx", graphs_dir=tmp_path)
    backbone_onnx(predictor.network, 32, graphs_dir=tmp_path)
    assert exported == ["Backbone"]


@pytest.mark.parametrize("method", ["temperature", "vector", "matrix", "isotonic", "false_alarms"])
def test_answers_are_exported_once_whatever_was_fitted(method, simulate, tmp_path, exported):
    classes = 2 if method == "false_alarms" else 3
    for seed in range(2):
        torch.manual_seed(seed)
        head = LinearHead(16, classes).eval()
        calib = simulate(300, classes, seed=seed, split="calib", overconfidence=2.0 + seed)
        answering = Answering(head, CALIBRATORS.classes()[method]().fit(calib))
        graph = answering_onnx(head, 16, CALIBRATORS.classes()[method]().fit(calib), graphs_dir=tmp_path)
        session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
        embeddings = torch.randn((7, 16))
        with torch.inference_mode():
            expected = [values.numpy() for values in answering(embeddings)]
        for found, values in zip(session.run(None, {"embeddings": embeddings.numpy()}), expected, strict=True):
            np.testing.assert_allclose(found, values, atol=1e-6)
    assert len(exported) == 1
