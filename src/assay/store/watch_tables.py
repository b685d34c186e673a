"""The tables of the watcher: each look that it took, what it alerts to, and who is told of it."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text

from assay.store.tables import HASH, ID, METADATA, TIME

CAUSE = String(160)

WATCH_LOOKS = Table(
    "watch_looks",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("slot", String(80), nullable=False),  # the interval that it belongs to: one look for each
    Column("time", TIME, nullable=False),  # when it was begun
    Column("until", TIME, nullable=False),  # somebody else may take it from then on, unless it has ended
    Column("ended", TIME, nullable=False),  # "" before
    Column("state", String(20), nullable=False),  # running, done, failed
    Column("every", Integer, nullable=False),  # seconds between two looks
    Column("bundle", HASH, nullable=False),
    Column("since", TIME, nullable=False),  # beginning of the window; "" for none
    Column("pictures", Integer, nullable=False),  # of the window
    Column("alpha", Float(53), nullable=False),  # that it has spent
    Column("report", Text, nullable=False),  # JSON
    Column("error", Text, nullable=False),
    Index(None, "slot", unique=True),
    Index(None, "time"),
)
"""Also what the dead man's switch goes by: no row, no watcher."""

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("mark", CAUSE, nullable=False),  # the cause while it is open, else the id: a cause is open once
    Column("cause", CAUSE, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),  # open, acknowledged, resolved
    Column("opened", TIME, nullable=False),
    Column("last", TIME, nullable=False),  # when its cause was met last
    Column("count", Integer, nullable=False),  # looks that met it
    Column("missed", Integer, nullable=False),  # looks since then that did not
    Column("owner", String(255), nullable=False),  # "" for nobody
    Column("muted_until", TIME, nullable=False),  # "" for not
    Column("resolved", TIME, nullable=False),  # "" for not
    Column("reason", Text, nullable=False),  # why it was
    Column("model", String(255), nullable=False),
    Column("version", String(20), nullable=False),
    Column("bundle", HASH, nullable=False),
    Column("look", ID, nullable=False),  # that met it last
    Column("evidence", Text, nullable=False),  # JSON
    Column("next_step", Text, nullable=False),  # JSON
    Index(None, "mark", unique=True),
    Index(None, "state"),
)
"""Who did what about it is in the audit trail."""

ALERT_PICTURES = Table(
    "alert_pictures",
    METADATA,
    Column("alert", ID, ForeignKey("alerts.id"), primary_key=True),
    Column("prediction", ID, primary_key=True),
    Column("subject", ID, nullable=False),
    Column("place", Integer, nullable=False),  # from 0, the one that speaks loudest first
    Column("score", Float(53), nullable=False),
    Index(None, "subject"),
)
"""Answers that speak for an alert; they leave with their subject."""

ALERT_WEBHOOKS = Table(
    "alert_webhooks",
    METADATA,
    Column("id", ID, primary_key=True),  # of the message, the same for each attempt
    Column("alert", ID, nullable=False),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON, as it is sent
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next", TIME, nullable=False),  # "" where there is no further attempt
    Column("error", Text, nullable=False),
    Column("delivered", TIME, nullable=False),  # "" before
    Index(None, "state"),
)
"""What somebody is told about alerts; nobody whose picture it is stands in it."""
