"""`assay embed`: fill the embedding store for a dataset, or check what is in it."""

from __future__ import annotations

from assay.commands.command import Command
from assay.run.embed import EmbedRequest

COMMAND = Command(
    name="embed",
    purpose="Fill the embedding store for a dataset, or check what is in it.",
    pipeline="assay.run.embed.embed",
    show="assay.commands.show.embed",
    request=EmbedRequest,
    examples={
        "data=folder data.root=photos model=dinov2": "embed every image once; trainings of a head take them from there",
        "data=folder data.root=photos --validate": "exit code 1 when an embedding is missing, damaged or another now",
    },
    lists={"data": "Datasets", "model": "Backbones"},
)
