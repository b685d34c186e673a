"""What the commands about the registry have in common: the model that they name, and where its history is."""

from __future__ import annotations

from assay.commands.command import Shorthand

GROUPS = ("tracking", "registry", "cache")
BECAUSE = "nothing is trained here"
NAME = Shorthand(
    "name", "registry.name", "of the registered model, short for registry.name; see below for what is meant without it"
)
WHERE = (
    "Without name=, the model is called like tracking.experiment where that is typed, else like the dataset of the run",
    "that is promoted; a registry of one model needs no name. A model assay that an older version has made goes on.",
    "Where runs are recorded: tracking=server tracking.uri=…, as in the training; a server keeps no history, so give",
    "registry.history=postgresql://USER@HOST/DATABASE, or the path of a SQLite file",
)
