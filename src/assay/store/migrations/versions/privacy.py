"""Consents, and what is left of those who were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
ID, TIME, HASH = sa.String(36), sa.String(24), sa.String(64)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "consents",
        *(sa.Column(name, ID, nullable=False) for name in ("id", "subject", "request")),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("sha256", HASH, nullable=False),
        sa.Column("uses", sa.String(255), nullable=False),
        *(sa.Column(name, TIME, nullable=False) for name in ("given", "withdrawn")),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name="fk_consents_subject_subjects"),
    )
    for column in ("subject", "request"):
        op.create_index(f"ix_consents_{column}", "consents", [column])
    op.create_table(
        "erasures",
        sa.Column("id", ID, nullable=False),
        *(sa.Column(name, TIME, nullable=False) for name in ("time", "finished")),
        sa.Column("subject", HASH, nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_table(
        "tombstones",
        sa.Column("digest", HASH, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_tombstones"),
    )
