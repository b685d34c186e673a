"""Sets of reviewed labels, and which pictures are in them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
ID, TIME, HASH = sa.String(36), sa.String(24), sa.String(64)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "label_sets",
        _column("id", ID),
        _column("time", TIME),
        _column("name", sa.String(120)),
        _column("split", sa.String(20)),
        _column("folder", sa.Text()),
        _column("labels", sa.Integer()),
        _column("digest", HASH),
        sa.PrimaryKeyConstraint("id", name="pk_label_sets"),
    )
    op.create_index("ix_label_sets_name", "label_sets", ["name"], unique=True)
    op.create_table(
        "label_set_pictures",
        _column("set", ID),
        _column("picture", HASH),
        _column("subject", ID),
        sa.PrimaryKeyConstraint("set", "picture", name="pk_label_set_pictures"),
        sa.ForeignKeyConstraint(["set"], ["label_sets.id"], name="fk_label_set_pictures_set_label_sets"),
    )
    for column in ("picture", "subject"):
        op.create_index(f"ix_label_set_pictures_{column}", "label_set_pictures", [column])


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
