import shutil

import numpy as np
import pytest
import torch

from assay.embeddings.identity import embedding_key, weights_digest
from assay.embeddings.onnx_runtime import OnnxRuntime
from assay.embeddings.runtime import embedding_runtime, made_up_pictures, relative_difference
from assay.errors import ConfigError

SIZE = 32


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 3, SIZE, SIZE), dtype=np.uint8)


def reference(network, images: np.ndarray) -> np.ndarray:
    """The same written down with numpy and torch.nn.functional, from the network's tensors."""
    layers = network.backbone.features
    x = (images.astype(np.float64) / 255 - np.reshape(network.backbone.mean, (3, 1, 1))) / np.reshape(
        network.backbone.std, (3, 1, 1)
    )
    y = torch.nn.functional.conv2d(torch.from_numpy(x), layers[0].weight.detach().double(), stride=2).numpy()
    norm = layers[1]
    mean, variance = norm.running_mean.numpy()[:, None, None], norm.running_var.numpy()[:, None, None]
    y = (y - mean) / np.sqrt(variance + norm.eps) * norm.weight.detach().numpy()[:, None, None]
    y = y + norm.bias.detach().numpy()[:, None, None]
    return (y / (1 + np.exp(-y))).mean(axis=(2, 3))


@pytest.fixture
def trained(network):
    """With running statistics that differ from a batch's, so that eval mode shows."""
    network.backbone.features[1].running_mean.fill_(0.1)
    network.backbone.features[1].running_var.fill_(2.0)
    return network


@pytest.mark.parametrize("backend", ["onnx", "eager"])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_runtime_computes_what_the_layers_say_for_any_batch(trained, exported, backend, count) -> None:
    runtime = embedding_runtime(trained, SIZE, backend=backend, cache_dir=exported)
    assert runtime.backend == ("onnxruntime" if backend == "onnx" else "eager")
    assert runtime.note == ""
    vectors = runtime(pictures(count))
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, reference(trained, pictures(count)), rtol=1e-4, atol=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours(network, exported) -> None:
    runtime = embedding_runtime(network, SIZE, cache_dir=exported)
    images = pictures(32)
    np.testing.assert_allclose(runtime(images)[::-1], runtime(images[::-1]), rtol=1e-6)


def test_the_network_is_left_as_it_was(network, exported) -> None:
    network.train()
    network.backbone.features[1].eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    embedding_runtime(network, SIZE, backend="eager", cache_dir=exported)(pictures(4))
    embedding_runtime(network, SIZE, cache_dir=exported)(pictures(4))
    assert network.training
    assert network.backbone.features[0].training
    assert not network.backbone.features[1].training
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_autocast_around_it_changes_nothing(network, exported) -> None:
    runtime = embedding_runtime(network, SIZE, backend="eager", cache_dir=exported)
    plain = runtime(pictures(4))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        np.testing.assert_array_equal(runtime(pictures(4)), plain)


def test_a_network_that_does_not_export_falls_back_to_eager_and_says_so(unexportable, tmp_path, caplog) -> None:
    runtime = embedding_runtime(unexportable, SIZE, cache_dir=tmp_path)
    assert runtime.backend == "eager"
    assert "computed by PyTorch and not by ONNX Runtime: " in runtime.note
    assert runtime.note in caplog.text
    with torch.inference_mode():
        expected = unexportable.eval().embed(torch.from_numpy(pictures(3))).numpy()
    np.testing.assert_allclose(runtime(pictures(3)), expected, rtol=1e-5, atol=1e-6)


def test_insisting_on_onnx_says_why_it_does_not_work(unexportable, tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"Use backend=auto or backend=eager\."):
        embedding_runtime(unexportable, SIZE, backend="onnx", cache_dir=tmp_path)
    for backend in ("auto", "eager"):
        assert embedding_runtime(unexportable, SIZE, backend=backend, cache_dir=tmp_path).backend == "eager"


def test_an_exported_network_that_disagrees_is_not_trusted(make_network, exported, tmp_path) -> None:
    network, other = make_network(1), make_network(0)
    embedding_runtime(other, SIZE, backend="onnx", cache_dir=exported)
    wrong = OnnxRuntime.path(network, SIZE, cache_dir=tmp_path)
    shutil.copy(OnnxRuntime.path(other, SIZE, cache_dir=exported), wrong)
    runtime = embedding_runtime(network, SIZE, cache_dir=tmp_path)
    assert runtime.backend == "eager"
    assert "differ by" in runtime.note


def test_the_export_is_kept_and_made_again_when_it_is_damaged(network, exported, tmp_path) -> None:
    embedding_runtime(network, SIZE, backend="onnx", cache_dir=exported)
    path = OnnxRuntime.path(network, SIZE, cache_dir=tmp_path)
    shutil.copy(OnnxRuntime.path(network, SIZE, cache_dir=exported), path)
    written = path.stat().st_mtime_ns
    embedding_runtime(network, SIZE, backend="onnx", cache_dir=tmp_path)
    assert path.stat().st_mtime_ns == written
    path.write_bytes(path.read_bytes()[:1000])
    assert embedding_runtime(network, SIZE, cache_dir=tmp_path).backend == "onnxruntime"
    (blank,) = set(tmp_path.glob("*.onnx")) - {path}
    assert blank.name.endswith(".blank.onnx")


def test_networks_that_tell_other_classes_apart_share_a_graph(make_network, tmp_path) -> None:
    for seed, classes in enumerate((2, 5)):
        embedding_runtime(make_network(seed, classes=classes), SIZE, backend="onnx", cache_dir=tmp_path)
    assert len(list(tmp_path.glob("*.blank.onnx"))) == 1


def test_relative_difference_of_a_worked_example() -> None:
    ones, others = np.array([[3.0, 4.0], [1.0, 0.0]], np.float32), np.array([[3.0, 4.5], [1.0, 0.0]], np.float32)
    assert relative_difference(others, ones) == pytest.approx(0.1)
    assert relative_difference(ones, ones) == 0
    assert relative_difference(ones * np.nan, ones) == float("inf")
    assert relative_difference(ones[:1], ones) == float("inf")


def test_made_up_pictures_are_pictures() -> None:
    images = made_up_pictures(SIZE)
    assert (images.shape, images.dtype) == ((2, 3, SIZE, SIZE), np.uint8)
    assert 20 < images.std() < 100
    np.testing.assert_array_equal(images, made_up_pictures(SIZE))


def test_the_key_changes_with_weights_normalisation_pictures_and_view(make_network, preprocessing) -> None:
    class Flip:
        digest = "flip"

    class Crop:
        digest = "crop"

    network = make_network()
    brighter = make_network()
    brighter.backbone.mean = (0.6, 0.6, 0.6)
    retrained = make_network()
    retrained.backbone.features[1].running_mean += 1
    assert weights_digest(network) == weights_digest(make_network())
    keys = [
        embedding_key(network, preprocessing),
        embedding_key(brighter, preprocessing),
        embedding_key(retrained, preprocessing),
        embedding_key(make_network(1), preprocessing),
        embedding_key(network, type(preprocessing)(48)),
        embedding_key(network, preprocessing, policy=Flip()),
        embedding_key(network, preprocessing, policy=Crop()),
        embedding_key(network, preprocessing, policy=Flip(), view=1),
        embedding_key(network, preprocessing, policy=Flip(), seed=1),
    ]
    assert len({key.digest for key in keys}) == len(keys)
    assert embedding_key(network, preprocessing, view=1, seed=1) == keys[0]
