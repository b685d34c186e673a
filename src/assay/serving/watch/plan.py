"""How a service, or `assay watch once`, looks at what is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from assay.monitoring.alarms.plan import AlarmPlan, days
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.dead_man import QUIET_HOURS
from assay.monitoring.observation import Scene
from assay.monitoring.observers.accuracy import AccuracyObserver
from assay.monitoring.observers.drifting import DriftObserver
from assay.monitoring.observers.misleading import MisleadingObserver
from assay.monitoring.observers.operating import OperatingObserver
from assay.monitoring.observers.silence import SilenceObserver
from assay.monitoring.profile import Profile
from assay.monitoring.scene_of import read_scene
from assay.monitoring.take_look import LookPlan
from assay.store.service_store import ServiceStore

HOUR = 3600


@dataclass(frozen=True)
class WatchSettings:
    """How is watched.

    Attributes:
        every: hours between two looks.
        bounds: of the window.
        accuracy_below: accuracy below which somebody is told; 0 takes it from what was measured.
        reject_above: share of rejected answers above which somebody is told; 0 likewise.
        quiet_hours: without an answer, after which somebody is told.
        false_alarms_per: span of time in which one false alarm of drift is accepted.
        url: to which alerts are told; "" for none.
    """

    every: float = 6.0
    bounds: WindowBounds = WindowBounds()  # noqa: RUF009  # frozen
    accuracy_below: float = 0.0
    reject_above: float = 0.0
    quiet_hours: float = QUIET_HOURS
    false_alarms_per: str = "6 months"
    url: str = ""

    @property
    def level(self) -> float:
        """Of one look: over the looks of such a span one false alarm is expected at most."""
        return min(0.05, self.every / (24 * days(self.false_alarms_per, "false_alarms_per")))

    @property
    def plan(self) -> AlarmPlan | None:
        """Of looks and false alarms; None where a false alarm may come at every look."""
        if self.every >= 24 * days(self.false_alarms_per, "false_alarms_per"):
            return None
        return AlarmPlan(self.false_alarms_per, f"{self.every:g} hours")


@dataclass(frozen=True)
class WatchedModel:
    """What is watched.

    Attributes:
        bundle: hex sha256; "" where nothing answers.
        profile: of it; None where it has none.
        name: of the registered model; "" for none.
        version: of it.
    """

    bundle: str = ""
    profile: Profile | None = None
    name: str = ""
    version: str = ""


def look_plan(store: ServiceStore, settings: WatchSettings, watched: Callable[[], WatchedModel]) -> LookPlan:
    """A plan of looks.

    Args:
        store: of the service.
        settings: how is watched.
        watched: gives what is watched now.
    """
    models: dict[str, tuple[str, str]] = {}

    def scene(at: datetime) -> Scene:
        model = watched()
        models[model.bundle] = (model.name, model.version)
        return read_scene(store, settings.bounds, model.bundle, model.profile, at=at)

    observers = (
        SilenceObserver(settings.quiet_hours),
        MisleadingObserver(store),
        OperatingObserver(settings.reject_above),
        AccuracyObserver(settings.accuracy_below),
        DriftObserver(settings.level, settings.plan),
    )
    every = max(1, round(HOUR * settings.every))
    return LookPlan(every, scene, observers, settings.url, lambda bundle: models.get(bundle, ("", "")))
