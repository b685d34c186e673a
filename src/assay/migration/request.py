"""What is asked of `assay migrate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.config.request import Help
from assay.serving.keys_request import STORE


@dataclass(frozen=True)
class MigrateRequest:
    """The words of `assay migrate` itself.

    Attributes:
        to: URL of a PostgreSQL database.
        only: the part that is moved; "all" for all that there is.
        studies: path or URL of a SQLite file with studies of sweeps; "" for none.
        store: of the service.
        jobs: folder of what was sent as jobs, by which a running service is known.
    """

    to: Annotated[str, Help("a PostgreSQL database that holds nothing yet", shown="postgresql://USER@HOST/DATABASE")]
    only: Annotated[
        Literal["all", "tracking", "studies", "service"],
        Help("one part alone, which gets no schema of its own: runs, models and their history; sweeps; the service"),
    ] = "all"
    studies: Annotated[
        str,
        Help("the SQLite file of sweeps, as hydra.sweeper.storage named it; none are moved without it", shown="FILE"),
    ] = ""
    store: Annotated[str, Help(STORE)] = ""
    jobs: Annotated[str, Help("folder of what was sent as jobs, as assay serve takes it")] = ""
