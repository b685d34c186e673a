"""What clients say about their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
ID, TIME = sa.String(36), sa.String(24)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "feedback",
        *(sa.Column(name, ID, nullable=False) for name in ("prediction", "subject", "key")),
        sa.Column("time", TIME, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("label", sa.String(255), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("trail", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prediction", name="pk_feedback"),
        sa.ForeignKeyConstraint(["prediction"], ["predictions.id"], name="fk_feedback_prediction_predictions"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name="fk_feedback_subject_subjects"),
    )
    op.create_index("ix_feedback_subject", "feedback", ["subject"])
