"""Alembic's door: the migrations run over the connection that they are handed, in one transaction."""

from __future__ import annotations

from alembic import context

from assay.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
