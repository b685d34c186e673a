"""The page of a sweep: whole, safe, and saying what the trials say."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from PIL import Image

from assay.sweep.figures import draw
from assay.sweep.importance import importances
from assay.sweep.page import write_page
from assay.sweep.words import about_importance, command, duration, failures, findings

SPACE = {
    "optimizer.lr": FloatDistribution(1e-4, 1, log=True),
    "aug": CategoricalDistribution(("none", "[strong,mixup]")),
}
FIXED = ["model=efficientnet_b0", "evaluation=quick", "evaluation.figures=false", "+name=<b>it's</b>"]


@pytest.fixture
def page_of(tmp_path, outcomes_of, parsed):
    def write(study: optuna.Study, **about):
        sweep = outcomes_of(study)
        found = importances(study.trials, sweep.metrics, sweep.directions)
        told = {"name": "s <script>", "fixed": FIXED, "total": 30, "seconds_saved": 125.0, "sampler": "TPESampler"}
        write_page(tmp_path / "sweep.html", sweep, found, draw(sweep, found), **{**told, **about})
        return parsed((tmp_path / "sweep.html").read_text(encoding="utf-8"))

    return write


def value(trial):  # type: ignore[no-untyped-def]
    told = {2: "pruned 0.125", 5: f"RuntimeError: out of memory, {trial.number} MiB <script>"}
    return told.get(trial.number % 7, 0.9 - abs(trial.params["optimizer.lr"] - 0.01))


def test_the_page_says_which_trial_is_best_and_how_to_train_it(studied, page_of, outcomes_of) -> None:
    study = studied(SPACE, value, trials=28)
    page = page_of(study, facts={"pruner": "a & b"})
    best = study.best_trial
    assert f"Best: trial {best.number} {best.value:.4f}" in page.text
    (line,) = page.commands
    point = [f"{name}={held}" for name, held in best.params.items()]
    assert shlex.split(line) == ["assay", "train", "model=efficientnet_b0", "+name=<b>it's</b>", *point]
    assert "Without evaluation=quick evaluation.figures=false" in page.text
    assert "<script" not in page.source
    assert "a & b" in page.text
    assert "is the best of 20 complete trials (24 with those pruned), chosen on the same validation images" in page.text
    assert "saved about 125 s" in page.text or "saved about 2 min" in page.text
    assert "TPESampler tries more where earlier trials were good" in page.text
    assert page.text.count(" MiB <script>") >= 5, "grouped, and with each trial"
    assert "4 RuntimeError: out of memory, 5 MiB <script> 5, 12, 19, 26" in page.text
    assert "nan" not in page.text.lower().split()
    assert page.source.count("<svg") == 2 + 2 + 1, "history, importance, two slices, parallel"


def test_with_several_metrics_the_front_comes_with_a_command_for_each(studied, page_of) -> None:
    study = studied(
        SPACE,
        lambda t: [t.params["optimizer.lr"], -abs(t.params["optimizer.lr"]) * 2 + t.number % 3],
        trials=12,
        directions=["maximize", "maximize"],
    )
    page = page_of(study)
    assert f"Pareto front: {len(study.best_trials)} trial" in page.text
    assert len(page.commands) == len(study.best_trials)
    assert "Pareto front" in page.text
    assert "Slice plot: cost/latency_p95_ms" in page.text


@pytest.mark.parametrize("trials", [1, 3])
def test_a_few_trials_make_a_page_that_claims_little(studied, page_of, trials) -> None:
    page = page_of(studied({"optimizer.lr": SPACE["optimizer.lr"]}, lambda t: t.number / 4, trials=trials))
    assert f"{trials} complete trial{'s are' if trials > 1 else ' is'} not enough for importances" in page.text
    assert ("is the only complete one" in page.text) == (trials == 1)


def test_a_sweep_in_which_nothing_worked_has_a_page_with_the_reasons(studied, page_of) -> None:
    page = page_of(studied(SPACE, lambda t: "WeightsError: no file", trials=3))
    assert "No trial is complete" in page.text
    assert "3 WeightsError: no file 0, 1, 2" in page.text
    assert page.commands == []


def test_reasons_that_differ_in_their_numbers_are_one(studied, outcomes_of) -> None:
    said = ["OOM: 12.5 MiB", "disk full\nsecond line", "OOM: 900 MiB", "OOM: 7 MiB"]
    found = failures(outcomes_of(studied(SPACE, lambda t: said[t.number], trials=4)))
    assert [(each.reason, each.trials) for each in found] == [("OOM: 12.5 MiB", (0, 2, 3)), ("disk full", (1,))]


def test_a_password_is_in_no_command() -> None:
    line, left_out = command(["tracking.uri=postgresql://me:secret@host/db"], {"seed": 3})
    assert "secret" not in line
    assert line.endswith("seed=3")
    assert left_out == ()


def test_what_only_one_trial_was_given_is_in_its_command(studied, page_of) -> None:
    def value(trial):  # type: ignore[no-untyped-def]
        trial.set_user_attr("also", ["finetune=two_stage"] if trial.number == 2 else [])
        return trial.number / 4

    page = page_of(studied(SPACE, value, trials=3))
    assert shlex.split(page.commands[0])[-1] == "finetune=two_stage"


def test_ties_and_seeds_are_said(studied, outcomes_of) -> None:
    space = {"seed": CategoricalDistribution(("0", "1"))}
    tied = findings(outcomes_of(studied(space, lambda t: 0.5, trials=3)))
    assert "2 other trials have the same val/macro_f1 as trial 0; the earliest is named." in tied
    assert any("that one seed came out ahead of another is luck" in sentence for sentence in tied)


def test_importances_of_an_even_sampler_are_not_said_to_be_skewed(studied) -> None:
    found = importances(studied(SPACE, lambda t: t.params["optimizer.lr"], trials=12).trials, ["m"], ["maximize"])
    assert any("without regard to earlier trials" in sentence for sentence in about_importance(found, "RandomSampler"))


def test_times_are_shown_as_people_say_them() -> None:
    assert [duration(seconds) for seconds in (0.42, 38, 125, 700, 11520)] == [
        "0.4 s",
        "38 s",
        "2 min",
        "12 min",
        "3.2 h",
    ]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Debian's package chromium")
def test_the_page_opens_in_a_browser(studied, page_of, tmp_path: Path) -> None:
    page_of(studied(SPACE, value, trials=28))
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    flags += "--disable-component-update --disable-sync --window-size=1200,3000"
    files = [f"--user-data-dir={tmp_path}/profile", f"--screenshot={tmp_path}/page.png"]
    page = (tmp_path / "sweep.html").as_uri()
    subprocess.run(["chromium", *flags.split(), *files, page], check=True, capture_output=True, timeout=120)
    with Image.open(tmp_path / "page.png") as shown:
        colours = shown.convert("RGB").getcolors(maxcolors=1 << 24)
    assert colours is not None
    assert {(23, 104, 172), (11, 127, 98), (196, 80, 12)} <= {colour for _, colour in colours}, "blue, green, orange"
