"""`assay audit`: what is in a dataset, before a model is asked to learn it."""

from __future__ import annotations

from assay.commands.command import Command

COMMAND = Command(
    name="audit",
    purpose="Say what is in a dataset: classes, sizes, copies, quality, licences, and what is wrong with it.",
    pipeline="assay.run.audit.audit_dataset",
    show="assay.commands.show.audit",
    examples={"data=folder data.root=photos": "your own images, one folder per class"},
    lists={"data": "Datasets"},
)
