"""`assay report`: where the report of a run lies, or a report of the service, made now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.errors import TrackingError
from assay.housekeeping.request import ReportRequest
from assay.housekeeping.runs import recorded
from assay.run.workspace import open_store, tracking_store
from assay.tracking.run_files import REPORT

if TYPE_CHECKING:
    from assay.serving.reports.write import WrittenReport


@dataclass(frozen=True)
class FoundReport:
    """A report.

    Attributes:
        page: absolute path.
        written: what a report of the service says, and its folder; None for that of a run.
    """

    page: Path
    written: WrittenReport | None = None


def find_report(request: ReportRequest, config: DictConfig) -> FoundReport:
    """The page of a run, or a report of the service, which is made.

    Raises:
        TrackingError: there is no such run, or it has no report on this machine.
        ServiceError: no service has kept anything.
        DataError: something that the report is about cannot be read.
    """
    if not request.kind:
        return FoundReport(report_page(request, config))
    # A run's report is a path, for which no database needs to be imported.
    from assay.serving.reports.write import write_report

    written = write_report(request.kind, request.service, config)
    return FoundReport(written.page.resolve(), written)


def report_page(request: ReportRequest, config: DictConfig) -> Path:
    """The page, as an absolute path.

    Raises:
        TrackingError: there is no such run, or it has no report on this machine.
    """
    if not request.runs:
        pages = list(tracking_store(config).work.glob(f"*/{REPORT}"))
        if not pages:
            open_store(config)
            raise TrackingError(
                f"{tracking_store(config).work}: no run has left a report here; assay train makes one, and "
                "assay runs lists what is recorded"
            )
        return max(pages, key=lambda page: page.stat().st_mtime)
    record = recorded(open_store(config), request.runs[0])
    page = record.folder / REPORT
    if not page.is_file():
        raise TrackingError(
            f"run {record.run_id}: {record.folder} holds no {REPORT}; it was {record.status.lower()}, and "
            f"assay runs {record.run_id[:8]} says what it has left"
        )
    return page
