"""What somebody is told of alerts: written with the change that it tells, sent by `serving/jobs/deliveries.py`."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from assay.monitoring.alert import Alert
from assay.monitoring.alerts import AlertChanges
from assay.store.ids import new_id
from assay.store.watch_tables import ALERT_WEBHOOKS
from assay.store.webhooks import DUE

OPENED, CALLED_AGAIN, RESOLVED = "alert.opened", "alert.called_again", "alert.resolved"


def tell_changes(connection: Connection, changes: AlertChanges, url: str, *, at: str) -> None:
    """Have an address told what became of alerts; who was told of an alert hears of its end in any case.

    Args:
        connection: in the transaction of the changes.
        changes: that a look has made.
        url: of https; "" for none.
        at: the present, UTC.
    """
    for event, changed in ((OPENED, changes.opened), (CALLED_AGAIN, changes.called_again)):
        for alert in changed if url else ():
            _write(connection, alert, event, url, at)
    for alert in changes.ended:
        tell_resolved(connection, alert, at=at)


def tell_resolved(connection: Connection, alert: Alert, *, at: str) -> None:
    """Have those who were told of an alert told that it is resolved."""
    asked = select(ALERT_WEBHOOKS.c.url).where(ALERT_WEBHOOKS.c.alert == alert.id).distinct()
    for url in connection.scalars(asked).all():
        _write(connection, alert, RESOLVED, url, at)


def alert_document(alert: Alert) -> dict[str, object]:
    """An alert for programs: nothing of it is about anybody whose picture it is."""
    names = ("id", "cause", "kind", "state", "opened", "last", "count", "muted_until", "resolved", "reason")
    about = {name: getattr(alert, name) for name in (*names, "model", "version", "bundle")}
    step = {"kind": alert.next_step.kind, "count": alert.next_step.count, "command": alert.next_step.command(alert.id)}
    return {**about, "sentence": alert.sentence, "values": dict(alert.evidence.get("values", {})), "next_step": step}


def _write(connection: Connection, alert: Alert, event: str, url: str, at: str) -> None:
    data = {**alert_document(alert), "page": f"/watch/alerts/{alert.id}"}
    body = json.dumps({"type": event, "timestamp": at, "data": data}, ensure_ascii=False)
    row = {"id": new_id(), "alert": alert.id, "url": url, "body": body, "state": DUE, "attempts": 0, "next": at}
    connection.execute(ALERT_WEBHOOKS.insert().values(**row, error="", delivered=""))
