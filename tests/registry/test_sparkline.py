from __future__ import annotations

import pytest

from assay.registry.report.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([], ""),
        ([0.8], "▅"),
        ([0.5, 0.5], "▅▅"),
        ([0.0, 1.0], "▁█"),
        ([0.0, 0.5, 1.0], "▁▅█"),
        ([0.800, 0.801], "▄▅"),
        ([1.0, 0.0], "█▁"),
    ],
)
def test_blocks_follow_the_numbers_and_do_not_make_a_mountain_of_noise(values: list[float], line: str) -> None:
    assert sparkline(values) == line


def test_the_last_ones_are_shown() -> None:
    assert sparkline([1.0, 1.0, 0.0, 1.0], most=2) == "▁█"
