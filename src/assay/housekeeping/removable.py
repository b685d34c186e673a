"""Removable: something on disk that may go, or has to stay, and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.disk import DiskUse


@dataclass(frozen=True)
class Removable:
    """Something on disk.

    Attributes:
        kind: what many of these are called: "embeddings", "checkpoints", …
        what: what this one is.
        paths: that go together.
        use: bytes and last use of all of them.
        run_id: of the run that they belong to, "" for none.
        grace: seconds for which a use keeps it, however little room there is.
        why: it may go, or has to stay; for people.
    """

    kind: str
    what: str
    paths: tuple[Path, ...]
    use: DiskUse
    run_id: str = ""
    grace: float = 3600.0
    why: str = ""
