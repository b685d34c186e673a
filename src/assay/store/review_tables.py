"""The tables of review: who reviews, what is to be looked at, who looks at it now, and what was said of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from assay.store.tables import HASH, ID, METADATA, TIME

REVIEWERS = Table(
    "reviewers",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("password", Text, nullable=False),  # argon2id; "" while none is set
    Column("roles", String(255), nullable=False),  # separated by spaces
    Column("created", TIME, nullable=False),
    Column("disabled", TIME, nullable=False),  # "" for active
    Column("link", HASH, nullable=False),  # sha256 of what a link carries that sets the password; "" for none
    Column("link_expires", TIME, nullable=False),
    Column("epoch", Integer, nullable=False),  # a session of an earlier one has ended
    Index(None, "name", unique=True),
)

REVIEW_ITEMS = Table(
    "review_items",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("time", TIME, nullable=False),
    Column("mark", HASH, nullable=False),  # of form and subject matter: the same is queued once
    Column("form", String(40), nullable=False),
    Column("source", String(20), nullable=False),
    Column("random_slice", Boolean, nullable=False),
    Column("batch", String(120), nullable=False),  # what was queued together; "" for none
    Column("subject", ID, nullable=False),  # "" where it is nobody's picture
    Column("prediction", ID, nullable=False),  # "" for none
    Column("picture", HASH, nullable=False),  # HMAC of a kept picture; "" for none
    Column("shows", Text, nullable=False),  # JSON: name -> path
    Column("classes", Text, nullable=False),  # JSON
    Column("hidden", Text, nullable=False),  # JSON
    Column("known", String(255), nullable=False),  # "" for none
    Column("wanted", Integer, nullable=False),  # reviewers; 0 for everybody
    Column("priority", Float(53), nullable=False),
    Column("model", String(255), nullable=False),
    Column("version", String(20), nullable=False),
    Column("bundle", HASH, nullable=False),
    Column("guideline", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("outcome", String(255), nullable=False),
    Column("closed", Text, nullable=False),  # why, "" where it is not
    Index(None, "mark", unique=True),
    Index(None, "state"),
    Index(None, "subject"),
    Index(None, "picture"),
)
"""State and outcome follow from the reviews that stand; they are written with each."""

REVIEW_LEASES = Table(
    "review_leases",
    METADATA,
    Column("item", ID, ForeignKey("review_items.id"), primary_key=True),
    Column("reviewer", ID, ForeignKey("reviewers.id"), primary_key=True),
    Column("taken", TIME, nullable=False),
    Column("until", TIME, nullable=False),
    Column("blind", String(255), nullable=False),  # chosen before the answer was shown; "" for nothing yet
    Column("details", Text, nullable=False),  # JSON: what was chosen with it
    Column("comment", Text, nullable=False),
    Column("redo", ID, nullable=False),  # of a review that was taken back; "" for none
)
"""Who looks at an item now. A choice that was made blind stays in it, whoever goes back or comes again."""

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("time", TIME, nullable=False),
    Column("item", ID, ForeignKey("review_items.id"), nullable=False),
    Column("reviewer", ID, ForeignKey("reviewers.id"), nullable=False),
    Column("kind", String(20), nullable=False),  # review, skip, undo
    Column("form", String(40), nullable=False),
    Column("blind", String(255), nullable=False),
    Column("final", String(255), nullable=False),
    Column("override", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("details", Text, nullable=False),  # JSON
    Column("seconds", Float(53), nullable=False),
    Column("arbiter", Boolean, nullable=False),
    Column("supersedes", ID, nullable=False),  # "" for none
    Column("bundle", HASH, nullable=False),
    Column("guideline", String(64), nullable=False),
    Column("form_version", HASH, nullable=False),  # digest of the form; "" where nobody has noted it
    Column("imported", HASH, nullable=False),  # sha256 of the file; "" for what was reviewed at the desk
    Column("trail", Integer, nullable=False),
    Index(None, "item"),
    Index(None, "reviewer"),
    Index(None, "supersedes"),
)
"""Rows are only ever added: what is taken back is superseded by another."""

REVIEW_SWEEP = Table(
    "review_sweep",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("line", Integer, nullable=False),
)
"""One row: the line of the audit trail up to which answers and feedback were looked through for what to review."""
