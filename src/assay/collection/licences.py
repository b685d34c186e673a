"""Licence: what a picture is licensed under, and what that permits; a table, not a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

YES, NO, BY_PERMISSION = "yes", "no", "by permission"
"""Whether something may be trained on."""


@dataclass(frozen=True)
class Licence:
    """A licence.

    Attributes:
        id: as SPDX has it, such as "CC-BY-SA-4.0"; "" for one that nobody here knows.
        name: for people.
        version: such as "4.0"; "" for none.
        url: of its text; "" for none.
        training: whether its terms let pictures be trained on: "yes", "no" or "by permission".
        why: reason, where that is not "yes".
        commercial: whether that holds for commercial purposes too.
        attribution: whether the author has to be named.
        share_alike: whether what is adapted has to be passed on under the same licence.
    """

    id: str
    name: str
    version: str = ""
    url: str = ""
    training: str = YES
    why: str = ""
    commercial: bool = True
    attribution: bool = True
    share_alike: bool = False


UNKNOWN = Licence("", "unknown", training=NO, why="no licence is known that permits it")
CC0 = Licence("CC0-1.0", "CC0", "1.0", "https://creativecommons.org/publicdomain/zero/1.0/", attribution=False)
PDM = Licence(
    "PDM-1.0", "Public Domain Mark", "1.0", "https://creativecommons.org/publicdomain/mark/1.0/", attribution=False
)
PUBLIC_DOMAIN = Licence("LicenseRef-public-domain", "Public domain", attribution=False)
_COPYLEFT = "its terms ask for its whole text beside each copy, and say nothing of training; ask the author"
GFDL = Licence(
    "GFDL-1.2-or-later",
    "GNU Free Documentation License",
    "1.2",
    "https://www.gnu.org/licenses/fdl-1.2.html",
    training=BY_PERMISSION,
    why=_COPYLEFT,
    share_alike=True,
)
KINDS = ("by", "by-sa", "by-nc", "by-nc-sa", "by-nd", "by-nc-nd")
VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
NO_DERIVATIVES = "forbids derivatives, and what is cropped and scaled for training is one"


def _creative_commons(kind: str, version: str) -> Licence:
    parts = kind.split("-")
    return Licence(
        f"CC-{kind.upper()}-{version}",
        f"CC {kind.upper()}",
        version,
        f"https://creativecommons.org/licenses/{kind}/{version}/",
        training=NO if "nd" in parts else YES,
        why=NO_DERIVATIVES if "nd" in parts else "",
        commercial="nc" not in parts,
        share_alike="sa" in parts,
    )


LICENCES = {
    licence.id: licence
    for licence in (
        CC0,
        PDM,
        PUBLIC_DOMAIN,
        *(_creative_commons(kind, version) for kind, version in product(KINDS, VERSIONS)),
        GFDL,
    )
}
"""By id."""
_CC_URL = re.compile(r"(?:https?:)?//(?:www\.)?creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/.*)?", re.IGNORECASE)
_PD_URL = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/(?:publicdomain|licenses)/(zero|mark|publicdomain)(?:/.*)?",
    re.IGNORECASE,
)
_GNU_URL = re.compile(r"(?:https?:)?//(?:www\.)?gnu\.org/(?:copyleft|licenses)/(?:old-licenses/)?fdl.*", re.IGNORECASE)
_CC_NAME = re.compile(r"(?:cc[ -]?)?(by(?:-(?:nc|nd|sa))*)[ -]v?(\d\.\d)(?:[ -][a-z]{2,5})?", re.IGNORECASE)
_ORDER = {"by-nd-nc": "by-nc-nd"}


def licence_of_url(url: str) -> Licence:
    """The licence whose text lies at an address; `UNKNOWN` for any other."""
    url = url.strip()
    if match := _CC_URL.fullmatch(url):
        kind = match[1].lower()
        return LICENCES.get(f"CC-{_ORDER.get(kind, kind).upper()}-{match[2]}", UNKNOWN)
    if match := _PD_URL.fullmatch(url):
        return {"zero": CC0, "mark": PDM}.get(match[1].lower(), UNKNOWN)
    return GFDL if _GNU_URL.fullmatch(url) else UNKNOWN


def licence_of_name(name: str) -> Licence:
    """The licence of an id or a short name, such as "CC BY-SA 4.0", "cc-by-2.5-it", "CC0"; `UNKNOWN` for any other."""
    text = " ".join(name.split())
    plain = text.lower().replace("_", "-")
    if by_id := next((licence for key, licence in LICENCES.items() if key.lower() == plain), None):
        return by_id
    if plain in ("cc0", "cc0 1.0", "cc-zero", "cc-0", "cc0-1.0"):
        return CC0
    if plain in ("pdm", "pdm 1.0", "cc-pd-mark", "public domain mark", "public domain mark 1.0"):
        return PDM
    if plain in ("public domain", "pd"):
        return PUBLIC_DOMAIN
    if plain.startswith("gfdl"):
        return GFDL
    if match := _CC_NAME.fullmatch(text):
        kind = match[1].lower()
        return LICENCES.get(f"CC-{_ORDER.get(kind, kind).upper()}-{match[2]}", UNKNOWN)
    return UNKNOWN


def licence_of(*, url: str = "", name: str = "") -> Licence:
    """The licence that an address and a name agree on.

    Either may be missing. Where one of them is not known, the other holds; where they contradict each other, nothing is
    known: a page that says two things has not said what its picture may be used for.
    """
    by_url, by_name = licence_of_url(url), licence_of_name(name)
    if url.strip() and by_url is UNKNOWN:
        return UNKNOWN
    if by_url is UNKNOWN or by_name is UNKNOWN or by_url == by_name:
        return by_name if by_url is UNKNOWN else by_url
    return by_url if by_name is PUBLIC_DOMAIN and by_url in (CC0, PDM) else UNKNOWN
