"""Reviewers, what they are to look at, and what they said."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
ID, TIME, HASH = sa.String(36), sa.String(24), sa.String(64)


def upgrade() -> None:
    """Make the tables; a review begins with what is answered from now on."""
    op.create_table(
        "reviewers",
        _column("id", ID),
        _column("name", sa.String(255)),
        _column("password", sa.Text()),
        _column("roles", sa.String(255)),
        *(_column(name, TIME) for name in ("created", "disabled")),
        _column("link", HASH),
        _column("link_expires", TIME),
        _column("epoch", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_reviewers"),
    )
    op.create_index("ix_reviewers_name", "reviewers", ["name"], unique=True)
    _make_items()
    op.create_table(
        "review_leases",
        *(_column(name, ID) for name in ("item", "reviewer")),
        *(_column(name, TIME) for name in ("taken", "until")),
        _column("blind", sa.String(255)),
        *(_column(name, sa.Text()) for name in ("details", "comment")),
        _column("redo", ID),
        sa.PrimaryKeyConstraint("item", "reviewer", name="pk_review_leases"),
        *_foreign("review_leases"),
    )
    _make_reviews()
    op.create_table(
        "review_sweep",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        _column("line", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_review_sweep"),
    )
    op.execute("INSERT INTO review_sweep (id, line) SELECT id, number FROM audit_head")


def _make_items() -> None:
    op.create_table(
        "review_items",
        _column("id", ID),
        _column("time", TIME),
        _column("mark", HASH),
        _column("form", sa.String(40)),
        _column("source", sa.String(20)),
        _column("random_slice", sa.Boolean()),
        _column("batch", sa.String(120)),
        *(_column(name, ID) for name in ("subject", "prediction")),
        _column("picture", HASH),
        *(_column(name, sa.Text()) for name in ("shows", "classes", "hidden")),
        _column("known", sa.String(255)),
        _column("wanted", sa.Integer()),
        _column("priority", sa.Float(53)),
        _column("model", sa.String(255)),
        _column("version", sa.String(20)),
        _column("bundle", HASH),
        _column("guideline", sa.String(64)),
        _column("state", sa.String(20)),
        _column("outcome", sa.String(255)),
        _column("closed", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_review_items"),
    )
    op.create_index("ix_review_items_mark", "review_items", ["mark"], unique=True)
    for column in ("state", "subject", "picture"):
        op.create_index(f"ix_review_items_{column}", "review_items", [column])


def _make_reviews() -> None:
    op.create_table(
        "reviews",
        _column("id", ID),
        _column("time", TIME),
        *(_column(name, ID) for name in ("item", "reviewer")),
        _column("kind", sa.String(20)),
        _column("form", sa.String(40)),
        *(_column(name, sa.String(255)) for name in ("blind", "final")),
        _column("override", sa.Boolean()),
        *(_column(name, sa.Text()) for name in ("reason", "comment", "details")),
        _column("seconds", sa.Float(53)),
        _column("arbiter", sa.Boolean()),
        _column("supersedes", ID),
        _column("bundle", HASH),
        _column("guideline", sa.String(64)),
        _column("trail", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
        *_foreign("reviews"),
    )
    for column in ("item", "reviewer", "supersedes"):
        op.create_index(f"ix_reviews_{column}", "reviews", [column])


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _foreign(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([name], [f"{to}.id"], name=f"fk_{table}_{name}_{to}")
        for name, to in (("item", "review_items"), ("reviewer", "reviewers"))
    ]
