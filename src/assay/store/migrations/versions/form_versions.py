"""By which version of its form a review was made, and from which file it was imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns; what was reviewed before was reviewed at the desk, by a version that nobody has noted."""
    for name in ("form_version", "imported"):
        op.add_column("reviews", sa.Column(name, sa.String(64), nullable=False, server_default=""))
