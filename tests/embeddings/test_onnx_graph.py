"""The graph of an architecture is exported once; other weights are filled into it."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from assay.embeddings import onnx_graph as module
from assay.embeddings.onnx_graph import onnx_graph, settled_graph, with_clamps

pytestmark = pytest.mark.slow  # every test exports

SIZE = 16
EXAMPLE = torch.zeros((2, 3, SIZE, SIZE))
FREE = {0: torch.export.Dim("batch"), 2: torch.export.Dim("height"), 3: torch.export.Dim("width")}


class Net(nn.Module):
    """Convolution and normalisation, which an optimiser folds into each other, and settings of several kinds."""

    def __init__(self, seed: int = 0, scale: float = 1.0, twice: bool = False, most: float = 6.0) -> None:
        super().__init__()
        self._most = most
        torch.manual_seed(seed)
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.act = nn.ReLU6()
        self.linear = nn.Linear(4, 5)
        self.scale, self.twice = scale, twice
        nn.init.normal_(self.norm.bias)
        nn.init.normal_(self.norm.running_mean)
        nn.init.uniform_(self.norm.running_var, 0.5, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = self.act(self.norm(self.conv(images))).mean((2, 3)) * self.scale
        return self.linear(x).clamp(max=self._most) * (2 if self.twice else 1)


class Hidden(Net):
    """Holds a tensor that is neither a parameter nor a buffer, and a plain number in a place where nobody looks."""

    def __init__(self, shift: float) -> None:
        super().__init__()
        self.shift = torch.full((4,), shift)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.linear(self.conv(images).mean((2, 3)) + self.shift)


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[nn.Module]:
    """The modules that were exported, and not filled in."""
    seen: list[nn.Module] = []
    real = module.exported

    def exported(net, *arguments, **named):
        seen.append(net)
        return real(net, *arguments, **named)

    monkeypatch.setattr(module, "exported", exported)
    return seen


def answers(net: nn.Module, graphs_dir: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Of the graph, and of the module itself."""
    graph = onnx_graph(net, EXAMPLE, "pictures", "embeddings", graphs_dir=graphs_dir)
    images = torch.randn((3, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(1))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        expected = net.eval()(images).numpy()
    return session.run(["embeddings"], {"pictures": images.numpy()})[0], expected


def test_other_weights_are_filled_in_and_say_what_the_module_says(exports, tmp_path):
    for seed in (0, 1, 2):
        found, expected = answers(Net(seed), tmp_path)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert len(exports) == 1
    (blank,) = tmp_path.iterdir()
    weights = Net(0).linear.weight.detach().numpy().tobytes()
    assert weights not in blank.read_bytes()


def test_a_filled_graph_is_the_one_that_an_export_gives(tmp_path):
    onnx_graph(Net(0), EXAMPLE, "pictures", "embeddings", graphs_dir=tmp_path)
    filled = onnx_graph(Net(1), EXAMPLE, "pictures", "embeddings", graphs_dir=tmp_path)
    fresh = onnx_graph(Net(1), EXAMPLE, "pictures", "embeddings", graphs_dir=None)
    assert [node.op_type for node in filled.graph.node] == [node.op_type for node in fresh.graph.node]
    held = [{entry.name: entry.raw_data for entry in graph.graph.initializer} for graph in (filled, fresh)]
    assert held[0] == held[1]
    assert "BatchNormalization" not in {node.op_type for node in filled.graph.node}


@pytest.mark.parametrize("other", [{"scale": 0.5}, {"twice": True}, {"most": 0.01}])
def test_another_setting_is_another_architecture(other, exports, tmp_path):
    answers(Net(), tmp_path)
    found, expected = answers(Net(**other), tmp_path)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert len(exports) == 2


def test_a_number_that_is_no_weight_and_could_change_keeps_the_graph_from_being_shared(exports, tmp_path):
    for shift in (1.0, 3.0):
        found, expected = answers(Hidden(shift), tmp_path)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert len(exports) == 2
    assert list(tmp_path.iterdir()) == []


class Shifted(nn.Module):
    """What makes pictures brighter, by how much is a weight."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.register_buffer("by", torch.full((3, 1, 1), by))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return (pictures * 2 + self.by).mean((2, 3))


def test_a_graph_whose_weights_are_settings_is_kept_for_these_alone(exports, tmp_path):
    pictures = np.ones((2, 3, 4, 4), np.float32)
    for by, exported in ((1.0, 1), (1.0, 1), (5.0, 2), (1.0, 2)):
        graph = settled_graph(Shifted(by), EXAMPLE, FREE, "pictures", "brighter", graphs_dir=tmp_path)
        session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
        np.testing.assert_allclose(session.run(None, {"pictures": pictures})[0], np.full((2, 3), 2 + by), rtol=1e-6)
        assert len(exports) == exported


def test_other_code_is_another_architecture(exports, tmp_path, monkeypatch):
    answers(Net(), tmp_path)
    changed = SimpleNamespace(getsource=lambda module: f"# changed\n{module.__name__}")
    monkeypatch.setattr("assay.embeddings.architecture.inspect", changed)
    answers(Net(), tmp_path)
    assert len(exports) == 2


def test_what_has_no_readable_code_is_exported_each_time(exports, tmp_path, monkeypatch):
    unreadable = SimpleNamespace(getsource=lambda module: inspect.getfile(None))
    monkeypatch.setattr("assay.embeddings.architecture.inspect", unreadable)
    for _ in range(2):
        found, expected = answers(Net(), tmp_path)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert (len(exports), list(tmp_path.iterdir())) == (2, [])


def test_a_damaged_graph_is_exported_again(exports, tmp_path, caplog):
    answers(Net(), tmp_path)
    (blank,) = tmp_path.iterdir()
    blank.write_bytes(blank.read_bytes()[:300])
    found, expected = answers(Net(1), tmp_path)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert "cannot be used and is exported again" in caplog.text
    answers(Net(2), tmp_path)
    assert len(exports) == 2


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path):
    (tmp_path / "file").write_text("")
    found, expected = answers(Net(), tmp_path / "file")
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_what_is_exported_has_clamps_for_relu6_and_the_module_keeps_its_own():
    net = Net()
    net.norm.bias.data.fill_(5.9)
    changed = with_clamps(net).eval()
    assert not [part for part in changed.modules() if isinstance(part, nn.ReLU6)]
    assert isinstance(net.act, nn.ReLU6)
    images = torch.randn((2, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        inside, found, expected = net.eval().norm(net.conv(images)), changed(images), net(images)
    assert inside.max() > 6
    assert torch.equal(found, expected)
