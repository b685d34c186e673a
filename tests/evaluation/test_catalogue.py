"""One catalogue: every metric once, the same words and the same better side wherever it is shown."""

from __future__ import annotations

import numpy as np
import pytest

from assay.comparison.hypotheses import sample_of, usual_families, wanted_keys
from assay.errors import ConfigError
from assay.evaluation import catalogue, metrics
from assay.evaluation.catalogue import better_side, family, fields_on, join, label_of, metric, names_on, shown_on
from assay.evaluation.evaluate import evaluate
from assay.evaluation.metric_entry import GROUPS, PAGES, MetricEntry
from assay.evaluation.metrics import MetricFamily, join_family
from assay.postprocess.calibration import NoCalibration
from assay.studies.decision import metric as decisions

RECORDED = [
    "test/accuracy",
    "test/balanced_accuracy",
    "test/macro_f1",
    "test/mcc",
    "test/quadratic_kappa",
    "test/roc_auc",
    "test/pr_auc",
    "test/nll",
    "test/nll_uncalibrated",
    "test/brier",
    "test/brier_reliability",
    "test/ece",
    "test/ece_uncalibrated",
    "test/ece_debiased",
    "test/ece_classwise",
    "test/aurc",
    "test/augrc",
    "gap/macro_f1",
    "reject/coverage",
    "reject/risk",
    "memorisation/largest_recall_gap",
    "memorisation/most_draws_per_epoch",
    "robust/gaussian_blur/macro_f1",
    "robust/relative",
    "ood/auroc/textures",
    "ood/false_reject",
    "generators/sd15/auroc",
    "generators/sd15/accuracy",
    "generators/sd15/accuracy_real",
    "generators/sd15/tpr",
    "generators/files_auroc",
    "explain/deletion_gain",
    "explain/insertion_gain",
    "explain/randomisation_similarity",
    "cost/parameters",
    "cost/size_mb",
    "cost/latency_p50_ms",
    "cost/latency_p95_ms",
    "cost/latency_p99_ms",
    "synthetic/kid/all",
    "synthetic/fid/gan/round",
    "synthetic/precision/all",
    "synthetic/copies/all",
    "synthetic/added/round",
    "synthetic/excluded",
]
"""Names under which runs have logged numbers so far."""


@pytest.fixture(autouse=True)
def _nothing_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_joined", {})
    monkeypatch.setattr(metrics, "_joined", [])


def test_everything_that_a_run_logs_is_described_once() -> None:
    for name in RECORDED:
        entries = [one for one in catalogue.catalogue() if one.matches(name.removeprefix("test/"))]
        assert len(entries) == 1, name
        assert entries[0].group in GROUPS, name
        assert entries[0].meaning, name


def test_every_page_has_its_metrics_at_places_of_their_own() -> None:
    for page in PAGES:
        places = [one.pages[page] for one in catalogue.catalogue() if page in one.pages]
        assert places, page
        assert len(places) == len(set(places)), page


def test_a_page_shows_what_there_is_in_its_order_and_members_of_a_family_in_theirs() -> None:
    assert names_on("study findings") == ("macro_f1", "f1", "accuracy", "ece")
    there = ["cost/size_mb", "ood/auroc/near", "accuracy", "ood/auroc/far_away", "gap/macro_f1", "mine"]
    assert shown_on("study costs", there) == ["gap/macro_f1", "cost/size_mb", "ood/auroc/near", "ood/auroc/far_away"]


@pytest.mark.parametrize(
    ("name", "label", "better"),
    [
        ("reject/coverage", "Coverage", "higher"),
        ("reject/risk", "Selective risk", "lower"),
        ("ece_uncalibrated", "Calibration error (ECE), uncalibrated", "lower"),
        ("ood/auroc/far_away", "OOD AUROC, far_away", "higher"),
        ("robust/gaussian_blur/macro_f1", "Macro-F1 under gaussian blur", "higher"),
        ("generators/sd15/accuracy_real", "Balanced accuracy at the real-only threshold, sd15", "higher"),
        ("cost/latency_p95_ms", "Latency p95", "lower"),
        ("brier_uncertainty", "Brier, uncertainty", ""),
        ("top_5_accuracy", "top 5 accuracy", ""),
    ],
)
def test_a_metric_has_one_label_and_one_better_side(name: str, label: str, better: str) -> None:
    assert (label_of(name), better_side(name), decisions.better_side(name)) == (label, better, better)


