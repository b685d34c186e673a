"""What is asked of `assay watch`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.request import Help

DEEDS = ("profile",)


@dataclass(frozen=True)
class WatchRequest:
    """The words of `assay watch` itself.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        run: what names the bundle: id of a run, NAME@ALIAS, or a folder; "" for the champion.
    """

    deed: str
    run: Annotated[
        str, Help("whose bundle: id of a run, NAME@ALIAS or the folder of a bundle; the champion without it")
    ] = ""
