import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from assay.models.head import LinearHead, Standardize


def test_standardisation_is_that_of_scikit_learn_but_for_features_that_vary_less_than_most():
    values = np.random.default_rng(0).normal(3, [0.01, 1, 500], (200, 3)).astype(np.float32)
    layer = Standardize(3)
    layer.fit_(values)
    scaler = StandardScaler()
    expected = scaler.fit_transform(values.astype(np.float64))
    expected[:, 0] *= scaler.scale_[0] / scaler.scale_[1]
    np.testing.assert_allclose(layer(torch.from_numpy(values)).numpy(), expected, rtol=1e-3, atol=1e-3)


def test_a_feature_that_was_hardly_ever_active_does_not_drown_the_others_on_new_pictures():
    values = torch.randn(500, 5)
    values[:, 4] = 0
    values[7, 4] = 0.01
    layer = Standardize(5)
    layer.fit_(values)
    new = torch.zeros(1, 5)
    new[0, 4] = 1.0
    assert layer(new).abs().max() < 2


def test_a_feature_that_never_varies_is_centred_and_stays_finite():
    values = torch.randn(50, 2)
    values[:, 1] = 7.0
    layer = Standardize(2)
    layer.fit_(values)
    assert torch.equal(layer(values)[:, 1], torch.zeros(50))
    one = Standardize(2)
    one.fit_(values[:1])
    assert torch.isfinite(one(values)).all()


@pytest.mark.parametrize(
    "values", [torch.zeros(5, 4), torch.zeros(0, 3), torch.zeros(3), torch.full((2, 3), torch.nan)]
)
def test_statistics_of_something_else_are_refused(values):
    with pytest.raises(ValueError, match=r"must be \[N, 3\]|not finite"):
        Standardize(3).fit_(values)


def test_nothing_is_standardised_before_it_is_fitted():
    values = torch.randn(5, 3)
    assert torch.equal(Standardize(3)(values), values)


def test_statistics_do_not_follow_the_batches_of_a_training():
    head = LinearHead(3, 2).train()
    head.fit_(torch.randn(50, 3))
    before = {name: value.clone() for name, value in head.named_buffers()}
    head(100 * torch.randn(8, 3))
    assert all(torch.equal(value, before[name]) for name, value in head.named_buffers())
    assert {name for name, _ in head.named_parameters()} == {"linear.weight", "linear.bias"}


def test_a_head_learns_features_of_very_different_scales_in_a_few_steps_when_it_is_fitted():
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 2, (400,), generator=generator)
    values = torch.randn(400, 2, generator=generator) * torch.tensor([1e-3, 1e3])
    values[:, 0] += 2e-3 * labels

    def accuracy(*, fitted: bool) -> float:
        torch.manual_seed(0)
        head = LinearHead(2, 2)
        if fitted:
            head.fit_(values)
        optimizer = torch.optim.AdamW(head.parameters(), lr=0.05)
        for _ in range(60):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(values), labels).backward()
            optimizer.step()
        return (head(values).argmax(1) == labels).float().mean().item()

    assert accuracy(fitted=True) > 0.8
    assert accuracy(fitted=False) < 0.6


def test_dropout_acts_in_training_only():
    head = LinearHead(100, 2, dropout=0.5)
    values = torch.ones(1, 100)
    assert not torch.equal(head.train()(values), head.train()(values))
    assert torch.equal(head.eval()(values), head.eval()(values))
