"""What is asked of `assay backup`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.config.request import Help
from assay.serving.keys_request import STORE


@dataclass(frozen=True)
class BackupRequest:
    """The words of `assay backup` itself.

    Attributes:
        to: file that a copy is written to; "" where one is brought back.
        restore: file that is brought back; "" where one is written.
        by: who does it; "" for the user of this machine.
        store: of the service.
        kept: folder of kept pictures.
        jobs: folder of what was sent as jobs.
    """

    to: Annotated[str, Help("a copy of the service's database, in one piece, while it is written", shown="FILE")] = ""
    restore: Annotated[str, Help("the copy that comes back; what is there now is copied first", shown="FILE")] = ""
    by: Annotated[str, Help("who does it; the user of this machine without it", shown="NAME")] = ""
    store: Annotated[str, Help(STORE)] = ""
    kept: Annotated[str, Help("folder of kept pictures, as assay serve takes it")] = ""
    jobs: Annotated[str, Help("folder of what was sent as jobs, as assay serve takes it")] = ""
