"""Holdings: where a subject is held. Erasure and export go by this list, and a table that is not in it fails a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, select

from assay.store.label_tables import LABEL_SET_PICTURES
from assay.store.retrain_tables import RETRAIN_JOBS, RETRAIN_RUNS, RETRAIN_STEPS
from assay.store.review_tables import REVIEW_ITEMS, REVIEW_LEASES, REVIEWS
from assay.store.tables import (
    API_KEYS,
    CONSENTS,
    FEEDBACK,
    IDEMPOTENCY,
    JOB_ITEMS,
    JOB_WEBHOOKS,
    JOBS,
    PREDICTIONS,
    SUBJECT_SECRETS,
    SUBJECTS,
    TRAIL_PERSONAL,
)
from assay.store.watch_tables import ALERT_PICTURES


@dataclass(frozen=True)
class Holding:
    """What a table holds of a subject.

    Attributes:
        table: of the database.
        what: for people, as certificate and report call it.
        owned: gives the condition of a subject's rows from his id.
        time: column that says since when; "" where none does.
        secret: columns that are in no export: what somebody could act with.
    """

    table: Table
    what: str
    owned: Callable[[str], ColumnElement[bool]]
    time: str = ""
    secret: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the table."""
        return self.table.name


def by_subject(table: Table) -> Callable[[str], ColumnElement[bool]]:
    """Rows whose column `subject` is his id."""
    return lambda subject: table.c.subject == subject


def _of_items(table: Table) -> Callable[[str], ColumnElement[bool]]:
    """Rows about items whose picture is his."""
    items = REVIEW_ITEMS.c
    return lambda subject: table.c.item.in_(select(items.id).where(items.subject == subject))


HOLDINGS = (
    Holding(ALERT_PICTURES, "answers that speak for an alert of the watcher", by_subject(ALERT_PICTURES)),
    Holding(LABEL_SET_PICTURES, "pictures that sets of reviewed labels name", by_subject(LABEL_SET_PICTURES)),
    Holding(REVIEWS, "what reviewers said of pictures", _of_items(REVIEWS), "time"),
    Holding(REVIEW_LEASES, "who reviews a picture now", _of_items(REVIEW_LEASES), "taken"),
    Holding(REVIEW_ITEMS, "pictures that are to be reviewed", by_subject(REVIEW_ITEMS), "time"),
    Holding(
        JOB_ITEMS,
        "pictures of jobs, by the client's names, with what became of them",
        lambda subject: JOB_ITEMS.c.job.in_(select(JOBS.c.id).where(JOBS.c.subject == subject)),
    ),
    Holding(
        JOB_WEBHOOKS,
        "addresses to which the end of a job is told",
        lambda subject: JOB_WEBHOOKS.c.job.in_(select(JOBS.c.id).where(JOBS.c.subject == subject)),
    ),
    Holding(JOBS, "jobs", by_subject(JOBS), "created"),
    Holding(FEEDBACK, "what was said about answers", by_subject(FEEDBACK), "time"),
    Holding(IDEMPOTENCY, "answers to requests that may be repeated", by_subject(IDEMPOTENCY), "time"),
    Holding(PREDICTIONS, "answers, with HMAC and statistics of the picture", by_subject(PREDICTIONS), "time"),
    Holding(CONSENTS, "consents", by_subject(CONSENTS), "given"),
    Holding(API_KEYS, "keys of the API", by_subject(API_KEYS), "created", ("secret_hash",)),
    Holding(TRAIL_PERSONAL, "who and which picture of lines of the trail", by_subject(TRAIL_PERSONAL), "", ("salt",)),
    Holding(SUBJECT_SECRETS, "the secret of the HMACs", by_subject(SUBJECT_SECRETS), "", ("secret",)),
    Holding(SUBJECTS, "name", lambda subject: SUBJECTS.c.id == subject, "created"),
)
"""In the order in which rows are deleted: those that name others first."""
NOBODYS = {
    "watch_looks": "what the watcher saw: numbers of many answers together",
    "alerts": "why somebody should look at a model, and which of the operator's people does",
    "alert_webhooks": "what the operator was told of alerts, and at which address",
    "audit_trail": "what happened, without who and which picture; each line seals the one before",
    "audit_head": "number and hash of the last line of the trail",
    "experiment_counts": "how often models failed in an experiment, and how often they were looked at",
    "label_sets": "names and folders of sets of reviewed labels; each training asks which of their pictures it may use",
    "erasures": "that somebody was erased, by a digest of a random number",
    "service_secrets": "the service's own secret, under which its pages sign sessions",
    "reviewers": "who reviews for the operator, with a hash of the password; nobody whose picture it is",
    RETRAIN_JOBS.name: "which jobs of retraining there are, and up to when their schedule was followed",
    RETRAIN_RUNS.name: "retrainings, why they ran, and how they ended; counts and names of models",
    RETRAIN_STEPS.name: "what each step of a retraining left: counts, digests, names of runs",
    "review_sweep": "up to which line of the trail it was looked what to review",
    "tombstones": "digests of HMACs whose secret is gone, so that no manifest takes such a picture again",
}
"""Tables that hold nobody, and what stays in them."""
