"""What housekeeping is asked: runs to list, show or delete, a report, the MLflow UI, and what to clean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help, Inline
from assay.serving.reports.request import ServiceReportRequest


@dataclass(frozen=True)
class RunsRequest:
    """The words of `assay runs` itself.

    Attributes:
        runs: ids of runs, their beginnings, or NAME@ALIAS; () lists all.
        deed: what is done with these; "" shows one.
        experiment: name of an MLflow experiment; "" for that of the tracking store.
        status: how the listed runs ended; "" for any.
        parent: id of a study, sweep or multirun whose runs are listed.
        nested: whether runs of studies, sweeps and multiruns are listed too.
        limit: most runs that are listed.
        yes: whether to delete what a call without it only names.
    """

    runs: tuple[str, ...] = ()
    deed: Literal["", "delete", "restore"] = ""
    experiment: Annotated[
        str, Help("name of an MLflow experiment; tracking.experiment without it, else all", shown="NAME")
    ] = ""
    status: Annotated[
        Literal["", "finished", "running", "failed", "killed"], Help("only runs that ended like this")
    ] = ""
    parent: Annotated[
        str, Help("the runs of this study, sweep or multirun, whose own id it is, or the beginning of it", shown="ID")
    ] = ""
    nested: Annotated[
        bool, Help("list the runs of studies, sweeps and multiruns too, not the study, sweep or multirun alone")
    ] = False
    limit: Annotated[int, AtLeast(1), Help("most runs in the list")] = 20
    yes: Annotated[bool, Help("with delete: delete; without it, only what would go is said")] = False


@dataclass(frozen=True)
class CleanRequest:
    """The words of `assay clean` itself.

    Attributes:
        older: what nothing has used for so long may go.
        cache_size: bytes that the caches may keep; what was used longest ago goes first. "" for any.
        keep_trials: how many of the best trials of an ended sweep keep their files; None for all.
        unknown: whether folders of runs go that the tracking store does not know.
        yes: whether to delete what a call without it only names.
    """

    older: Annotated[
        str, Help("only what nothing has used for so long: 30d, 12h, 4w; 0d for whatever is not in use now")
    ] = "30d"
    cache_size: Annotated[
        str,
        Help("what the caches may keep, whatever its age: 10GB; what was used longest ago goes first", shown="SIZE"),
    ] = ""
    keep_trials: Annotated[
        int | None,
        AtLeast(0),
        Help("files of trials but of so many best ones of each sweep that has ended; all stay without it", shown="N"),
    ] = None
    unknown: Annotated[
        bool, Help("also folders of runs that this tracking store does not know; another store may know them")
    ] = False
    yes: Annotated[bool, Help("delete; without it, only what would go is said")] = False


@dataclass(frozen=True)
class UiRequest:
    """The words of `assay ui` itself.

    Attributes:
        port: that the UI listens on.
        host: of the interface that it listens on.
    """

    port: Annotated[int, Between(1, 65535), Help("that the UI listens on", shown="PORT")] = 5000
    host: Annotated[str, Help("interface that it listens on; any but this machine's own lets others in")] = "127.0.0.1"


@dataclass(frozen=True)
class ReportRequest:
    """The words of `assay report` itself.

    Attributes:
        runs: the id of a run or its beginning, or NAME@ALIAS; () for the newest report.
        kind: of a report of the service, of `serving.reports.request.KINDS`; "" for that of a run.
        open: whether a browser is to show it.
        service: how a report of the service is made.
    """

    runs: tuple[str, ...] = ()
    kind: str = ""
    open: Annotated[bool, Help("show it in a browser")] = False
    service: Annotated[ServiceReportRequest, Inline()] = field(default_factory=ServiceReportRequest)
