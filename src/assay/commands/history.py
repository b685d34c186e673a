"""`assay history`: what was judged, promoted and rolled back, and whether it still holds."""

from __future__ import annotations

from assay.commands.command import Command
from assay.commands.registry_keys import BECAUSE, GROUPS, NAME, WHERE
from assay.registry.request import HistoryRequest

COMMAND = Command(
    name="history",
    purpose="Show what was judged, promoted and rolled back, and verify that nobody touched it.",
    pipeline="assay.registry.read_history.read_history",
    show="assay.commands.show.history",
    request=HistoryRequest,
    groups=GROUPS,
    because=BECAUSE,
    shorthands=(NAME,),
    examples={
        "name=cells": "every verdict, promotion, override, rollback and repair, the first one first",
        "name=cells --verify": "exit code 1 when it does not hold",
        'name=cells --accept reason="moved by hand at night" by=Ada': "what was found stays as it is, openly",
    },
    notes=WHERE,
)
