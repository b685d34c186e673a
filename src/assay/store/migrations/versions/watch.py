"""Looks of the watcher, alerts, the answers that speak for them, and who is told."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
ID, TIME, HASH, CAUSE = sa.String(36), sa.String(24), sa.String(64), sa.String(160)
NAME, WORD, VERSION = sa.String(255), sa.String(20), sa.String(20)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "watch_looks",
        *_columns(id=ID, slot=sa.String(80), time=TIME, until=TIME, ended=TIME, state=WORD, every=sa.Integer()),
        *_columns(bundle=HASH, since=TIME, pictures=sa.Integer(), alpha=sa.Float(53), report=sa.Text()),
        *_columns(error=sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_watch_looks"),
    )
    op.create_index("ix_watch_looks_slot", "watch_looks", ["slot"], unique=True)
    op.create_index("ix_watch_looks_time", "watch_looks", ["time"])
    op.create_table(
        "alerts",
        *_columns(id=ID, mark=CAUSE, cause=CAUSE, kind=WORD, state=WORD, opened=TIME, last=TIME),
        *_columns(count=sa.Integer(), missed=sa.Integer(), owner=NAME, muted_until=TIME, resolved=TIME),
        *_columns(reason=sa.Text(), model=NAME, version=VERSION, bundle=HASH, look=ID, evidence=sa.Text()),
        *_columns(next_step=sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_mark", "alerts", ["mark"], unique=True)
    op.create_index("ix_alerts_state", "alerts", ["state"])
    op.create_table(
        "alert_pictures",
        *_columns(alert=ID, prediction=ID, subject=ID, place=sa.Integer(), score=sa.Float(53)),
        sa.PrimaryKeyConstraint("alert", "prediction", name="pk_alert_pictures"),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name="fk_alert_pictures_alert_alerts"),
    )
    op.create_index("ix_alert_pictures_subject", "alert_pictures", ["subject"])
    op.create_table(
        "alert_webhooks",
        *_columns(id=ID, alert=ID, url=sa.Text(), body=sa.Text(), state=WORD, attempts=sa.Integer(), next=TIME),
        *_columns(error=sa.Text(), delivered=TIME),
        sa.PrimaryKeyConstraint("id", name="pk_alert_webhooks"),
    )
    op.create_index("ix_alert_webhooks_state", "alert_webhooks", ["state"])


def _columns(**kinds: Any) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name, kind in kinds.items()]
