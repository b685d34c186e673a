"""Observation: what one part of a look has seen, and the scene that all parts look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assay.monitoring.alert import Cause, SpeakingAnswer
from assay.monitoring.estimate.slice_labels import SliceLabels

if TYPE_CHECKING:
    from assay.monitoring.dead_man import Pulse
    from assay.monitoring.profile import Profile
    from assay.monitoring.window import Window


@dataclass(frozen=True)
class Scene:
    """What a look looks at.

    Attributes:
        at: the present.
        pulse: when something happened last, before this look.
        bundle: hex sha256 of what answers; "" where nothing does.
        profile: of it; None where it has none.
        window: of its answers; None where they cannot be read as one.
        labels: what reviews say of those answers of the window that were drawn at random.
        looks: at this bundle that were taken before.
        spent: by them, of the level of false alarms.
    """

    at: datetime
    pulse: Pulse
    bundle: str = ""
    profile: Profile | None = None
    window: Window | None = None
    labels: SliceLabels = field(default_factory=SliceLabels)
    looks: int = 0
    spent: float = 0.0

    def answers(self, rows: Any, scores: Any) -> tuple[SpeakingAnswer, ...]:
        """Answers of the window that speak for something.

        Args:
            rows: their places in the window, the loudest first.
            scores: of each.
        """
        if self.window is None:
            return ()
        names = self.window.id_list(rows)
        return tuple(SpeakingAnswer(name, float(score)) for name, score in zip(names, scores, strict=True))


@dataclass(frozen=True)
class Observation:
    """What a part of a look has seen.

    Attributes:
        part: by which it stands in the report: "drift", "estimate", "operating_point", "dead_man".
        looked_for: kinds of alerts that it could have met; of others it says nothing.
        causes: that it met.
        report: what it saw, JSON values.
        alpha: that it has spent of the level of false alarms.
    """

    part: str
    looked_for: tuple[str, ...]
    causes: tuple[Cause, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    alpha: float = 0.0


Observer = Callable[[Scene], Observation]
"""Part of a look. What it cannot look at it says in its report, with no kind looked for."""
