"""Jobs of retraining, their runs, and the ledger of their steps."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
ID, TIME, NAME, WORD = sa.String(36), sa.String(24), sa.String(120), sa.String(40)
TIMES = ("lease", "renewed", "resumes", "created", "started", "ended")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "retrain_jobs",
        _column("job", NAME),
        _column("since", TIME),
        _column("reached", TIME),
        sa.PrimaryKeyConstraint("job", name="pk_retrain_jobs"),
    )
    op.create_table(
        "retrain_runs",
        _column("id", ID),
        _column("job", NAME),
        _column("slot", TIME),
        _column("trigger", sa.String(20)),
        _column("state", sa.String(20)),
        _column("reason", sa.Text()),
        _column("verdict", WORD),
        _column("step", WORD),
        _column("attempt", sa.Integer()),
        _column("fence", sa.Integer()),
        *(_column(name, TIME) for name in TIMES),
        _column("cost", sa.Text()),
        _column("facts", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_retrain_runs"),
        sa.ForeignKeyConstraint(["job"], ["retrain_jobs.job"], name="fk_retrain_runs_job_retrain_jobs"),
    )
    op.create_index("ix_retrain_runs_job_slot", "retrain_runs", ["job", "slot"], unique=True)
    op.create_index("ix_retrain_runs_state", "retrain_runs", ["state"])
    op.create_table(
        "retrain_steps",
        _column("run", ID),
        _column("step", WORD),
        _column("attempt", sa.Integer()),
        _column("state", sa.String(20)),
        _column("started", TIME),
        _column("ended", TIME),
        _column("result", sa.Text()),
        _column("error", sa.Text()),
        sa.PrimaryKeyConstraint("run", "step", "attempt", name="pk_retrain_steps"),
        sa.ForeignKeyConstraint(["run"], ["retrain_runs.id"], name="fk_retrain_steps_run_retrain_runs"),
    )


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
