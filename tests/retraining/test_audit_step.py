"""The audit of a retraining: what is new fails it, its labels stay new, and a person who allows it goes on."""

from __future__ import annotations

import json
import shlex
from types import SimpleNamespace

import pytest
from tests.data.test_manifest import manifest
from tests.retraining.conftest import HandClock, Noted

from assay.audit.finding import Finding
from assay.audit.findings import Findings
from assay.commands.catalogue import find_command
from assay.retraining.due import learned_until
from assay.retraining.once import once
from assay.retraining.step_settings import StepSettings
from assay.retraining.steps.audit import AuditStep


@pytest.fixture
def step(monkeypatch, tmp_path):
    """The step beside a manifest in which the border tells the classes, where the champion's told nothing."""
    former, later = manifest((0, 1, 1, 0)), manifest((0, 1, 1, 0, 1))
    later.save(tmp_path / "manifest.parquet")
    told = Finding("shortcut", "border", (), (), "AUROC .81", 0.9, subject="jade")

    def findings(images, config, kinds):
        return Findings((told,) if len(images) == len(later) else (), kinds)

    monkeypatch.setattr("assay.run.findings.findings_in", findings)

    def make(**settings):
        run = SimpleNamespace(manifest=former)
        workshop = SimpleNamespace(
            settings=StepSettings(**settings), recipe_with=lambda results: None, run_of=lambda recipe: run
        )
        return AuditStep(workshop)

    return make


def earlier(tmp_path):
    return Noted("recipe", {}), Noted("manifest", {"path": str(tmp_path / "manifest.parquet")})


def test_what_is_new_fails_and_its_labels_stay_new_until_a_person_allows_it(step, store, job, tmp_path):
    clock = HandClock()
    (failed,) = once(store, job(*earlier(tmp_path), step()), clock, actor="kim").runs

    assert failed.state == "failed"
    assert failed.reason.startswith("audit: new_shortcuts: 1 (first: F-")
    assert "border: AUROC .81" in failed.reason
    with store.reading() as connection:
        assert learned_until(connection, "daily") == ""
    written = json.loads((tmp_path / "retrain" / "20260302T010000.000Z" / "audit.json").read_text("utf-8"))
    assert [each["name"] for each in written["new"]] == ["border"]

    words = shlex.split(failed.reason[failed.reason.index("assay retrain once") :].partition("; else")[0])
    assert words == ["assay", "retrain", "once", f"run={failed.id}", "fail_on=[new_leaks]"]
    assert find_command(words[1]).name == "retrain"
    (again,) = once(
        store, job(*earlier(tmp_path), step(fail_on=("new_leaks",))), clock, actor="kim", again=failed.id
    ).runs
    assert (again.id, again.state) == (failed.id, "done")
    with store.reading() as connection:
        assert learned_until(connection, "daily") == "2026-03-01T00:00:00.000Z"
