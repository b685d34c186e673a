"""Jobs: many pictures that are answered one after the other, and how far each job has come."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from assay.store.ids import as_time, now
from assay.store.tables import JOB_ITEMS, JOBS, PREDICTIONS
from assay.store.trail import Personal, append_lines
from assay.store.webhooks import delete_webhook, make_due

OPEN = ("queued", "running")
ENDED = ("done", "cancelled", "failed")


class JobEnded(Exception):  # noqa: N818  # says what happened
    """A job has ended, is gone, or has come further meanwhile: what was to be written about it is not."""


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        id: of it, from `ids.new_id`.
        subject: id of whose it is.
        key: id of the key that it was sent with.
        place: id of the folder that has its pictures.
        kind: of what was sent: "zip" or "urls".
        state: one of `OPEN` and `ENDED`.
        total: pictures.
        done: pictures that were answered.
        failed: pictures that were not.
        created: UTC.
        started: UTC; "" before.
        ended: UTC; "" before.
        expires: when its results are deleted, UTC; "" before it has ended.
        error: why it has failed; "" where it has not.
    """

    id: str
    subject: str
    key: str
    place: str
    kind: str
    state: str
    total: int
    done: int
    failed: int
    created: str
    started: str = ""
    ended: str = ""
    expires: str = ""
    error: str = ""

    @property
    def looked_at(self) -> int:
        """Pictures that have an answer or a reason; always the first ones."""
        return self.done + self.failed


@dataclass(frozen=True)
class JobItem:
    """What became of one picture of a job.

    Attributes:
        number: of the picture, from 0.
        name: as the client has called it.
        prediction: id of the answer; "" where there is none.
        problem: why not, as JSON values of RFC 9457; {} where there is an answer.
    """

    number: int
    name: str
    prediction: str
    problem: Mapping[str, Any]


@dataclass(frozen=True)
class JobResult:
    """An item with its answer.

    Attributes:
        item: of the job.
        time: of the answer, UTC; "" where there is none (any more).
        model: that has answered; "" likewise, as the next two.
        version: of it.
        bundle: hex sha256.
        answer: JSON values; {} where there is none (any more).
    """

    item: JobItem
    time: str
    model: str
    version: str
    bundle: str
    answer: Mapping[str, Any]


def add_job(connection: Connection, job: Job) -> None:
    """Keep a new job, and note it in the audit trail."""
    connection.execute(JOBS.insert().values(**vars(job)))
    _note(connection, "job created", job)


def jobs_of(connection: Connection, subject: str, *, before: str = "", limit: int = 100) -> list[Job]:
    """Jobs of a subject, the newest first; `before` is the id of the last one of the page before."""
    asked = select(JOBS).where(JOBS.c.subject == subject).order_by(JOBS.c.id.desc()).limit(limit)
    return _jobs(connection, asked.where(JOBS.c.id < before) if before else asked)


def job_of(connection: Connection, subject: str, job: str) -> Job | None:
    """A job of a subject; None where there is none, or it is somebody else's."""
    return next(iter(_jobs(connection, select(JOBS).where(JOBS.c.id == job, JOBS.c.subject == subject))), None)


def open_jobs_of_key(connection: Connection, key: str) -> int:
    """How many jobs of a key have not ended."""
    asked = select(func.count()).select_from(JOBS).where(JOBS.c.key == key, JOBS.c.state.in_(OPEN))
    return int(connection.scalar(asked) or 0)


def open_jobs_at(connection: Connection, place: str) -> list[Job]:
    """Jobs whose pictures lie in a folder and that have not ended, the oldest first."""
    return _jobs(connection, select(JOBS).where(JOBS.c.place == place, JOBS.c.state.in_(OPEN)).order_by(JOBS.c.id))


def begin_job(connection: Connection, job: str) -> Job:
    """Note that a job is at work; one that was before a restart stays as it is.

    Raises:
        JobEnded: it has ended.
    """
    held = _held(connection, job)
    if held.state == "queued":
        connection.execute(JOBS.update().where(JOBS.c.id == job).values(state="running", started=now()))
    return _held(connection, job)


