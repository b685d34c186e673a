"""What is asked of `assay data`: which versions of a dataset there are, how two differ, and what is in one."""

from __future__ import annotations

from dataclasses import dataclass

VERSIONS, DIFF, SHOW = "versions", "diff", "show"
DEEDS = (VERSIONS, DIFF, SHOW)


@dataclass(frozen=True)
class DataRequest:
    """The words of `assay data`.

    Attributes:
        deed: what is to be done, of `DEEDS`.
        names: a folder, two manifests, or one.
    """

    deed: str = VERSIONS
    names: tuple[str, ...] = ()
