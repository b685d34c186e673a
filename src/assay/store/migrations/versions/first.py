"""Subjects, keys, predictions and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
ID, TIME, HASH = sa.String(36), sa.String(24), sa.String(64)


def _text(name: str, kind: sa.types.TypeEngine[str] | None = None) -> sa.Column[str]:
    return sa.Column(name, kind or sa.Text(), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "subjects",
        sa.Column("id", ID, nullable=False),
        _text("name", sa.String(255)),
        _text("created", TIME),
        _text("hold"),
        sa.PrimaryKeyConstraint("id", name="pk_subjects"),
    )
    op.create_table(
        "subject_secrets",
        sa.Column("subject", ID, nullable=False),
        sa.Column("secret", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_subject_secrets"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name="fk_subject_secrets_subject_subjects"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        _text("name", sa.String(255)),
        _text("secret_hash", HASH),
        _text("scopes", sa.String(255)),
        *(_text(name, TIME) for name in ("created", "expires", "revoked", "last_used")),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name="fk_api_keys_subject_subjects"),
    )
    op.create_index("ix_api_keys_subject", "api_keys", ["subject"])
    op.create_table(
        "predictions",
        sa.Column("id", ID, nullable=False),
        _text("time", TIME),
        *(sa.Column(name, ID, nullable=False) for name in ("request", "subject", "key")),
        _text("picture", HASH),
        _text("model", sa.String(255)),
        _text("version", sa.String(20)),
        _text("bundle", HASH),
        _text("arm", sa.String(40)),
        _text("label", sa.String(255)),
        sa.Column("confidence", sa.Float(53), nullable=False),
        _text("answer"),
        _text("statistics"),
        _text("domain", sa.String(20)),
        sa.Column("for_a_person", sa.Boolean(), nullable=False),
        sa.Column("total_ms", sa.Float(53), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("trail", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
        sa.ForeignKeyConstraint(["subject"], ["subjects.id"], name="fk_predictions_subject_subjects"),
    )
    for column in ("time", "subject", "trail"):
        op.create_index(f"ix_predictions_{column}", "predictions", [column])
    op.create_table(
        "audit_trail",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        _text("previous_hash", HASH),
        _text("hash", HASH),
        _text("time", TIME),
        _text("kind", sa.String(40)),
        _text("content"),
        _text("personal_digest", HASH),
        sa.PrimaryKeyConstraint("number", name="pk_audit_trail"),
    )
    op.create_table(
        "audit_personal",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("subject", ID, nullable=False),
        _text("salt", HASH),
        _text("content"),
        sa.PrimaryKeyConstraint("number", name="pk_audit_personal"),
        sa.ForeignKeyConstraint(["number"], ["audit_trail.number"], name="fk_audit_personal_number_audit_trail"),
    )
    op.create_index("ix_audit_personal_subject", "audit_personal", ["subject"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("hash", HASH),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": "0" * 64}])
