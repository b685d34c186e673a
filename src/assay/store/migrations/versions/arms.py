"""Which experiment an answer belongs to, which answer a shadow looked on at, and what the engine took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; answers of before belong to no experiment."""
    for column in (
        sa.Column("experiment", sa.String(64), nullable=False, server_default=""),
        sa.Column("pair", sa.String(36), nullable=False, server_default=""),
        sa.Column("engine_ms", sa.Float(53), nullable=False, server_default="0"),
    ):
        op.add_column("predictions", column)
    op.create_index("ix_predictions_experiment", "predictions", ["experiment"])
