"""Which key's place a rotated key takes, so that a client keeps what was drawn for him."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; of keys of before nobody knows whose place they took."""
    op.add_column("api_keys", sa.Column("family", sa.String(36), nullable=False, server_default=""))
    op.execute("UPDATE api_keys SET family = id")
