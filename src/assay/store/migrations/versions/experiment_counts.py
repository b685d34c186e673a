"""What arms of an experiment failed at, and how often one looked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "experiment_counts",
        sa.Column("experiment", sa.String(64), nullable=False),
        *(sa.Column(name, sa.String(64), nullable=False) for name in ("champion", "rival")),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("champion_failures", "rival_failures", "looks", "next_look")
        ),
        sa.PrimaryKeyConstraint("experiment", "champion", "rival", name="pk_experiment_counts"),
    )
