"""`assay experiment`: what the comparison of a model with the champion has shown, and its end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig
from sqlalchemy import Connection

from assay.registry.open_registry import who
from assay.serving.experiment_report.record import ExperimentReport
from assay.serving.experiment_report.state import ExperimentState, experiments, find_experiment
from assay.serving.experiment_request import ExperimentRequest
from assay.serving.places import existing_store, store_url
from assay.store.experiments import STOPPED, note_experiment
from assay.store.service_store import ServiceStore
from assay.store.trail import Personal

PAGE, JSON, CSV = "index.html", "experiment.json", "experiment.csv"


@dataclass(frozen=True)
class ExperimentResult:
    """What `assay experiment` leaves.

    Attributes:
        experiments: all that were begun, that which began last at the end; or the one that was stopped.
        report: of one.
        folder: with its page and tables; None without a report.
    """

    experiments: tuple[ExperimentState, ...] = ()
    report: ExperimentReport | None = None
    folder: Path | None = None


def manage_experiments(request: ExperimentRequest, config: DictConfig) -> ExperimentResult:
    """Do what is asked.

    Raises:
        ServiceError: there is no such experiment, or the database does not answer.
        DataError: the labels do not fit.
    """
    with existing_store(store_url(config, request.store)) as store:
        if request.deed == "list":
            with store.reading() as connection:
                return ExperimentResult(tuple(experiments(connection)))
        if request.deed == "stop":
            return ExperimentResult((_stop(store, request),))
        return _report(store, request, config)


def _stop(store: ServiceStore, request: ExperimentRequest) -> ExperimentState:
    actor = Personal("", {"actor": who(request.by)})

    def stop(connection: Connection) -> None:
        experiment = find_experiment(connection, request.name)
        if not experiment.why:
            content = {"why": request.reason, "champion": experiment.champion, "rival": experiment.rival}
            note_experiment(connection, STOPPED, experiment.name, content, actor)

    store.write(stop)
    with store.reading() as connection:
        return find_experiment(connection, request.name)


def _report(store: ServiceStore, request: ExperimentRequest, config: DictConfig) -> ExperimentResult:
    from assay.serving.experiment_report.assemble import ReportOptions, assemble_report
    from assay.serving.experiment_report.labels import read_labels
    from assay.serving.experiment_report.page import write_page

    lines = read_labels(Path(request.labels).expanduser()) if request.labels else None
    unit = request.unit or "pictures"
    wanted = ReportOptions(unit, request.width, request.confidence, request.metrics, request.resamples)
    with store.reading() as connection:
        report = assemble_report(connection, find_experiment(connection, request.name), lines, wanted)
    folder = Path(request.output).expanduser() if request.output else _folder(config, report.name)
    report.save_json(folder / JSON)
    report.save_csv(folder / CSV)
    write_page(folder / PAGE, report)
    return ExperimentResult(report=report, folder=folder)


def _folder(config: DictConfig, name: str) -> Path:
    """One folder for each experiment, so that its report takes its own place again."""
    return Path(config.tracking.work).expanduser().parent / "experiments" / re.sub(r"[^\w.-]", "-", name)
