"""Outbox: what webhooks there are of a kind, what each tells, and what it is signed with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, select

from assay.serving.jobs.folder import JobFolder
from assay.store.tables import JOBS
from assay.store.watch_tables import ALERT_WEBHOOKS
from assay.store.webhooks import OF_ALERTS, OF_JOBS, Webhook, WebhookTable, of_place

ALERTS = "alerts"
"""What all webhooks of alerts are signed for, so that their receiver needs one secret."""


class Outbox(Protocol):
    """Webhooks of a kind."""

    @property
    def table(self) -> WebhookTable:
        """Where they stand."""

    def due(self, connection: Connection, *, at: str, limit: int) -> list[Webhook]:
        """Those whose moment has come."""

    def body(self, connection: Connection, message: str) -> bytes | None:
        """What is told, the same bytes each time; None where there is nothing to tell any more."""

    def signed_for(self, message: str) -> str:
        """From which name the secret is made that signs a message."""


@dataclass(frozen=True)
class JobOutbox:
    """Webhooks that tell the ends of the jobs of a folder.

    Attributes:
        folder: of the jobs.
    """

    folder: JobFolder
    table = OF_JOBS

    def due(self, connection: Connection, *, at: str, limit: int) -> list[Webhook]:
        """See `Outbox`."""
        return self.table.due(connection, of_place(self.folder.place()), at=at, limit=limit)

    def body(self, connection: Connection, message: str) -> bytes | None:
        """See `Outbox`."""
        names = ("id", "state", "kind", "total", "done", "failed", "created", "ended", "error")
        row = connection.execute(select(*(JOBS.c[name] for name in names)).where(JOBS.c.id == message)).first()
        if row is None:
            return None
        data = {**row._mapping, "results": f"/v1/jobs/{message}/results"}
        return json.dumps({"type": f"job.{row.state}", "timestamp": row.ended, "data": data}).encode()

    def signed_for(self, message: str) -> str:
        """Each job has a secret of its own, which its client gets."""
        return message


@dataclass(frozen=True)
class AlertOutbox:
    """Webhooks that tell of alerts, whichever process has written them."""

    table = OF_ALERTS

    def due(self, connection: Connection, *, at: str, limit: int) -> list[Webhook]:
        """See `Outbox`."""
        return self.table.due(connection, at=at, limit=limit)

    def body(self, connection: Connection, message: str) -> bytes | None:
        """See `Outbox`."""
        text = connection.scalar(select(ALERT_WEBHOOKS.c.body).where(ALERT_WEBHOOKS.c.id == message))
        return None if text is None else str(text).encode()

    def signed_for(self, message: str) -> str:
        """One secret for all."""
        return ALERTS
