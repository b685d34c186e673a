"""Jobs, and what became of each of their pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
ID, TIME = sa.String(36), sa.String(24)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "jobs",
        *(sa.Column(name, ID, nullable=False) for name in ("id", "subject", "key", "place")),
        *(sa.Column(name, sa.String(20), nullable=False) for name in ("kind", "state")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("total", "done", "failed")),
        *(sa.Column(name, TIME, nullable=False) for name in ("created", "started", "ended", "expires")),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name="fk_jobs_subject_subjects"),
    )
    for column in ("subject", "state"):
        op.create_index(f"ix_jobs_{column}", "jobs", [column])
    op.create_table(
        "job_items",
        sa.Column("job", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prediction", ID, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job", "number", name="pk_job_items"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_job_items_job_jobs"),
    )
