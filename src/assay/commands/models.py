"""`assay models`: the versions of registered models, and how their champions have fared."""

from __future__ import annotations

from assay.commands.command import Command, Shorthand
from assay.commands.registry_keys import BECAUSE, GROUPS, WHERE
from assay.registry.request import ModelsRequest

COMMAND = Command(
    name="models",
    purpose="Show the versions of registered models: aliases, metrics with intervals, and why each may reign.",
    pipeline="assay.registry.model_overviews.model_overviews",
    show="assay.commands.show.models",
    request=ModelsRequest,
    groups=GROUPS,
    because=BECAUSE,
    shorthands=(
        Shorthand("name", "registry.name", "of the registered model, short for registry.name; all models without it"),
    ),
    examples={
        "": "every model, with a line of blocks for the macro-F1 of its champions, and a page of the same",
        "name=cells output=cells.html": "one model, and where its page goes",
    },
    notes=WHERE,
)
