"""How many more images an open interval needs: its half-width shrinks with the square root of their number."""

from __future__ import annotations

import pytest
from scipy.stats import norm

from assay.studies.decision.criterion import Criterion
from assay.studies.decision.judge import judge
from assay.studies.decision.needed import images_to_clear


def test_half_the_room_takes_four_times_the_images() -> None:
    assert images_to_clear(0.87, 0.83, 0.85, 100) == 400
    assert images_to_clear(20.0, 26.0, 22.0, 100) == 900


def test_with_so_many_images_the_interval_of_a_share_clears_the_bound() -> None:
    share, n, bound = 0.88, 200, 0.85
    reach = norm.ppf(0.975) * (share * (1 - share) / n) ** 0.5
    total = images_to_clear(share, share - reach, bound, n)
    assert total is not None

    def low(images: int) -> float:
        return share - norm.ppf(0.975) * (share * (1 - share) / images) ** 0.5

    assert low(total) >= bound > low(total - 2)


@pytest.mark.parametrize(
    ("value", "end", "bound"), [(0.84, 0.80, 0.85), (0.85, 0.80, 0.85), (0.8500001, 0.80, 0.85), (0.84, 0.90, 0.80)]
)
def test_no_number_of_images_moves_the_value(value: float, end: float, bound: float) -> None:
    assert images_to_clear(value, end, bound, 100) is None


@pytest.mark.parametrize(
    ("number", "more"), [((0.83, 0.87, 0.9), 1200), ((0.7, 0.84, 0.9), None), ((0.86, 0.9, 0.95), None)]
)
def test_only_what_is_open_with_its_value_on_the_right_side_says_how_many(study, variant, number, more) -> None:
    one = variant("a", number)
    assert judge(study(one), one, Criterion("macro_f1", at_least=0.85)).worst.more_images == more


def test_more_images_do_not_make_a_latency_surer(study, variant) -> None:
    one = variant("a", latency=(80.0, 90.0, 110.0))
    found = judge(study(one), one, Criterion("cost/latency_p95_ms", at_most=100.0))
    assert (found.state, found.worst.more_images) == ("open", None)
