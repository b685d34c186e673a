"""`assay rollback`: a version that once was let through becomes champion again."""

from __future__ import annotations

from assay.commands.command import Command
from assay.commands.registry_keys import BECAUSE, GROUPS, NAME, WHERE
from assay.registry.request import RollbackRequest

COMMAND = Command(
    name="rollback",
    purpose="Make a version champion again that was promoted once; the present champion becomes previous.",
    pipeline="assay.registry.roll_back.roll_back",
    show="assay.commands.show.rollback",
    request=RollbackRequest,
    groups=GROUPS,
    because=BECAUSE,
    shorthands=(NAME,),
    examples={
        'name=cells reason="fails on night pictures"': "back to the previous champion; the same again goes forward",
        'name=cells to=3 reason="the last one before the new camera" by=Ada': (
            "to any version that was promoted by the gate; its bundle is verified first"
        ),
    },
    notes=WHERE,
)
