"""A name that becomes a folder's leads to no other place."""

import pytest

from assay.config.file_name import checked_file_name
from assay.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../../x", "holds /"),
        ("..", "begins or ends with a dot"),
        (".hidden", "begins or ends with a dot"),
        ("C:\\x", r"holds :\\"),
        ("a\x1b[2Jb", "nobody sees"),
        ("a\nb", "nobody sees"),
        (" ", "is empty"),
        ("ü" * 51, "longer than 100 bytes"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        checked_file_name("name", name)


@pytest.mark.parametrize("name", ["first try", "grades-2026_11", "ünï 日本", "v1.2", "x" * 100])
def test_a_name_stays_as_it_was_typed(name: str) -> None:
    assert checked_file_name("name", name) == name
