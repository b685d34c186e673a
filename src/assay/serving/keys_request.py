"""What is asked of `assay keys` and `assay audit-trail`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import Between
from assay.config.request import Help

DEEDS = ("create", "list", "rotate", "revoke")
STORE = "the service's database, as assay serve takes it; service.db beside the runs without it"


@dataclass(frozen=True)
class KeysRequest:
    """The words of `assay keys` itself.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        key: id of a key, or its beginning; "" where none is needed.
        name: of a new key.
        owner: whose pictures are asked about with a new key.
        scopes: what a new key may be used for.
        days: until a new key expires; None for never.
        overlap_days: that a rotated key still opens for.
        by: who does it; "" for the user of this machine.
        store: of the service.
    """

    deed: str = "list"
    key: str = ""
    name: Annotated[str, Help("of a new key, for people")] = ""
    owner: Annotated[str, Help("whose pictures are asked about with it; the key's name without it")] = ""
    scopes: Annotated[tuple[str, ...], Help("of a new key: classify, review, admin")] = ("classify",)
    days: Annotated[float | None, Between(0.0001, 36_500), Help("until a new key expires; never without it")] = None
    overlap_days: Annotated[float, Between(0, 365), Help("that a rotated key still opens for")] = 7.0
    by: Annotated[str, Help("who does it; the user of this machine without it", shown="NAME")] = ""
    store: Annotated[str, Help(STORE)] = ""


@dataclass(frozen=True)
class TrailRequest:
    """The words of `assay audit-trail` itself.

    Attributes:
        head: number and hash of a line that was noted before; "" for none.
        store: of the service.
    """

    head: Annotated[str, Help("as an earlier verify printed it; finds what was cut off since", shown="N:HASH")] = ""
    store: Annotated[str, Help(STORE)] = ""