def test_a_name_that_stands_for_several_numbers_has_the_better_side_of_their_family() -> None:
    assert (better_side("robust/jpeg"), decisions.better_side("robust/jpeg")) == ("", "higher")
    assert decisions.better_side("ood/auroc") == "higher"
    found = family("ood/auroc")
    assert found is not None
    assert found.key == "ood/auroc/*"
    assert family("macro_f1") is None


def test_fields_of_a_page_of_families_are_what_their_values_are_called() -> None:
    assert list(fields_on("generators")) == ["auroc", "accuracy", "accuracy_real", "tpr"]
    assert [entry.head for entry in fields_on("fidelity").values()][:3] == ["KID", "FID", "FID, full"]


def test_values_are_written_with_the_unit_of_their_metric() -> None:
    assert decisions.number("cost/latency_p95_ms", 61.345) == "61.3 ms"
    assert decisions.bound("cost/size_mb", 20) == "20 MB"
    assert decisions.bound("macro_f1", 0.85) == "0.85"
    assert [metric(name).with_unit for name in ("cost/size_mb", "macro_f1")] == ["Size (MB)", "Macro-F1"]


class TopTwo(MetricFamily):
    """Share of images whose class is among the two most probable ones."""

    entries = (
        MetricEntry(
            "top_2_accuracy", "Top-2 accuracy", "true class among the two most probable", "higher", GROUPS[0],
            scale=(0.0, 1.0), pages={"mlflow": 20, "claims": 20, "terminal": 20},
        ),
    )  # fmt: skip

    def __init__(self, sample) -> None:
        best = np.argsort(-sample.log_probabilities, axis=1)[:, :2]
        self.rows = (best == sample.labels[:, None]).any(axis=1).astype(np.float32)[None]

    def exact(self):
        return {"top_2_accuracy": float(self.rows.mean())}

    def resampled(self, sums, total):
        return {"top_2_accuracy": sums[0] / total}


def test_a_metric_of_a_plug_in_is_measured_logged_shown_and_compared(simulate) -> None:
    predictions = simulate(300, 4)
    before = evaluate({"test": predictions}, NoCalibration(), resamples=20)
    join_family(TopTwo)
    join_family(TopTwo)
    evidence = evaluate({"test": predictions}, NoCalibration(), resamples=20)
    ranks = np.argsort(np.argsort(-predictions.logits, axis=1), axis=1)[np.arange(300), predictions.labels]
    assert evidence.flat()["test/top_2_accuracy"] == pytest.approx(np.mean(ranks < 2))
    assert {**evidence.flat(), "test/top_2_accuracy": None} == {**before.flat(), "test/top_2_accuracy": None}
    assert shown_on("terminal", evidence.metrics)[-1] == "top_2_accuracy"
    sample = sample_of(NoCalibration().applied(predictions))
    assert ("top_2_accuracy", None) in wanted_keys((), usual_families(sample), predictions.class_names)
    assert metric("top_2_accuracy").label == "Top-2 accuracy"


def test_a_plug_in_may_neither_rename_a_metric_nor_name_a_page_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="metric macro_f1: the catalogue has macro_f1, Macro-F1, already"):
        join([MetricEntry("macro_f1", "My F1")])
    with pytest.raises(ConfigError, match=r"ood/auroc/mine: the catalogue has ood/auroc/\*"):
        join([MetricEntry("ood/auroc/mine", "Mine")])
    with pytest.raises(ConfigError, match=r"no page .reprot..*did you mean report"):
        MetricEntry("mine", "Mine", pages={"reprot": 1})
