"""Webhooks: what is told to which address, and how far that has come; of ended jobs and of alerts alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from assay.store.ids import now
from assay.store.tables import JOB_WEBHOOKS, JOBS
from assay.store.watch_tables import ALERT_WEBHOOKS

WAITING, DUE, DELIVERED, FAILED = "waiting", "due", "delivered", "failed"


@dataclass(frozen=True)
class Webhook:
    """Something that is told, and to whom.

    Attributes:
        id: of the message: of the job whose end it tells, or its own.
        url: to which it is told.
        state: "waiting" for what it tells, "due", "delivered" or "failed" for good.
        attempts: so far.
        next: moment of the next attempt, UTC; "" where there is none.
        error: why the last attempt did not succeed; "" where it did.
        delivered: when it succeeded, UTC; "" before.
    """

    id: str
    url: str
    state: str = WAITING
    attempts: int = 0
    next: str = ""
    error: str = ""
    delivered: str = ""


@dataclass(frozen=True)
class WebhookTable:
    """A table of webhooks.

    Attributes:
        table: with the columns of `Webhook`.
        key: column of the message's id.
    """

    table: Table
    key: str

    def webhooks(self, connection: Connection, *conditions: ColumnElement[bool]) -> list[Webhook]:
        """Those that fulfil conditions."""
        return [self._read(row) for row in connection.execute(select(self.table).where(*conditions))]

    def due(self, connection: Connection, *conditions: ColumnElement[bool], at: str, limit: int) -> list[Webhook]:
        """Those whose moment has come, the longest due first.

        Args:
            connection: that may read.
            conditions: beside that.
            at: the present, UTC.
            limit: at most.
        """
        rows = self.table.c
        asked = select(self.table).where(rows.state == DUE, rows.next <= at, *conditions)
        return [self._read(row) for row in connection.execute(asked.order_by(rows.next).limit(limit))]

    def take(self, connection: Connection, webhook: Webhook, *, until: str) -> bool:
        """Let nobody else send it before a moment; gives whether nobody else does.

        Args:
            connection: in a transaction that may write.
            webhook: as `due` gave it.
            until: UTC, from when on somebody may again: whoever took it was killed.
        """
        rows = self.table.c
        same = self._is(webhook.id), rows.state == DUE, rows.next == webhook.next
        return bool(connection.execute(self.table.update().where(*same).values(next=until)).rowcount)

    def note_delivery(self, connection: Connection, message: str, *, at: str) -> None:
        """Note that it was told."""
        attempts = self.table.c.attempts + 1
        values = {"state": DELIVERED, "attempts": attempts, "next": "", "error": "", "delivered": at}
        connection.execute(self.table.update().where(self._is(message)).values(**values))

    def note_missed(self, connection: Connection, message: str, error: str, *, again: str) -> None:
        """Note that an attempt did not succeed.

        Args:
            connection: in a transaction that may write.
            message: id of it.
            error: why not.
            again: moment of the next attempt, UTC; "" for none any more.
        """
        values = {"state": DUE if again else FAILED, "next": again, "error": error}
        change = self.table.update().where(self._is(message))
        connection.execute(change.values(attempts=self.table.c.attempts + 1, **values))

    def _is(self, message: str) -> ColumnElement[bool]:
        return self.table.c[self.key] == message

    def _read(self, row: Any) -> Webhook:
        names = ("url", "state", "attempts", "next", "error", "delivered")
        return Webhook(row._mapping[self.key], **{name: row._mapping[name] for name in names})


OF_JOBS = WebhookTable(JOB_WEBHOOKS, "job")
OF_ALERTS = WebhookTable(ALERT_WEBHOOKS, "id")


def add_webhook(connection: Connection, job: str, url: str) -> None:
    """Have the end of a job told to an address, in the transaction that makes the job."""
    values = {name: value for name, value in vars(Webhook(job, url)).items() if name != "id"}
    connection.execute(JOB_WEBHOOKS.insert().values(job=job, **values))


def webhooks_of(connection: Connection, jobs: Sequence[str]) -> dict[str, Webhook]:
    """Those of some jobs, by the id of the job; jobs without one are left out."""
    return {each.id: each for each in OF_JOBS.webhooks(connection, JOB_WEBHOOKS.c.job.in_(list(jobs)))}


def make_due(connection: Connection, job: str) -> None:
    """Have it told that a job has ended, in the transaction that ends it."""
    waiting = (JOB_WEBHOOKS.c.job == job) & (JOB_WEBHOOKS.c.state == WAITING)
    connection.execute(JOB_WEBHOOKS.update().where(waiting).values(state=DUE, next=now()))


def of_place(place: str) -> ColumnElement[bool]:
    """Condition of the webhooks of the jobs of a folder."""
    return JOB_WEBHOOKS.c.job.in_(select(JOBS.c.id).where(JOBS.c.place == place))


def delete_webhook(connection: Connection, job: str) -> None:
    """Delete it with its job."""
    connection.execute(JOB_WEBHOOKS.delete().where(JOB_WEBHOOKS.c.job == job))
