"""To which address the end of a job is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
ID, TIME = sa.String(36), sa.String(24)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "job_webhooks",
        sa.Column("job", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next", TIME, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("delivered", TIME, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_job_webhooks"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_job_webhooks_job_jobs"),
    )
    op.create_index("ix_job_webhooks_state", "job_webhooks", ["state"])
