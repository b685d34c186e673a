"""`assay watch report`: drift of what a service has answered, as page, JSON and table."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from assay.cli import main
from assay.commands.export import COMMAND as EXPORT
from assay.commands.watch import COMMAND
from assay.deploy.export.export import export
from assay.errors import ConfigError
from assay.monitoring.drift.report import DriftReport
from assay.monitoring.profile import Profile
from assay.postprocess.ood.two_stage import DOMAINS
from assay.store.components import packed
from assay.store.ids import as_time, new_id
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from finished import Finished
from service_database import open_store

START = datetime(2026, 3, 1, tzinfo=UTC)
END = "end=2026-03-08"


def log_rows(store: ServiceStore, profile: Profile, bundle: str, *, brighter: float = 0.0, count: int = 240) -> None:
    """Answers as the profile's own, of thirty keys, one every half hour."""
    subject = store.write(lambda connection: add_subject(connection, "somebody")).id
    keys, records = [new_id() for _ in range(30)], []
    rows = np.random.default_rng(0).integers(0, len(profile), count)
    for place, row in enumerate(rows):
        statistics = dict(zip(profile.statistics_names, map(float, profile.statistics[row]), strict=True))
        statistics["brightness"] += brighter
        names = profile.class_names
        label = names[profile.predicted[row]]
        probabilities = dict(zip(names, map(float, profile.probabilities[row]), strict=True))
        records.append(
            PredictionRecord(
                id=new_id(),
                time=as_time(START + timedelta(minutes=30 * place)),
                request=new_id(),
                subject=subject,
                key=keys[place % 30],
                picture=f"{place:064x}",
                model="cells",
                version="3",
                bundle=bundle,
                arm="champion",
                label=label,
                confidence=float(profile.confidence[row]),
                answer={"label": label, "probabilities": probabilities},
                statistics=statistics,
                domain=DOMAINS[profile.domain[row]],
                for_a_person=bool(profile.rejected[row]),
                total_ms=20.0,
                rejected=bool(profile.rejected[row]),
                components=packed(profile.components[row]),
            )
        )
    store.write(lambda connection: log_predictions(connection, records))


@pytest.fixture(scope="module")
def served(finished_run: Finished, tmp_path_factory: pytest.TempPathFactory):
    own = finished_run.copied(tmp_path_factory.mktemp("reported"))
    bundle = export(*EXPORT.parse([f"run={own.run_id[:8]}", *own.store, "formats=[]"])).bundle
    return own, bundle


def reported(served, folder: Path, *words: str, brighter: float = 0.0) -> Path:
    run, bundle = served
    with open_store(folder) as store:
        log_rows(store, bundle.profile, bundle.digest, brighter=brighter)
    asked = ["watch", "report", f"run={bundle.folder}", f"store={folder}/service.db", f"output={folder}/drift", END]
    main([*asked, *run.store, *words])
    return folder / "drift"


@pytest.mark.slow
def test_brighter_pictures_are_reported_as_drift_in_page_json_and_table_alike(served, tmp_path, capsys) -> None:
    folder = reported(served, tmp_path, "format=json", brighter=80.0)
    document = json.loads(capsys.readouterr().out)
    report = DriftReport.load(folder / "drift.json")
    assert report.verdict == document["verdict"] == "drift"
    assert report.model == "cells 3"
    assert report.n == 240
    with (folder / "drift.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["test"]: row for row in csv.DictReader(file)}
    brightness = next(test for test in report.tests if test.label == "brightness")
    assert float(rows["drift/ks/brightness"]["effect"]) == brightness.effect
    assert f"{brightness.effect:.3f}" in (folder / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_a_plan_of_false_alarms_sets_the_level_and_says_which(served, tmp_path, capsys) -> None:
    folder = reported(served, tmp_path, "level=0", "false_alarms_per=10 weeks", "every=168")
    shown = capsys.readouterr().out
    report = DriftReport.load(folder / "drift.json")
    assert report.verdict == "no drift"
    assert "one false alarm in 10 weeks at a look every 168 hours, by replaying" in shown
    assert 0.01 < report.level <= 0.1, "replays of small windows never loosen it"
    assert "would have been seen" in shown


def test_a_key_of_the_report_is_refused_elsewhere() -> None:
    with pytest.raises(ConfigError, match="psi: goes with report"):
        COMMAND.parse(["profile", "psi=true"])
