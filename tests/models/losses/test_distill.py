import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax
from scipy.stats import entropy

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError
from assay.models.losses.distill import Distill

LABELS = np.array([0, 2, 1, 1, 0])
RNG = np.random.default_rng(0)
TEACHER, STUDENT = RNG.normal(0, 3, (5, 3)), RNG.normal(0, 2, (4, 3))
ROWS = np.array([3, 0, 4, 1])


@pytest.mark.parametrize(("temperature", "weight"), [(1.0, 1.0), (2.0, 0.5), (4.0, 0.9), (3.0, 0.0)])
def test_it_is_the_cross_entropy_and_the_softened_divergence_of_hinton(temperature: float, weight: float) -> None:
    loss = Distill("teacher", temperature, weight, labels=LABELS, teacher_logits=TEACHER)
    computed = loss(torch.from_numpy(STUDENT), torch.from_numpy(ROWS))
    hard = -np.mean([log_softmax(STUDENT[k])[LABELS[row]] for k, row in enumerate(ROWS)])
    softened = [softmax(TEACHER[row] / temperature) for row in ROWS]
    soft = np.mean([entropy(softened[k], softmax(STUDENT[k] / temperature)) for k in range(len(ROWS))])
    assert float(computed) == pytest.approx((1 - weight) * hard + weight * temperature**2 * soft, rel=1e-5)


def test_a_student_who_answers_as_the_teacher_has_nothing_more_to_learn_from_it() -> None:
    loss = Distill("teacher", 2.0, 1.0, labels=LABELS, teacher_logits=TEACHER)
    logits = torch.from_numpy(TEACHER[ROWS]).requires_grad_()
    value = loss(logits, torch.from_numpy(ROWS))
    value.backward()
    assert float(value) == pytest.approx(0, abs=1e-6)
    assert float(logits.grad.abs().max()) < 1e-6


def test_other_images_than_those_with_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="5 labels, and logits of the teacher for 4 images"):
        Distill("teacher", labels=LABELS, teacher_logits=TEACHER[:4])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["loss=distill"], "loss.teacher"),
        (["loss=distill", "loss.teacher=abcd", "aug=mixup"], "nobody has asked it about blends"),
        (["loss=distill", "loss.teacher=abcd", "loss.weight=1.5"], "loss.weight: must be"),
    ],
)
def test_what_nobody_can_be_taught_by_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check(compose(words))
