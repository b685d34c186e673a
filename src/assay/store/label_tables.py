"""The tables of reviewed labels that were handed to training: which sets there are, and which pictures are in them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from assay.store.tables import HASH, ID, METADATA, TIME

LABEL_SETS = Table(
    "label_sets",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("time", TIME, nullable=False),
    Column("name", String(120), nullable=False),
    Column("split", String(20), nullable=False),  # train, test
    Column("folder", Text, nullable=False),  # where the table was written
    Column("labels", Integer, nullable=False),
    Column("digest", HASH, nullable=False),  # sha256 of the table
    Index(None, "name", unique=True),
)

LABEL_SET_PICTURES = Table(
    "label_set_pictures",
    METADATA,
    Column("set", ID, ForeignKey("label_sets.id"), primary_key=True),
    Column("picture", HASH, primary_key=True),
    Column("subject", ID, nullable=False),
    Index(None, "picture"),
    Index(None, "subject"),
)
"""Which pictures a set names. What was tested on is never learned from, and the other way round: these rows say so."""
