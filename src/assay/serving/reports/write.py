"""Makes a report of a service and writes its four forms."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.database.url import sqlite_file
from assay.errors import AssayError
from assay.files import atomic_write
from assay.serving.places import existing_store, store_url
from assay.serving.reports.record import ServiceReport
from assay.serving.reports.request import DATA, INFERENCE, ServiceReportRequest

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.monitoring.profile import Profile
    from assay.registry.report.overview import Overview

PAGE, JSON, CSV, TEXT = "index.html", "report.json", "report.csv", "report.txt"


@dataclass(frozen=True)
class WrittenReport:
    """A report and where it lies.

    Attributes:
        report: what it says.
        folder: with its page, tables and text.
    """

    report: ServiceReport
    folder: Path

    @property
    def page(self) -> Path:
        """What a browser shows."""
        return self.folder / PAGE


def write_report(kind: str, request: ServiceReportRequest, config: DictConfig) -> WrittenReport:
    """Make the report and write it; of the same store and window it has the same bytes again.

    Args:
        kind: "performance", "data" or "inference".
        request: how it is made.
        config: where runs are recorded.

    Raises:
        ServiceError: of inference: no service has kept anything.
        DataError: a profile, a folder or a manifest cannot be read.
    """
    from assay.serving.reports.page import write_page
    from assay.serving.reports.text import report_lines

    report = _made(kind, request, config)
    beside = Path(config.tracking.work).expanduser().parent / "reports" / kind
    folder = Path(request.output).expanduser() if request.output else beside
    report.save_json(folder / JSON)
    report.save_csv(folder / CSV)
    written = WrittenReport(report, folder)
    write_page(written.page, report)
    with atomic_write(folder / TEXT) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in report_lines(report)), encoding="utf-8")
    return written


def _made(kind: str, request: ServiceReportRequest, config: DictConfig) -> ServiceReport:
    url = store_url(config, request.store)
    file = sqlite_file(url)
    with ExitStack() as opened:
        connection = None
        if kind == INFERENCE or request.store or file is None or file.exists():
            store = opened.enter_context(existing_store(url))
            connection = opened.enter_context(store.reading())
        if kind == DATA:
            return _of_data(request, connection)
        return _of_answers(kind, request, config, connection)


def _of_data(request: ServiceReportRequest, connection: Connection | None) -> ServiceReport:
    from assay.serving.reports.dataset import data_report

    folder = Path(request.folder or ".").expanduser()
    return data_report(connection, folder, {"folder": request.folder or "."})


def _of_answers(
    kind: str, request: ServiceReportRequest, config: DictConfig, connection: Connection | None
) -> ServiceReport:
    from assay.evaluation.resampling import Resampling
    from assay.monitoring.bounds import ALL
    from assay.serving.reports.inference import inference_report
    from assay.serving.reports.performance import PerformanceOptions, performance_report
    from assay.serving.reports.span import span_of

    bounds = request.bounds
    since, until = ("", "") if connection is None else span_of(connection, bounds)
    facts = {"window": "everything" if bounds.window == ALL else bounds.window}
    if until:
        facts |= {"from": f"{since[:16]}Z" if since else "the first answer", "to": f"{until[:16]}Z"}
    chosen = {"arm": bounds.arm, "version": bounds.version, "bundle": bounds.bundle[:12], "key": bounds.key}
    facts |= {name: value for name, value in chosen.items() if value}
    facts["intervals"] = f"{request.confidence * 100:.3g}%"
    if kind == INFERENCE:
        assert connection is not None
        return inference_report(connection, since, until, bounds, facts, request.confidence)
    options = PerformanceOptions(
        request.parts,
        _profile(request.profile, config),
        Resampling(request.resamples, confidence=request.confidence),
    )
    return performance_report(connection, since, until, bounds, _models(config), facts, options)


def _profile(folder: str, config: DictConfig) -> Profile | None:
    """The profile of a folder, or of the champion's bundle; None where there is no champion, or it has none.

    Raises:
        DataError: the folder holds none.
    """
    from assay.monitoring.profile import Profile
    from assay.run.workspace import is_absent, tracking_store
    from assay.serving.origin import find_bundle

    if folder:
        return Profile.load(Path(folder).expanduser())
    if is_absent(tracking_store(config)):
        return None
    try:
        return find_bundle(config)[0].profile
    except AssayError:
        return None


def _models(config: DictConfig) -> tuple[Overview, ...]:
    """Registered models, looked at without a change to anything."""
    from assay.registry.aliases import registered
    from assay.registry.open_registry import known_models, registry_of, store_of
    from assay.registry.report.overview import overview
    from assay.registry.versions import versions
    from assay.run.workspace import is_absent, tracking_store

    if is_absent(tracking_store(config)):
        return ()
    store = store_of(config)
    names = [config.registry.name] if config.registry.name else known_models(config, store)
    return tuple(
        overview(name, registry_of(config, store, name).entries(), versions(store, name),
                 registered(store, name).aliases, ())
        for name in names
    )  # fmt: skip
