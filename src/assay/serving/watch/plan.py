"""How a service, or `assay watch once`, looks at what is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from assay.monitoring.observation import Scene
from assay.monitoring.observers.accuracy import AccuracyObserver
from assay.monitoring.observers.drifting import DriftObserver
from assay.monitoring.observers.misleading import MisleadingObserver
from assay.monitoring.observers.operating import OperatingObserver
from assay.monitoring.observers.silence import SilenceObserver
from assay.monitoring.profile import Profile
from assay.monitoring.scene_of import read_scene
from assay.monitoring.take_look import LookPlan
from assay.serving.watch.apart import ApartObserver
from assay.serving.watch.settings import WatchSettings
from assay.store.service_store import ServiceStore

HOUR = 3600


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


def look_plan(
    store: ServiceStore,
    settings: WatchSettings,
    watched: Callable[[], WatchedModel],
    *,
    url: str = "",
    apart: bool = False,
) -> LookPlan:
    """A plan of looks.

    Args:
        store: of the service.
        settings: how is watched.
        watched: gives what is watched now.
        url: to which alerts are told; "" for none.
        apart: whether drift is computed by a process of its own, because this one has answers to give.
    """
    models: dict[str, tuple[str, str]] = {}

    def scene(at: datetime) -> Scene:
        model = watched()
        models[model.bundle] = (model.name, model.version)
        return read_scene(store, settings.bounds, model.bundle, model.profile, at=at)

    drift = DriftObserver(settings.level, settings.plan)
    observers = (
        SilenceObserver(settings.quiet_hours),
        MisleadingObserver(store),
        OperatingObserver(settings.reject_above),
        AccuracyObserver(settings.accuracy_below),
        ApartObserver(drift) if apart else drift,
    )
    every = max(1, round(HOUR * settings.every))
    return LookPlan(every, scene, observers, url, lambda bundle: models.get(bundle, ("", "")))
