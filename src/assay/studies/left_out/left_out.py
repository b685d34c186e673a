"""LeftOut: what training without one generator says about its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.evaluation.evidence import Evidence


@dataclass(frozen=True)
class LeftOut:
    """One generator that was left out.

    Attributes:
        generator: its name.
        run_id: of the training; None where it failed.
        evidence: of the training.
        error: why it failed.
    """

    generator: str
    run_id: str | None
    evidence: Evidence | None
    error: str = ""
