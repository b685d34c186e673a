"""ExportRequest: which run is packed, in which forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.request import Help, Inline
from assay.deploy.bundle.settings import ExportSettings


@dataclass(frozen=True)
class ExportRequest:
    """The words of the command itself.

    Attributes:
        run: id of a run or its beginning, or a version of a registered model.
        settings: what is exported.
        output: folder that takes a copy of the bundle; "" leaves it in the run's folder alone.
    """

    run: Annotated[
        str,
        Help(
            "id of a run as the training printed it, or its beginning; or NAME@ALIAS",
            shown="RUN_ID",
            hint="give run=RUN_ID, the id that a training ends with",
        ),
    ]
    settings: Annotated[ExportSettings, Inline()]
    output: Annotated[str, Help("folder for a copy of the bundle", shown="DIR")] = ""
