"""`assay ui`: the MLflow UI on the store of this project."""

from __future__ import annotations

from assay.commands.command import Command
from assay.housekeeping.request import UiRequest

COMMAND = Command(
    name="ui",
    purpose="Serve the MLflow UI on the runs that are recorded here, until Ctrl-C.",
    pipeline="assay.housekeeping.ui.ui",
    show="assay.commands.show.ui",
    request=UiRequest,
    groups=("tracking",),
    because="nothing is trained here",
    examples={
        "": "the runs of this folder, at http://127.0.0.1:5000",
        "port=5001": "where port 5000 is taken",
    },
    notes=("format=json and csv say the address and the command, and serve nothing.",),
)
