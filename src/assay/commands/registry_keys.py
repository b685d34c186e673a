"""What the commands about the registry have in common: the model that they name, and where its history is."""

from __future__ import annotations

from assay.commands.command import Shorthand

GROUPS = ("tracking", "registry", "cache")
BECAUSE = "nothing is trained here"
NAME = Shorthand(
    "name", "registry.name", "of the registered model, short for registry.name; tracking.experiment without it"
)
WHERE = (
    "Where runs are recorded: tracking=server tracking.uri=…, as in the training; a server keeps no history, so give",
    "registry.history=postgresql://USER@HOST/DATABASE, or the path of a SQLite file",
)
