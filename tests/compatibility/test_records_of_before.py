"""Runs, bundles, registries, sweeps and studies of a version before the rebuild still do all that they did."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assay.data.manifest import Manifest
from assay.deploy.bundle.bundle import Bundle
from assay.deploy.export.int8 import products_overflow
from assay.evaluation.evidence import Evidence
from assay.predictions import Predictions
from assay.tracking.store import TrackingStore

Typed = Callable[..., str]


def test_the_bundles_answer_as_they_did(records) -> None:
    for run, answers in records.known["answers"].items():
        bundle = Bundle.open(records.root / "mlruns" / "work" / run / "bundle", cache_dir=Path("cache"))
        # ONNX Runtime adds products of integers in 16 bits, which saturate, on processors that cannot add them in 32.
        exact = bundle.about.serves == "float" or not products_overflow()
        for (path, expected), answer in zip(answers.items(), bundle.predict([Path(p) for p in answers]), strict=True):
            np.testing.assert_allclose(answer.probabilities, expected, atol=1e-6 if exact else 5e-3, err_msg=path)
    served = {
        run: Bundle.open(Path("mlruns/work") / run / "bundle", cache_dir=Path("cache")).about.serves
        for run in records.known["answers"]
    }
    assert list(served.values()) == ["float", "int8"]


def test_what_a_run_has_measured_is_read_with_the_same_numbers_and_digests(records) -> None:
    folder = records.run("head")
    evidence = Evidence.load(folder / "evidence.json")
    plain = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    assert evidence.metrics["macro_f1"].value == plain["metrics"]["macro_f1"]["value"]
    predictions = Predictions.load(folder / "predictions" / "test.parquet")
    manifest = Manifest.load(folder / "manifest.parquet")
    assert set(predictions.ids) == set(manifest.only("test").ids)
    assert not predictions.calibrated
    assert (predictions.logits.argmax(axis=1) == predictions.labels).mean() > 1 / 3
    tags = TrackingStore("sqlite:///mlruns/mlflow.db").find(records.known["head"]).tags
    assert manifest.digest == tags["dataset_digest"]
    assert manifest.only("test").digest == tags["test_digest"]


@pytest.mark.slow
def test_runs_are_compared_as_they_were(records, assay: Typed) -> None:
    assay("compare", records.known["head"], records.known["other_seed"], "resamples=100", "output=compared")
    now, before = json.loads(Path("compared/comparison.json").read_text(encoding="utf-8")), records.known["comparison"]
    assert [row["difference"] for row in _claims(now)] == [row["difference"] for row in _claims(before)]
    assert [row["p_holm"] for row in _claims(now)] == [row["p_holm"] for row in _claims(before)]


@pytest.mark.slow
def test_an_interrupted_run_goes_on_where_it_was_and_ends(records, assay: Typed) -> None:
    run = records.known["interrupted"]
    assert not (records.run("interrupted") / "evidence.json").exists()
    assay("train", f"resume={run}")
    assert Evidence.load(records.run("interrupted") / "evidence.json").n == 9
    record = TrackingStore("sqlite:///mlruns/mlflow.db").find(run)
    assert record.status == "FINISHED"
    assert record.tags["assay.resumed"] == "1"


@pytest.mark.slow
def test_a_run_is_explained_and_exported_anew(records, assay: Typed) -> None:
    assay("explain", f"run={records.known['finetuned']}", "cache=cache", "sanity=false", "count=2")
    assert list((records.run("finetuned") / "explain").rglob("*.html"))
    assay("export", f"run={records.known['other_seed']}", "formats=[onnx]", "output=exported", "cache=cache")
    assert Bundle.open(Path("exported"), cache_dir=Path("cache")).about.run_id == records.known["other_seed"]


@pytest.mark.slow
def test_the_registry_verifies_promotes_and_rolls_back(records, assay: Typed) -> None:
    where = ["name=grades", "cache=cache"]
    easy = ["gate.checks.commit=null", "gate.checks.alone=null", "gate.checks.exports=null", "gate.resamples=200"]
    easy += ["gate.checks.test_set.at_least=5", "gate.checks.test_set.each_class=1", "gate.checks.calibrated.at_most=1"]
    easy += ["gate.checks.not_worse.margin=1", "gate.checks.not_worse.class_margin=null"]
    easy += ["gate.loosened.by=Ada", "gate.loosened.reason=small"]
    assay("history", "name=grades", "--verify")
    assay("promote", f"run={records.known['other_seed']}", "gate=default", *where, *easy)
    assert "champion" in assay("models", "name=grades")
    assay("rollback", "name=grades", "reason=back to the first", "by=Ada")
    assay("history", "name=grades", "--verify")


@pytest.mark.slow
def test_a_sweep_goes_on_with_the_trials_that_it_lacks(records, assay: Typed) -> None:
    store = TrackingStore("sqlite:///mlruns/mlflow.db")
    trials = {run.run_id for run in store.runs() if "assay.trial" in run.tags}
    assert len(trials) == 2
    assay("train", *records.known["sweep"])
    after = {run.run_id: run for run in store.runs() if "assay.trial" in run.tags}
    assert trials < set(after)
    # The trial that was killed is tried again with its own point under a number of its own.
    assert sorted(run.tags["assay.trial"] for run in after.values()) == ["0", "1", "3", "4"]
    assert "0.004853971705513086" in {run.params["optimizer.lr"] for run in after.values()}


@pytest.mark.slow
def test_a_study_is_decided_and_its_runs_are_not_trained_again(records, assay: Typed) -> None:
    runs = set((records.root / "mlruns" / "work").iterdir())
    assay(
        "decide", "study=weights", "policy=best_quality", "policy.objectives=[macro_f1,cost/size_mb]", "output=decided"
    )
    assert json.loads(Path("decided/decision.json").read_text(encoding="utf-8"))["policy"] == "best_quality"
    head = [word for word in records.known["sweep"] if word.startswith(("debug", "trainer", "data", "model", "+model"))]
    words = ["finetune=head_only", "finetune.epochs=6", "cache=cache", "evaluation.figures=false"]
    assay("study", "study=weights.yaml", "name=again", *head, *words)
    trained = set((records.root / "mlruns" / "work").iterdir()) - runs
    assert len([folder for folder in trained if (folder / "config.yaml").exists()]) == 0


def _claims(comparison: dict) -> list[dict]:
    """Every claim of a comparison that was written as JSON."""
    found = []
    stack = [comparison]
    while stack:
        node = stack.pop(0)
        if isinstance(node, dict):
            if "p_holm" in node:
                found.append(node)
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    assert found
    return found
