"""Licences are read from what sources state, and decide by a table what may be trained on."""

from __future__ import annotations

import pytest

from assay.collection.licences import LICENCES, UNKNOWN, licence_of

CC = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("url", "name", "expected"),
    [
        (f"{CC}/licenses/by-sa/4.0/", "CC BY-SA 4.0", "CC-BY-SA-4.0"),
        (f"{CC}/licenses/by-sa/4.0", "", "CC-BY-SA-4.0"),
        ("http://creativecommons.org/licenses/by/3.0/de/deed.en", "CC BY 3.0 de", "CC-BY-3.0"),
        (f"{CC}/licenses/by-nd-nc/1.0/", "", "CC-BY-NC-ND-1.0"),
        (f"{CC}/publicdomain/zero/1.0/deed.en", "CC0", "CC0-1.0"),
        (f"{CC}/publicdomain/mark/1.0/", "pdm", "PDM-1.0"),
        (f"{CC}/publicdomain/mark/1.0/", "Public domain", "PDM-1.0"),
        ("", "by-nc 2.0", "CC-BY-NC-2.0"),
        ("", "cc-by-2.5-it", "CC-BY-2.5"),
        ("", "Public domain", "LicenseRef-public-domain"),
        ("http://www.gnu.org/copyleft/fdl.html", "GFDL", "GFDL-1.2-or-later"),
        ("", "CC-BY-4.0", "CC-BY-4.0"),
        ("", "", ""),
        ("", "Fair use", ""),
        ("", "CC BY-SA 5.0", ""),
        ("https://example.org/my-licence", "CC BY 4.0", ""),
        (f"{CC}/licenses/by-nc/3.0/", "CC BY 2.0", ""),
        (f"{CC}/licenses/by/4.0/", "CC BY-SA 4.0", ""),
        ("https://creativecommons.org.evil.test/licenses/by/4.0/", "", ""),
    ],
)
def test_a_licence_is_known_where_address_and_name_agree_and_by_nothing_else(
    url: str, name: str, expected: str
) -> None:
    assert licence_of(url=url, name=name).id == expected


def test_the_table_forbids_derivatives_marks_noncommercial_and_asks_where_terms_are_silent() -> None:
    assert {id_ for id_, licence in LICENCES.items() if licence.training == "no"} == {
        f"CC-{kind}-{version}"
        for kind in ("BY-ND", "BY-NC-ND")
        for version in ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
    }
    assert all(not licence.commercial for id_, licence in LICENCES.items() if "NC" in id_)
    assert LICENCES["GFDL-1.2-or-later"].training == "by permission"
    assert UNKNOWN.training == "no"
    assert not LICENCES["CC0-1.0"].attribution