def add_items(connection: Connection, job: str, items: Sequence[JobItem], *, days: float) -> Job:
    """Note what became of the next pictures of a job, in the transaction of their answers; the last ones end it.

    Args:
        connection: in a transaction that may write.
        job: id of it.
        items: of the pictures that come next, in their order.
        days: until the results of a job that has ended are deleted.

    Raises:
        JobEnded: it has ended, or these pictures have their items already.
    """
    held = _held(connection, job)
    if [item.number for item in items] != list(range(held.looked_at, held.looked_at + len(items))):
        raise JobEnded(job)
    rows = [{**vars(item), "problem": json.dumps(dict(item.problem), ensure_ascii=False), "job": job} for item in items]
    connection.execute(JOB_ITEMS.insert(), rows)
    answered = sum(1 for item in items if item.prediction)
    counts = {"done": held.done + answered, "failed": held.failed + len(items) - answered}
    connection.execute(JOBS.update().where(JOBS.c.id == job).values(**counts))
    if held.looked_at + len(items) < held.total:
        return _held(connection, job)
    return end_job(connection, job, "done", days=days)


def end_job(connection: Connection, job: str, state: str, *, days: float, error: str = "") -> Job:
    """End a job.

    Raises:
        JobEnded: it has ended before, or is gone.
    """
    _held(connection, job)
    expires = as_time(datetime.now(UTC) + timedelta(days=days))
    values = {"state": state, "ended": now(), "expires": expires, "error": error}
    connection.execute(JOBS.update().where(JOBS.c.id == job).values(**values))
    (ended,) = _jobs(connection, select(JOBS).where(JOBS.c.id == job))
    make_due(connection, job)
    _note(connection, f"job {state}", ended)
    return ended


def delete_job(connection: Connection, job: str) -> None:
    """Delete a job and its results; the answers stay in the prediction log."""
    connection.execute(JOB_ITEMS.delete().where(JOB_ITEMS.c.job == job))
    delete_webhook(connection, job)
    connection.execute(JOBS.delete().where(JOBS.c.id == job))


def delete_expired_jobs(connection: Connection) -> int:
    """Delete the jobs whose results have expired; gives how many there were."""
    expired = list(connection.scalars(select(JOBS.c.id).where(JOBS.c.expires != "", JOBS.c.expires <= now())))
    for job in expired:
        delete_job(connection, job)
    return len(expired)


def results_of(connection: Connection, job: str, *, after: int = -1, limit: int = 500) -> list[JobResult]:
    """The next results of a job in the order of its pictures.

    Args:
        connection: that may read.
        job: id of it.
        after: number of the last result that is known already.
        limit: most of them.
    """
    answer = PREDICTIONS.c
    asked = (
        select(JOB_ITEMS, answer.time, answer.model, answer.version, answer.bundle, answer.answer)
        .outerjoin(PREDICTIONS, answer.id == JOB_ITEMS.c.prediction)
        .where(JOB_ITEMS.c.job == job, JOB_ITEMS.c.number > after)
        .order_by(JOB_ITEMS.c.number)
        .limit(limit)
    )
    return [
        JobResult(
            JobItem(row.number, row.name, row.prediction, json.loads(row.problem)),
            row.time or "",
            row.model or "",
            row.version or "",
            row.bundle or "",
            json.loads(row.answer or "{}"),
        )
        for row in connection.execute(asked)
    ]


def _held(connection: Connection, job: str) -> Job:
    """A job that has not ended, which nobody else changes until the transaction is over."""
    asked = select(JOBS).where(JOBS.c.id == job, JOBS.c.state.in_(OPEN)).with_for_update()
    held = _jobs(connection, asked)
    if not held:
        raise JobEnded(job)
    return held[0]


def _jobs(connection: Connection, asked: Any) -> list[Job]:
    return [Job(**row._mapping) for row in connection.execute(asked)]


def _note(connection: Connection, kind: str, job: Job) -> None:
    content = {"kind": job.kind, "total": job.total, "done": job.done, "failed": job.failed}
    append_lines(connection, [(kind, content, Personal(job.subject, {"job": job.id, "key": job.key}))])
