import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from torch.nn import functional

from assay.models.losses.cross_entropy import CrossEntropy

LABELS = [0] * 12 + [1] * 5 + [2] * 3


def batch(seed: int, count: int = 8, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(count, classes, generator=generator)
    return logits, torch.randint(0, classes, (count,), generator=generator)


def test_it_is_the_log_loss_of_scikit_learn():
    logits, labels = batch(0)
    expected = log_loss(labels, logits.double().softmax(1), labels=[0, 1, 2])
    assert CrossEntropy()(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_balanced_weights_are_those_of_scikit_learn():
    logits, labels = batch(1)
    loss = CrossEntropy("balanced", labels=LABELS, classes=3)
    np.testing.assert_allclose(loss.weight, compute_class_weight("balanced", classes=np.arange(3), y=LABELS), rtol=1e-6)
    weights = compute_sample_weight(dict(enumerate(loss.weight.tolist())), labels)
    expected = log_loss(labels, logits.double().softmax(1), labels=[0, 1, 2], sample_weight=weights)
    assert loss(logits, labels).item() == pytest.approx(expected, rel=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.sampled_from(["none", "balanced"]))
def test_one_hot_targets_give_what_labels_give(seed, smoothing, weights):
    logits, labels = batch(seed)
    loss = CrossEntropy(weights, smoothing, labels=LABELS, classes=3)
    soft = functional.one_hot(labels, 3).float()
    torch.testing.assert_close(loss(logits, soft), loss(logits, labels), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_soft_targets_without_weights_are_those_of_torch(smoothing):
    logits, _ = batch(2)
    soft = torch.rand(8, 3).softmax(1)
    expected = functional.cross_entropy(logits, soft, label_smoothing=smoothing)
    torch.testing.assert_close(CrossEntropy(label_smoothing=smoothing)(logits, soft), expected)


def test_a_mixed_target_lies_between_its_classes_by_share_and_weight():
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25]]))
    loss = CrossEntropy("balanced", labels=[0, 0, 0, 1], classes=2)
    two = torch.log(torch.tensor([[0.8, 0.2]]))
    # weights 2/3 and 2; shares 0.7 and 0.3
    expected = -(0.7 * 2 / 3 * np.log(0.8) + 0.3 * 2 * np.log(0.2)) / (0.7 * 2 / 3 + 0.3 * 2)
    assert loss(two, torch.tensor([[0.7, 0.3]])).item() == pytest.approx(expected, rel=1e-6)
    assert CrossEntropy()(logits, torch.tensor([[0.5, 0.5, 0.0]])).item() == pytest.approx(1.5 * np.log(2), rel=1e-6)


def test_a_class_without_training_images_weighs_nothing_and_breaks_nothing():
    loss = CrossEntropy("balanced", 0.1, labels=[0, 0, 2], classes=4)
    assert loss.weight[[1, 3]].tolist() == [0, 0]
    assert torch.isfinite(loss(torch.randn(2, 4), torch.tensor([0, 2])))


def test_balanced_needs_labels_and_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="need the labels"):
        CrossEntropy("balanced")
    with pytest.raises(ValueError, match="got 'balancd'"):
        CrossEntropy("balancd")


def test_the_loss_moves_to_a_device_with_its_weights_and_leaves_checkpoints_alone():
    loss = CrossEntropy("balanced", labels=LABELS, classes=3)
    assert not loss.state_dict()
    assert loss.double().weight.dtype == torch.float64
