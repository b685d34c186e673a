"""A look of the watcher: claimed, taken and written, with what it means for alerts and whom it has told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from assay.errors import AssayError, ServiceError
from assay.monitoring.alert import Alert
from assay.monitoring.alert_messages import tell_changes
from assay.monitoring.alerts import AlertChanges, Sighting, keys_of_alerts, note_causes, standing_alerts
from assay.monitoring.look import DONE, FAILED, Look, claim_look, end_look, last_look
from assay.monitoring.observation import Observation, Observer, Scene
from assay.store.ids import as_time
from assay.store.service_store import ServiceStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TakenLook:
    """What came of an attempt to look.

    Attributes:
        look: that was taken now, or the last one where the interval has its look already; None before the first.
        is_new: whether it was taken now.
        changes: of alerts.
        standing: alerts that are not resolved.
        at: the present, UTC.
        keys: name of the key that an alert is about, by the alert's id.
    """

    look: Look | None
    is_new: bool
    changes: AlertChanges
    standing: tuple[Alert, ...]
    at: str
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def calling(self) -> tuple[Alert, ...]:
        """Alerts that somebody has still to see to."""
        return tuple(alert for alert in self.standing if alert.calls(self.at))


@dataclass(frozen=True)
class LookPlan:
    """How a look is taken.

    Attributes:
        every: seconds between two.
        scene: gives what is looked at.
        observers: its parts.
        url: to which alerts are told; "" for none.
        model: (registered name, version) of what answers, for a bundle's digest.
    """

    every: int
    scene: Callable[[datetime], Scene]
    observers: Sequence[Observer]
    url: str = ""
    model: Callable[[str], tuple[str, str]] = lambda bundle: ("", "")


def take_look(store: ServiceStore, plan: LookPlan, *, at: datetime) -> TakenLook:
    """Look where this interval has no look yet; whoever else looks at the same time does not.

    Raises:
        ServiceError: the store does not answer.
    """
    moment = as_time(at)
    look = store.write(lambda connection: claim_look(connection, at=at, every=plan.every))
    if look is None:
        with store.reading() as connection:
            standing = tuple(standing_alerts(connection))
            keys = keys_of_alerts(connection, standing)
            return TakenLook(last_look(connection), False, AlertChanges(), standing, moment, keys)
    try:
        scene = plan.scene(at)
        observations = [_observe(observer, scene) for observer in plan.observers]
    except Exception as error:
        failed = replace(look, state=FAILED, ended=moment, error=f"{type(error).__name__}: {error}")
        store.write(lambda connection: end_look(connection, failed))
        raise
    seen = _seen(look, scene, observations, moment)
    changes = store.write(lambda connection: _write(connection, plan, seen, observations, moment))
    with store.reading() as connection:
        standing = tuple(standing_alerts(connection))
        keys = keys_of_alerts(connection, standing)
    return TakenLook(seen, changes is not None, changes or AlertChanges(), standing, moment, keys)


def _observe(observer: Observer, scene: Scene) -> Observation:
    """What a part has seen; one that fails leaves the others alone, and ends no alert."""
    try:
        return observer(scene)
    except ServiceError:
        raise
    except AssayError as error:
        name = getattr(observer, "part", getattr(observer, "__name__", "other"))
        _log.warning("a part of the look cannot be taken (%s): %s", name, error)
        return Observation(name, (), report={"missing": str(error)})


def _seen(look: Look, scene: Scene, observations: Sequence[Observation], moment: str) -> Look:
    window = scene.window
    return replace(
        look,
        state=DONE,
        ended=moment,
        bundle=scene.bundle,
        since="" if window is None else window.bounds.span(scene.at)[0],
        pictures=0 if window is None else len(window),
        alpha=sum(each.alpha for each in observations),
        report={each.part: dict(each.report) for each in observations},
    )


def _write(
    connection: Connection, plan: LookPlan, look: Look, observations: Sequence[Observation], moment: str
) -> AlertChanges | None:
    """What became of alerts; None where somebody else has taken the look meanwhile."""
    if not end_look(connection, look):
        return None
    name, version = plan.model(look.bundle)
    causes = tuple(cause for each in observations for cause in each.causes)
    looked_for = tuple({kind for each in observations for kind in each.looked_for})
    changes = note_causes(connection, Sighting(look.id, moment, name, version, look.bundle, causes, looked_for))
    tell_changes(connection, changes, plan.url, at=moment)
    return changes
