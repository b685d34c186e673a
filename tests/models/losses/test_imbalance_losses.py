import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional
from torchvision.ops import sigmoid_focal_loss

from assay.models.losses.balanced_softmax import BalancedSoftmax
from assay.models.losses.class_weights import class_weights
from assay.models.losses.cross_entropy import CrossEntropy
from assay.models.losses.focal import Focal
from assay.models.losses.ldam_drw import LdamDrw
from assay.models.losses.logit_adjusted import LogitAdjusted

LABELS = [0] * 81 + [1] * 16 + [2] * 1
COUNTS = np.array([81, 16, 1])


def batch(seed: int, count: int = 8, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = 4 * torch.randn(count, classes, generator=generator)
    return logits, torch.randint(0, classes, (count,), generator=generator)


def weighted_ldam(**keys) -> LdamDrw:
    loss = LdamDrw(labels=LABELS, classes=3, **keys)
    loss.set_epoch(9, 10)
    return loss


LOSSES = {
    "cross_entropy": lambda: CrossEntropy("effective_number", labels=LABELS, classes=3),
    "focal": lambda: Focal(labels=LABELS, classes=3),
    "focal, weighted": lambda: Focal(0.5, "balanced", labels=LABELS, classes=3),
    "balanced_softmax": lambda: BalancedSoftmax(labels=LABELS, classes=3),
    "logit_adjusted": lambda: LogitAdjusted(1.7, labels=LABELS, classes=3),
    "ldam": lambda: LdamDrw(labels=LABELS, classes=3),
    "ldam, weighted": weighted_ldam,
}


@pytest.mark.parametrize("make", LOSSES.values(), ids=LOSSES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_one_hot_targets_give_what_labels_give(make, seed) -> None:
    logits, labels = batch(seed)
    soft = functional.one_hot(labels, 3).float()
    torch.testing.assert_close(make()(logits, soft), make()(logits, labels), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["focal", "balanced_softmax", "logit_adjusted", "ldam"])
def test_a_mixed_target_costs_the_mean_of_its_classes_by_share(name) -> None:
    loss = LOSSES[name]()
    logits, _ = batch(5)
    shares = torch.rand(8, 3, generator=torch.Generator().manual_seed(1)).softmax(1)
    each = [
        [loss(logits[row : row + 1], torch.tensor([label])).item() for label in range(3)] for row in range(len(logits))
    ]
    assert loss(logits, shares).item() == pytest.approx((np.array(each) * shares.numpy()).sum(1).mean(), rel=1e-4)


@pytest.mark.parametrize("make", LOSSES.values(), ids=LOSSES)
def test_sure_and_wrong_answers_have_finite_losses_and_slopes(make) -> None:
    for size in (50.0, 1e4):
        logits = torch.tensor([[size, -size, 0.0], [-size, size, 0.0]], requires_grad=True)
        for targets in (torch.tensor([0, 0]), torch.tensor([[0.7, 0.3, 0.0], [1.0, 0.0, 0.0]])):
            loss = make()(logits, targets)
            (slope,) = torch.autograd.grad(loss, logits)
            assert torch.isfinite(loss)
            assert torch.isfinite(slope).all()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_of_two_classes_is_that_of_torchvision(gamma) -> None:
    logits, labels = batch(1, classes=2)
    difference = logits[:, 1] - logits[:, 0]
    expected = sigmoid_focal_loss(difference, labels.float(), alpha=-1, gamma=gamma, reduction="mean")
    assert Focal(gamma)(logits, labels).item() == pytest.approx(expected.item(), rel=1e-5)
    # alpha multiplies from outside: torchvision's terms, averaged over their alphas
    alpha = 3 / 4  # of class 1, which has a third of the images of class 0
    terms = sigmoid_focal_loss(difference, labels.float(), alpha=alpha, gamma=gamma)
    weights = torch.where(labels == 1, alpha, 1 - alpha)
    weighted = Focal(gamma, "balanced", labels=[0, 0, 0, 1], classes=2)
    assert weighted(logits, labels).item() == pytest.approx((terms.sum() / weights.sum()).item(), rel=1e-5)


def test_focal_without_focus_is_cross_entropy() -> None:
    logits, labels = batch(3)
    weights = torch.tensor(compute_class_weight("balanced", classes=np.arange(3), y=LABELS), dtype=torch.float32)
    expected = functional.cross_entropy(logits, labels, weight=weights)
    assert Focal(0.0, "balanced", labels=LABELS)(logits, labels).item() == pytest.approx(expected.item(), rel=1e-5)


def test_effective_number_weights_are_those_of_the_paper_up_to_a_factor() -> None:
    weights = class_weights("effective_number", LABELS, 3, beta=0.9).numpy()
    paper = (1 - 0.9) / (1 - 0.9 ** COUNTS.astype(float))
    assert weights / weights[0] == pytest.approx(paper / paper[0], rel=1e-5)
    assert (weights * COUNTS).sum() == pytest.approx(98, rel=1e-5)


def test_balanced_softmax_counts_each_class_as_often_as_it_is_trained_on() -> None:
    logits, labels = batch(4)
    odds = COUNTS * np.exp(logits.double().numpy())
    expected = -np.log(odds[np.arange(8), labels] / odds.sum(1)).mean()
    assert BalancedSoftmax(labels=LABELS)(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_logit_adjustment_goes_from_cross_entropy_over_balanced_softmax_on() -> None:
    logits, labels = batch(6)
    plain = functional.cross_entropy(logits, labels)
    assert LogitAdjusted(0.0, labels=LABELS)(logits, labels).item() == pytest.approx(plain.item(), rel=1e-5)
    one = LogitAdjusted(1.0, labels=LABELS)(logits, labels)
    assert one.item() == pytest.approx(BalancedSoftmax(labels=LABELS)(logits, labels).item(), rel=1e-6)
    shifted = logits.numpy() + 2.5 * np.log(COUNTS / 98)
    expected = -log_softmax(shifted, axis=1)[np.arange(8), labels].mean()
    assert LogitAdjusted(2.5, labels=LABELS)(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_logits_learned_with_adjustment_favour_no_class() -> None:
    """Without anything to see, the best logits are equal; those of cross-entropy are the frequencies."""
    labels = torch.tensor(LABELS)

    def best(loss: torch.nn.Module) -> np.ndarray:
        bias = torch.zeros(3, requires_grad=True)
        optimizer = torch.optim.LBFGS([bias], max_iter=100, line_search_fn="strong_wolfe")

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            value = loss(bias.expand(len(labels), 3), labels)
            value.backward()
            return value

        optimizer.step(closure)
        return bias.detach().softmax(0).numpy()

    assert best(BalancedSoftmax(labels=LABELS)) == pytest.approx([1 / 3] * 3, abs=1e-3)
    assert best(CrossEntropy("balanced", labels=LABELS)) == pytest.approx([1 / 3] * 3, abs=1e-3)
    assert best(CrossEntropy()) == pytest.approx(COUNTS / 98, abs=1e-3)


@pytest.mark.parametrize("make", [BalancedSoftmax, LogitAdjusted, LdamDrw, Focal])
def test_a_class_without_training_images_breaks_nothing(make) -> None:
    loss = make(labels=[0, 0, 2], classes=4)
    if isinstance(loss, LdamDrw):
        loss.set_epoch(9, 10)
    logits = torch.randn(4, 4, requires_grad=True)
    for targets in (torch.tensor([0, 2, 0, 0]), torch.tensor([[0.5, 0.0, 0.5, 0.0]] * 4)):
        value = loss(logits, targets)
        (slope,) = torch.autograd.grad(value, logits)
        assert torch.isfinite(value)
        assert torch.isfinite(slope).all()
        assert slope[:, 3].sum() > 0, "its logit is pushed down like that of any other wrong class"


def test_margins_follow_the_fourth_root_and_lower_the_true_logit_alone() -> None:
    loss = LdamDrw(0.5, labels=LABELS, classes=3, head_scale=10.0)
    # n = 81, 16, 1: fourth roots 3, 2, 1
    assert loss.margin.tolist() == pytest.approx([5 / 3, 5 / 2, 5])
    logits, labels = batch(7)
    lowered = logits.double().numpy()
    lowered[np.arange(8), labels] -= 5 / np.array([3, 2, 1])[labels]
    expected = -log_softmax(lowered, axis=1)[np.arange(8), labels].mean()
    assert loss(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_class_weights_of_ldam_come_when_they_are_due() -> None:
    logits, labels = batch(8)
    for keys, first in (({}, 8), ({"start_share": 0.25}, 3), ({"start_epoch": 4}, 4), ({"start_share": 1.0}, 10)):
        loss = LdamDrw(labels=LABELS, classes=3, **keys)
        assert loss.starts(10) == first
        for epoch in range(10):
            loss.set_epoch(epoch, 10)
            assert loss.weighted == (epoch >= first)
    heavy = LdamDrw(0.0, beta=0.9999, labels=LABELS, classes=3)
    heavy.set_epoch(9, 10)
    weights = torch.tensor((1 - 0.9999) / (1 - 0.9999 ** COUNTS.astype(float)), dtype=torch.float32)
    expected = functional.cross_entropy(logits, labels, weight=weights)
    assert heavy(logits, labels).item() == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.parametrize("make", [BalancedSoftmax, LogitAdjusted, LdamDrw])
def test_what_needs_the_training_labels_says_so(make) -> None:
    with pytest.raises(ValueError, match="need the labels of the training images"):
        make(classes=3)


@pytest.mark.parametrize("make", LOSSES.values(), ids=LOSSES)
def test_losses_leave_checkpoints_alone(make) -> None:
    assert not make().state_dict()
