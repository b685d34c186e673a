from __future__ import annotations

import pytest

from assay.config.amounts import bytes_of, seconds_of
from assay.errors import ConfigError
from assay.pages.numbers import file_size


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("12h", 43200), ("30d", 2592000), ("1.5W", 907200)])
def test_ages_are_minutes_hours_days_and_weeks(text: str, seconds: float) -> None:
    assert seconds_of("older", text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("500", 500), ("10GB", 10**10), ("1.5 TiB", 3 * 2**39), ("2mb", 2 * 10**6), ("7k", None)],
)
def test_sizes_are_decimal_or_binary(text: str, size: int | None) -> None:
    if size is None:
        with pytest.raises(ConfigError, match="cache_size=7k: a size is needed, as 500MB"):
            bytes_of("cache_size", text)
    else:
        assert bytes_of("cache_size", text) == size


@pytest.mark.parametrize("text", ["", "30", "d", "30 years", "-1d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="an age is needed"):
        seconds_of("older", text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1 MB"), (34_249_999, "34.2 MB"), (5 * 10**15, "5e+03 TB")],
)
def test_bytes_are_told_with_three_figures(size: int, text: str) -> None:
    assert file_size(size) == text
