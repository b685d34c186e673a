"""Places that are named by an address, as `s3://bucket/photos`, and not by a path."""

from __future__ import annotations

import re
from typing import TypeGuard

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_address(place: object) -> TypeGuard[str]:
    """Whether a place is named by an address."""
    return isinstance(place, str) and _ADDRESS.match(place) is not None


def parent_of(address: str) -> str:
    """The address of the folder that a file or folder lies in."""
    return address.rstrip("/").rpartition("/")[0]


def name_of(address: str) -> str:
    """The last part of an address."""
    return address.rstrip("/").rpartition("/")[2]
