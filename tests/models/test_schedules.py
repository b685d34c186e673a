import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from assay.models.schedules import Constant, Cosine

STEPS = st.integers(1, 400)
EPOCHS = st.floats(0, 20)


def test_after_the_warm_up_the_cosine_is_that_of_torch():
    schedule, total, per_epoch = Cosine(warmup_epochs=2, floor=0.1), 100, 10
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=80, eta_min=0.1)
    for step in range(20, 100):
        assert math.isclose(schedule.factor(step, total, per_epoch), optimizer.param_groups[0]["lr"], rel_tol=1e-9)
        optimizer.step()
        reference.step()


def test_the_rate_rises_in_a_line_and_stays():
    factors = [Constant(warmup_epochs=1).factor(step, 12, 4) for step in range(12)]
    assert factors == [0.25, 0.5, 0.75] + [1.0] * 9


def test_without_a_warm_up_the_first_step_has_the_full_rate():
    assert Constant(warmup_epochs=0).factor(0, 10, 5) == Cosine(warmup_epochs=0).factor(0, 10, 5) == 1.0


@pytest.mark.parametrize("schedule", [Constant(warmup_epochs=5), Cosine(warmup_epochs=5)])
def test_a_training_shorter_than_its_warm_up_still_reaches_the_full_rate(schedule):
    assert max(schedule.factor(step, 10, 10) for step in range(10)) == 1.0


@given(STEPS, STEPS, EPOCHS, st.floats(0, 1))
def test_the_rate_rises_to_the_full_rate_and_never_again_after_it_fell(total, per_epoch, warmup, floor):
    factors = [Cosine(warmup, floor).factor(step, total, per_epoch) for step in range(total + 3)]
    top = factors.index(max(factors))
    assert math.isclose(max(factors), 1.0)
    assert factors[: top + 1] == sorted(factors[: top + 1])
    assert factors[top:] == sorted(factors[top:], reverse=True)
    assert all(0 <= factor <= 1 for factor in factors)
    assert math.isclose(factors[-1], floor, abs_tol=1e-12)
    assert factors[0] > 0


def test_it_drives_a_lambda_scheduler_of_torch():
    schedule = Cosine(warmup_epochs=1)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: schedule.factor(step, 20, 5))
    rates = []
    for _ in range(20):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(0.5)
    assert rates[-1] < 0.01
