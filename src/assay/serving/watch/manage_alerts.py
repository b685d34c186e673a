"""`assay watch alerts`: who sees to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from omegaconf import DictConfig
from sqlalchemy import Connection

from assay.monitoring.alert import Alert
from assay.monitoring.alert_messages import tell_resolved
from assay.monitoring.alert_queue import QueuedPictures, queue_pictures
from assay.monitoring.alerts import acknowledge, alerts, find_alert, keys_of_alerts, mute, resolve, standing_alerts
from assay.registry.open_registry import who
from assay.serving.jobs.deliveries import SECRET
from assay.serving.jobs.signing import webhook_secret
from assay.serving.outbox import ALERTS
from assay.serving.places import existing_store, store_url
from assay.serving.watch.until import moment_until
from assay.serving.watch_request import WatchRequest
from assay.store.ids import as_time
from assay.store.service_secret import service_secret
from assay.store.service_store import ServiceStore


@dataclass(frozen=True)
class AlertsResult:
    """What `assay watch alerts` leaves.

    Attributes:
        alerts: all that are shown, or the one that something was done about.
        at: the present, UTC.
        keys: name of the key that an alert is about, by the alert's id.
        queued: pictures that went to the desk; None where none were to.
        secret: what webhooks of alerts are signed with; "" where nobody asked.
    """

    alerts: tuple[Alert, ...]
    at: str
    keys: Mapping[str, str] = field(default_factory=dict)
    queued: QueuedPictures | None = None
    secret: str = ""


def manage_alerts(request: WatchRequest, config: DictConfig) -> AlertsResult:
    """Do what is asked about alerts.

    Raises:
        ServiceError: there is no such alert, it is resolved, or the database does not answer.
        ConfigError: the time until when it is muted is none.
    """
    present = datetime.now(UTC)
    with existing_store(store_url(config, request.store)) as store:
        if request.part == "secret":
            secret = webhook_secret(service_secret(store, SECRET), ALERTS)
            return AlertsResult((), as_time(present), secret=secret)
        if request.part == "list":
            with store.reading() as connection:
                shown = alerts(connection, limit=1000) if request.all else standing_alerts(connection)
                keys = keys_of_alerts(connection, shown)
            return AlertsResult(tuple(shown), as_time(present), keys)
        return _act(request, store, present)


def _act(request: WatchRequest, store: ServiceStore, present: datetime) -> AlertsResult:
    actor, at = who(request.by), as_time(present)
    until = moment_until(request.until, at=present) if request.part == "mute" else ""

    def work(connection: Connection) -> tuple[Alert, QueuedPictures | None]:
        alert = find_alert(connection, request.alert)
        if request.part == "queue":
            return alert, queue_pictures(connection, alert, count=request.count, actor=actor)
        if request.part == "acknowledge":
            return acknowledge(connection, alert, owner=request.owner or actor, actor=actor), None
        if request.part == "mute":
            return mute(connection, alert, until=until, at=at, actor=actor), None
        resolved = resolve(connection, alert, reason=request.reason, at=at, actor=actor)
        tell_resolved(connection, resolved, at=at)
        return resolved, None

    alert, queued = store.write(work)
    return AlertsResult((alert,), at, queued=queued)
