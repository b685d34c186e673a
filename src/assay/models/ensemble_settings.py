"""Ensemble: which recorded runs are put together, `model=ensemble`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Ensemble:
    """Recorded runs as one model.

    Attributes:
        name: what pages call it; filled in by what the members are.
        weights: where they come from, for pages.
        members: ids of runs; in a run's own config whole ones.
        backbones: of each member; None until the members were looked up.
        started_from: weights that each member's training began with; likewise.
    """

    is_trained: ClassVar[bool] = True

    name: str
    weights: str
    members: list[str]
    backbones: list[str] | None = None
    started_from: list[str] | None = None
