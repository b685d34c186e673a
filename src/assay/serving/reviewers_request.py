"""What is asked of `assay review`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import Between
from assay.config.request import Help
from assay.serving.keys_request import STORE

DEEDS = ("create", "list", "link", "disable")


@dataclass(frozen=True)
class ReviewersRequest:
    """The words of `assay review reviewers`.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        name: of the reviewer; "" for all.
        roles: of a new one.
        password: whether a password is made and printed, instead of a link by which he sets his own.
        days: until the link opens nothing any more.
        address: of the service, for the link.
        by: who does it; "" for the user of this machine.
        store: of the service.
    """

    deed: str = "list"
    name: str = ""
    roles: Annotated[
        tuple[str, ...], Help("of a new one: reviewer, arbiter, or admin, who sees all at /review/people")
    ] = ("reviewer",)
    password: Annotated[bool, Help("true prints a password, this once, instead of a link that sets one")] = False
    days: Annotated[float, Between(0.01, 90), Help("until the link opens nothing any more")] = 3.0
    address: Annotated[str, Help("of the service, for the link", shown="URL")] = "http://127.0.0.1:8000"
    by: Annotated[str, Help("who does it; the user of this machine without it", shown="NAME")] = ""
    store: Annotated[str, Help(STORE)] = ""
