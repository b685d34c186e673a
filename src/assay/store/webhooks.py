"""Webhooks: to which address the end of a job is told, and how far that has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from assay.store.ids import now
from assay.store.tables import JOB_WEBHOOKS, JOBS

WAITING, DUE, DELIVERED, FAILED = "waiting", "due", "delivered", "failed"
_ROWS = JOB_WEBHOOKS.c


@dataclass(frozen=True)
class Webhook:
    """What is told about a job, and to whom.

    Attributes:
        job: id of it.
        url: to which the end of the job is told.
        state: "waiting" for the end, "due", "delivered" or "failed" for good.
        attempts: so far.
        next: moment of the next attempt, UTC; "" where there is none.
        error: why the last attempt did not succeed; "" where it did.
        delivered: when it succeeded, UTC; "" before.
    """

    job: str
    url: str
    state: str = WAITING
    attempts: int = 0
    next: str = ""
    error: str = ""
    delivered: str = ""


def add_webhook(connection: Connection, job: str, url: str) -> None:
    """Have the end of a job told to an address, in the transaction that makes the job."""
    connection.execute(JOB_WEBHOOKS.insert().values(**vars(Webhook(job, url))))


def webhooks_of(connection: Connection, jobs: Sequence[str]) -> dict[str, Webhook]:
    """Those of some jobs, by the id of the job; jobs without one are left out."""
    rows = connection.execute(select(JOB_WEBHOOKS).where(_ROWS.job.in_(list(jobs))))
    return {row.job: Webhook(**row._mapping) for row in rows}


def make_due(connection: Connection, job: str) -> None:
    """Have it told that a job has ended, in the transaction that ends it."""
    waiting = (_ROWS.job == job) & (_ROWS.state == WAITING)
    connection.execute(JOB_WEBHOOKS.update().where(waiting).values(state=DUE, next=now()))


def due_webhooks(connection: Connection, place: str, *, limit: int) -> list[Webhook]:
    """Those of the jobs of a folder whose moment has come, the longest due first."""
    due = select(JOB_WEBHOOKS).join(JOBS, JOBS.c.id == _ROWS.job)
    due = due.where(_ROWS.state == DUE, _ROWS.next <= now(), JOBS.c.place == place)
    return [Webhook(**row._mapping) for row in connection.execute(due.order_by(_ROWS.next).limit(limit))]


def note_delivery(connection: Connection, job: str) -> None:
    """Note that the end of a job was told."""
    values = {"state": DELIVERED, "attempts": _ROWS.attempts + 1, "next": "", "error": "", "delivered": now()}
    connection.execute(JOB_WEBHOOKS.update().where(_ROWS.job == job).values(**values))


def note_missed(connection: Connection, job: str, error: str, *, again: str) -> None:
    """Note that an attempt did not succeed.

    Args:
        connection: in a transaction that may write.
        job: id of it.
        error: why not.
        again: moment of the next attempt, UTC; "" for none any more.
    """
    values = {"state": DUE if again else FAILED, "attempts": _ROWS.attempts + 1, "next": again, "error": error}
    connection.execute(JOB_WEBHOOKS.update().where(_ROWS.job == job).values(**values))


def delete_webhook(connection: Connection, job: str) -> None:
    """Delete it with its job."""
    connection.execute(JOB_WEBHOOKS.delete().where(_ROWS.job == job))
