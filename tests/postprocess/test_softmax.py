import numpy as np
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from assay.postprocess.softmax import log_softmax, softmax

INF = np.inf
logits = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(-1e6, 1e6))


@given(logits)
def test_finite_logits_give_what_scipy_gives(values):
    np.testing.assert_allclose(log_softmax(values), scipy.special.log_softmax(values, axis=1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(softmax(values).sum(axis=1), 1)


def test_one_infinite_logit_takes_the_whole_probability():
    np.testing.assert_array_equal(softmax(np.array([[3, INF, 5]])), [[0, 1, 0]])


def test_equally_infinite_logits_share_the_probability():
    np.testing.assert_allclose(softmax(np.array([[INF, 0, INF], [-INF, -INF, -INF]])), [[0.5, 0, 0.5], [1 / 3] * 3])


def test_a_class_at_minus_infinity_is_ruled_out():
    np.testing.assert_allclose(softmax(np.array([[-INF, 1, 1]])), [[0, 0.5, 0.5]])


def test_the_largest_float32_logits_do_not_overflow():
    largest = float(np.finfo(np.float32).max)
    np.testing.assert_array_equal(softmax(np.array([[largest, -largest]], dtype=np.float32)), [[1, 0]])
