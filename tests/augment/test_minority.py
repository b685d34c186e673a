import numpy as np
import pytest

from assay.augment.minority import Policies, rare_classes
from assay.augment.standard import Standard

LABELS = np.repeat([0, 1, 2, 3], [57, 28, 11, 4])


def test_rare_is_what_lies_below_the_share() -> None:
    assert rare_classes(LABELS, 4, 0.1) == [3]
    assert rare_classes(LABELS, 4, 0.12) == [2, 3]
    assert rare_classes(LABELS, 4, 0.11) == [3]
    assert rare_classes(LABELS, 4, 1.0) == [0, 1, 2, 3]


def test_half_of_an_even_share_is_the_default_and_a_class_without_images_is_not_rare() -> None:
    assert rare_classes(LABELS, 4) == [2, 3]  # 0.125
    assert rare_classes(LABELS, 6) == [3]  # 0.083
    assert rare_classes(np.array([0, 1, 0, 1]), 3) == []


@pytest.mark.parametrize("usual", [None, Standard()])
def test_every_row_is_in_the_group_of_its_policy_and_plain_ones_in_none(usual) -> None:
    strong = Standard(min_area=0.2)
    policies = Policies(usual, {2: strong, 3: strong})
    groups = policies.groups(LABELS)
    assert [policy for policy, _ in groups] == ([usual] if usual else []) + [strong]
    assert groups[-1][1].tolist() == list(range(85, 100))
    if usual:
        assert groups[0][1].tolist() == list(range(85))


def test_no_group_is_empty_and_no_policy_is_false() -> None:
    strong = Standard(min_area=0.2)
    assert Policies(strong, {2: strong}).groups(np.array([2, 2]))[0][1].tolist() == [0, 1]
    assert len(Policies(None, {1: strong}).groups(np.array([0]))) == 0
    assert not Policies()
    assert Policies(strong)
    assert Policies(None, {1: strong})
