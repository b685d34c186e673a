"""Part of a look: whether anybody asks, and whether anybody has watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from assay.monitoring.alert import DEAD_MAN
from assay.monitoring.dead_man import QUIET_HOURS, dead_man_causes
from assay.monitoring.observation import Observation, Scene

PART = "dead_man"


@dataclass(frozen=True)
class SilenceObserver:
    """Sees what has stopped.

    Attributes:
        quiet_hours: without an answer, after which somebody is told.
    """

    part: ClassVar[str] = PART
    quiet_hours: float = QUIET_HOURS

    def __call__(self, scene: Scene) -> Observation:
        """See `Observer`."""
        causes = dead_man_causes(scene.pulse, quiet_hours=self.quiet_hours)
        report = {"prediction": scene.pulse.prediction, "look": scene.pulse.look}
        return Observation(PART, (DEAD_MAN,), causes, report)
