"""`assay watch report`: the window of the log beside the profile of its bundle, as page, JSON and table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from omegaconf import DictConfig

from assay.monitoring.alarms.plan import AlarmPlan
from assay.monitoring.drift.report import COLUMNS, DriftReport
from assay.monitoring.drift.settings import DriftSettings
from assay.serving.places import existing_store, store_url
from assay.serving.watch_request import WatchRequest
from assay.spreadsheet import save_csv

USUAL = 0.05
PAGE, JSON, CSV = "index.html", "drift.json", "drift.csv"


@dataclass(frozen=True)
class DriftReportResult:
    """What `assay watch report` leaves.

    Attributes:
        name: of the bundle.
        report: of its window.
        folder: with page, JSON and table.
        clients: what keys are called in it -> names of the keys; for the terminal alone, since files outlive them.
    """

    name: str
    report: DriftReport
    folder: Path
    clients: Mapping[str, str] = field(default_factory=dict)


def report_drift(request: WatchRequest, config: DictConfig) -> DriftReportResult:
    """Read the window, test it, and write what came of it.

    Raises:
        AssayError: the bundle has no profile, there is no such database, or it does not answer.
    """
    bounds = replace(request.settings.bounds, arm=request.arm, key=request.key, end=request.end)
    plan = _plan(request)
    from sqlalchemy import select

    from assay.deploy.export.profile import find_profile
    from assay.monitoring.alarms.planned import planned_drift
    from assay.monitoring.clients import client_names
    from assay.monitoring.drift.measure import measure_drift
    from assay.monitoring.drift.page import write_page
    from assay.monitoring.read_window import read_window
    from assay.registry.open_registry import store_of
    from assay.serving.origin import find_bundle
    from assay.store.tables import API_KEYS

    bundle, origin = find_bundle(config, request.run)
    profile = find_profile(bundle, store_of(config))
    now = datetime.now(UTC)
    with existing_store(store_url(config, request.store)) as store, store.reading() as connection:
        window = read_window(connection, bounds, profile, now=now)
        called = {row.id: row.name for row in connection.execute(select(API_KEYS.c.id, API_KEYS.c.name))}
    settings = DriftSettings(request.level or USUAL, request.sources, request.psi)
    report = planned_drift(profile, window, settings, plan) if plan else measure_drift(profile, window, settings)
    report = replace(report, made=now.isoformat(timespec="seconds"))
    folder = Path(request.output).expanduser() if request.output else _folder(config, bundle.about.name)
    folder.mkdir(parents=True, exist_ok=True)
    report.save(folder / JSON)
    save_csv(folder / CSV, COLUMNS, report.rows())
    write_page(folder / PAGE, report)
    clients = {name: called.get(key, key) for key, name in client_names(window).items()}
    return DriftReportResult(str(origin) or bundle.about.name, report, folder, clients)


def _plan(request: WatchRequest) -> AlarmPlan | None:
    if request.level:
        return None
    return AlarmPlan(request.settings.false_alarms_per, f"{request.settings.every:g} hours", request.needed, request.of)


def _folder(config: DictConfig, name: str) -> Path:
    """One folder for each bundle, so that its report takes its own place again."""
    plain = re.sub(r"[^\w.-]", "-", name) or "drift"
    return Path(config.tracking.work).expanduser().parent / "drift" / plain
