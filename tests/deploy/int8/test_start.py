from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from assay.deploy.int8.start import first_layers


@pytest.fixture(scope="module")
def network() -> onnx.ModelProto:
    """3 x 8 x 8 → 4 x 4 x 4 (3 x 3, stride 2) → 4 x 4 x 4 (one channel per group) → 8 x 4 x 4 (1 x 1) → 8 → 10."""
    rng = np.random.default_rng(0)
    shapes = {"a": (4, 3, 3, 3), "b": (4, 1, 3, 3), "c": (8, 4, 1, 1), "d": (8, 10)}
    nodes = [
        helper.make_node("Conv", ["x", "a"], ["1"], "first", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["1", "b"], ["2"], "second", group=4, pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["2", "c"], ["3"], "third"),
        helper.make_node("GlobalAveragePool", ["3"], ["4"], "pool"),
        helper.make_node("Flatten", ["4"], ["5"], "flat"),
        helper.make_node("MatMul", ["5", "d"], ["y"], "last"),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name) for name, shape in shapes.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@pytest.mark.parametrize("turned", [0, 1])
def test_a_product_costs_the_same_whichever_way_its_weights_lie(network, turned):
    other = onnx.ModelProto()
    other.CopyFrom(network)
    other.graph.node[-1].CopyFrom(helper.make_node("Gemm", ["5", "d"], ["y"], "last", transB=turned))
    weights = other.graph.initializer[-1]
    turned_over = numpy_helper.to_array(weights).T if turned else numpy_helper.to_array(weights)
    weights.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(turned_over), "d"))
    inputs = np.zeros((2, 3, 8, 8), np.float32)
    # 2,816 of 2,896 lie before it; with 64 or 100 in the place of 80 the shares would be 0.9778 and 0.9657.
    assert first_layers(other, inputs, 0.9725) == ["first", "second", "third"]
    assert first_layers(other, inputs, 0.9720) == ["first", "second"]


# Multiply-adds by hand: 16 places x 4 x 27 = 1,728; 16 x 4 x 9 = 576; 16 x 8 x 4 = 512; 80; together 2,896.
@pytest.mark.parametrize(
    ("share", "names"),
    [
        (0.0, []),
        (0.59, []),
        (0.60, ["first"]),
        (0.79, ["first"]),
        (0.80, ["first", "second"]),
        (0.973, ["first", "second", "third"]),
        (1.0, ["first", "second", "third", "last"]),
    ],
)
def test_the_first_layers_are_those_within_their_share_of_the_multiply_adds(network, share, names):
    assert first_layers(network, np.zeros((2, 3, 8, 8), np.float32), share) == names
