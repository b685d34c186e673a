from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_static
from torch import nn

from assay.deploy.export.int8 import products_overflow
from assay.deploy.graph.onnx_inspect import constants, values_of
from assay.deploy.int8.backbone import Int8Backbone, _reader
from assay.deploy.int8.equalise import equalised


@pytest.fixture(scope="module")
def network() -> onnx.ModelProto:
    """Two convolutions with a rectifier between, whose channels differ a thousandfold in size."""
    torch.manual_seed(0)
    layers = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU6(), nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.Flatten()
    ).eval()
    with torch.no_grad():
        layers[0].weight *= torch.logspace(-3, 0, 16).view(-1, 1, 1, 1)
        layers[0].bias *= torch.logspace(-3, 0, 16)
        layers[2].weight *= torch.logspace(3, 0, 16).view(-1, 1, 1, 1)
    example = torch.zeros(2, 3, 8, 8)
    shapes = ({0: torch.export.Dim("batch")},)
    program = torch.onnx.export(layers, (example,), dynamo=True, dynamic_shapes=shapes, input_names=["normalised"])
    return program.model_proto


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(0).normal(size=(32, 3, 8, 8)).astype(np.float32)


def _said(model, inputs):
    name = model.graph.output[0].name
    return values_of(model, [name], inputs)[name]


def test_equalising_changes_weights_and_not_what_the_network_says(network, inputs):
    changed = equalised(network, inputs)
    np.testing.assert_allclose(_said(changed, inputs), _said(network, inputs), rtol=1e-3, atol=1e-4)
    before, after = (numpy_helper.to_array(constants(model)["0.weight"]) for model in (network, changed))
    assert np.abs(after[0]).max() > 10 * np.abs(before[0]).max()


def _noise(found, expected):
    return np.square(found - expected).mean() / np.square(expected).mean()


def test_int8_is_nearer_to_the_float_network_than_what_onnx_runtime_makes_alone(network, inputs, tmp_path):
    # Without VNNI products of 8 bits overflow, which export says; weights of 7 bits are for those processors.
    maker = Int8Backbone(network, inputs, reduce_range=products_overflow())
    quantized = maker.quantized()
    onnx.save_model(network, tmp_path / "float.onnx")
    plain = tmp_path / "plain.onnx"
    reader = _reader(inputs, "normalised")
    quantize_static(tmp_path / "float.onnx", plain, reader, per_channel=True, activation_type=QuantType.QUInt8)
    expected = _said(network, inputs)
    ours, theirs = (_noise(_said(model, inputs), expected) for model in (quantized, onnx.load(plain)))
    assert ours < 0.01
    assert ours < 0.2 * theirs
    assert len(maker.harmful(quantized)) == 2


def test_a_layer_that_is_kept_in_float_has_no_int8_weights(network, inputs):
    maker = Int8Backbone(network, inputs)
    last = [node for node in network.graph.node if node.op_type == "Conv"][-1]
    kept = constants(maker.quantized([last.name]))
    assert f"{last.input[1]}_quantized" not in kept
    assert "0.weight_quantized" in kept


def test_a_reduced_range_leaves_weights_seven_bits(network, inputs):
    quantized = Int8Backbone(network, inputs, reduce_range=True).quantized()
    weights = [numpy_helper.to_array(v) for n, v in constants(quantized).items() if n.endswith("weight_quantized")]
    assert weights
    assert max(np.abs(values.astype(int)).max() for values in weights) <= 64
