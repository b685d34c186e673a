"""ExportRequest: which run is packed, in which forms."""

from __future__ import annotations

from dataclasses import dataclass

from assay.deploy.bundle.settings import ExportSettings


@dataclass(frozen=True)
class ExportRequest:
    """The words of the command itself.

    Attributes:
        run: id of a run or its beginning, or a version of a registered model.
        settings: what is exported.
        output: folder that takes a copy of the bundle; "" leaves it in the run's folder alone.
    """

    run: str
    settings: ExportSettings
    output: str = ""
