"""Requests that can be repeated."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
ID, TIME, HASH = sa.String(36), sa.String(24), sa.String(64)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "idempotency",
        sa.Column("mark", HASH, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("body", HASH, nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_idempotency"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name="fk_idempotency_subject_subjects"),
    )
    for column in ("subject", "time"):
        op.create_index(f"ix_idempotency_{column}", "idempotency", [column])
