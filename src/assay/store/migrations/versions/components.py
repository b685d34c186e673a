"""Components of each answer's embedding, and whether its confidence was too low, apart from other reasons to look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the columns; of answers of before nobody knows either."""
    op.add_column("predictions", sa.Column("rejected", sa.Boolean(), nullable=True))
    empty = sa.text("X''") if op.get_bind().dialect.name == "sqlite" else sa.text("''")
    op.add_column("predictions", sa.Column("components", sa.LargeBinary(), nullable=False, server_default=empty))
