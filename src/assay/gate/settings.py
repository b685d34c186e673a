"""GateSettings: what `conf/gate/*.yaml` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from assay.config.bounds import Between


@dataclass(frozen=True)
class GateSettings:
    """A gate as it is written.

    Attributes:
        checks: name -> `_target_` of a check and its arguments; null takes a check away.
        confidence: level of the intervals of what is scored now.
        resamples: of the bootstrap behind them.
        seed: of all resampling.
    """

    checks: Mapping[str, Any]
    confidence: Annotated[float, Between(0.8, 0.999)] = 0.95
    resamples: Annotated[int, Between(200, 100_000)] = 2000
    seed: int = 0


TARGET = f"{__name__}.GateSettings"
"""What the keys of a gate are held against."""
