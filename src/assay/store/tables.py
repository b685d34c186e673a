"""The tables of the service's database, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
ID, TIME, HASH = String(36), String(24), String(64)
"""An id from `ids.new_id`; UTC as 2026-01-01T00:00:00.000Z; a hex sha256."""

SUBJECTS = Table(
    "subjects",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("created", TIME, nullable=False),
    Column("hold", Text, nullable=False),  # why nothing of this subject may be erased; "" for nothing
)
"""Whose pictures these are: a person or an organisation, as the operator has named it."""

SUBJECT_SECRETS = Table(
    "subject_secrets",
    METADATA,
    Column("subject", ID, ForeignKey("subjects.id"), primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
)
"""The key of a subject's HMACs. Without it nobody can tell which picture an HMAC is of."""

SERVICE_SECRETS = Table(
    "service_secrets",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
)
"""Of the service itself, by what they are for: pages sign under one what browsers carry."""

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("subject", ID, ForeignKey("subjects.id"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("secret_hash", HASH, nullable=False),
    Column("scopes", String(255), nullable=False),  # separated by spaces
    Column("created", TIME, nullable=False),
    Column("expires", TIME, nullable=False),  # "" for never
    Column("revoked", TIME, nullable=False),  # "" for not
    Column("last_used", TIME, nullable=False),  # "" for never; to the minute
    Column("family", ID, nullable=False),  # id of the first of the keys that took each other's place
    Index(None, "subject"),
)

PREDICTIONS = Table(
    "predictions",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("time", TIME, nullable=False),
    Column("request", ID, nullable=False),
    Column("subject", ID, ForeignKey("subjects.id"), nullable=False),
    Column("key", ID, nullable=False),
    Column("picture", HASH, nullable=False),
    Column("model", String(255), nullable=False),
    Column("version", String(20), nullable=False),
    Column("bundle", HASH, nullable=False),
    Column("arm", String(40), nullable=False),
    Column("label", String(255), nullable=False),
    Column("confidence", Float(53), nullable=False),
    Column("answer", Text, nullable=False),  # JSON
    Column("statistics", Text, nullable=False),  # JSON
    Column("domain", String(20), nullable=False),
    Column("for_a_person", Boolean, nullable=False),
    Column("total_ms", Float(53), nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("trail", Integer, nullable=False),
    Column("experiment", String(64), nullable=False),  # "" for none
    Column("pair", ID, nullable=False),  # of a shadow's answer: that of the answer which went out; else ""
    Column("engine_ms", Float(53), nullable=False),  # 0 for an answer from memory
    Column("rejected", Boolean, nullable=True),  # NULL of answers of before, which did not say it apart
    Column("components", LargeBinary, nullable=False),  # float16 of the embedding's components; empty where none
    Index(None, "time"),
    Index(None, "subject"),
    Index(None, "trail"),
    Index(None, "experiment"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("prediction", ID, ForeignKey("predictions.id"), primary_key=True),
    Column("subject", ID, ForeignKey("subjects.id"), nullable=False),
    Column("key", ID, nullable=False),
    Column("time", TIME, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("label", String(255), nullable=False),  # that is proposed; "" for none
    Column("comment", Text, nullable=False),
    Column("trail", Integer, nullable=False),
    Index(None, "subject"),
)
"""What a client last said about an answer; what he said before is in the trail. None of it is a label."""

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("mark", HASH, primary_key=True),  # HMACs under the subject's secret, mark and body
    Column("subject", ID, ForeignKey("subjects.id"), nullable=False),
    Column("body", HASH, nullable=False),
    Column("response", Text, nullable=False),  # JSON, without names of the client's files
    Column("time", TIME, nullable=False),
    Index(None, "subject"),
    Index(None, "time"),
)
"""What requests with an Idempotency-Key were answered, for as long as they may be sent again."""

CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("subject", ID, ForeignKey("subjects.id"), nullable=False),
    Column("request", ID, nullable=False),  # "" where it holds until it is withdrawn
    Column("version", String(40), nullable=False),  # of the text
    Column("sha256", HASH, nullable=False),  # of the text
    Column("uses", String(255), nullable=False),  # separated by spaces
    Column("given", TIME, nullable=False),
    Column("withdrawn", TIME, nullable=False),  # "" for not
    Index(None, "subject"),
    Index(None, "request"),
)
"""What was agreed to, for one request or for all until it is withdrawn."""

ERASURES = Table(
    "erasures",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("time", TIME, nullable=False),
    Column("finished", TIME, nullable=False),  # "" while files or free pages may still hold something
    Column("subject", HASH, nullable=False),  # digest of the id, by which a backup of before is erased again
    Column("certificate", Text, nullable=False),  # JSON; names nobody
)

TOMBSTONES = Table(
    "tombstones",
    METADATA,
    Column("digest", HASH, primary_key=True),  # of an HMAC, so that the HMAC itself is gone
    Column("time", TIME, nullable=False),
)
"""Pictures that may be in no manifest any more: of those who withdrew their consent, or were erased."""
JOBS = Table(
    "jobs",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("subject", ID, ForeignKey("subjects.id"), nullable=False),
    Column("key", ID, nullable=False),
    Column("place", ID, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("created", TIME, nullable=False),
    Column("started", TIME, nullable=False),
    Column("ended", TIME, nullable=False),
    Column("expires", TIME, nullable=False),
    Column("error", Text, nullable=False),
    Index(None, "subject"),
    Index(None, "state"),
)
"""Many pictures that were sent together, and how far they are answered."""

JOB_ITEMS = Table(
    "job_items",
    METADATA,
    Column("job", ID, ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),  # the client's; deleted with the results
    Column("prediction", ID, nullable=False),  # "" where there is no answer
    Column("problem", Text, nullable=False),  # JSON
)
"""What became of each picture of a job, written together with its answer."""

JOB_WEBHOOKS = Table(
    "job_webhooks",
    METADATA,
    Column("job", ID, ForeignKey("jobs.id"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next", TIME, nullable=False),  # "" where there is no further attempt
    Column("error", Text, nullable=False),
    Column("delivered", TIME, nullable=False),  # "" before
    Index(None, "state"),
)
"""To which address the end of a job is told; what it is signed with is not kept."""

EXPERIMENT_COUNTS = Table(
    "experiment_counts",
    METADATA,
    Column("experiment", String(64), primary_key=True),
    Column("champion", HASH, primary_key=True),
    Column("rival", HASH, primary_key=True),
    Column("champion_failures", Integer, nullable=False),
    Column("rival_failures", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("next_look", Integer, nullable=False),  # requests of the rival at which it is looked at again
)
"""What two bundles failed at in an experiment, and how often one looked; a start of the service goes on from there."""

TRAIL = Table(
    "audit_trail",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("previous_hash", HASH, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("time", TIME, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("content", Text, nullable=False),  # canonical JSON; nothing that identifies anybody
    Column("personal_digest", HASH, nullable=False),  # "" where nothing personal belongs to it
)
"""Lines are only ever added; each seals the one before."""

TRAIL_PERSONAL = Table(
    "audit_personal",
    METADATA,
    Column("number", Integer, ForeignKey("audit_trail.number"), primary_key=True, autoincrement=False),
    Column("subject", ID, nullable=False),  # "" for the operator's own deeds
    Column("salt", HASH, nullable=False),
    Column("content", Text, nullable=False),  # canonical JSON
    Index(None, "subject"),
)
"""Who, and about which picture: the chain has a salted digest of it, so it can be erased and the chain still holds."""

TRAIL_HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("hash", HASH, nullable=False),
)
"""One row: the last line of the trail, which a writer holds while it adds one."""
