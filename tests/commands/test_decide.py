"""`assay decide` on a study in a real MLflow store, and on files."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.cli import main
from assay.commands.decide import COMMAND as DECIDE
from assay.comparison.comparison import Claim, Comparison, SideRecord, VariantComparison
from assay.config.compose import conf_dir
from assay.config.help import described
from assay.config.recipe import recipes
from assay.errors import ConfigError, DataError
from assay.measurement import Measurement
from assay.studies.decision.decide import decide
from assay.studies.decision.decision import Decision
from assay.studies.decision.recorded import Decided, decide_study
from assay.studies.result import StudyResult, Training, Value, VariantResult
from assay.tracking.store import TrackingStore

CLASSES = ("fair", "mint")
FILES = {"decision.html", "decision.md", "decision.csv", "decision.json", "pareto.png"}


def variant(name: str, macro_f1: float, latency: float, size: float) -> VariantResult:
    def value(metric: str, number: float, reach: float, class_name: str | None = None) -> Value:
        measured = Measurement(number, number - reach, number + reach, 300, "by hand")
        return Value(metric, class_name, measured, (number,))

    values = [value("macro_f1", macro_f1, 0.02), value("cost/latency_p95_ms", latency, latency / 10)]
    values += [value("f1", macro_f1, 0.02, name) for name in CLASSES]
    values += [Value("cost/size_mb", None, Measurement(size, None, None, 1, "counted"), (size,))]
    return VariantResult(name, (f"model={name}",), (Training(0, None, f"{name}-0"),), tuple(values))


def study(name: str, *variants: VariantResult) -> StudyResult:
    about = {"common": (), "class_names": CLASSES, "n": 300, "folds": None, "confidence": 0.95, "dataset": "d" * 64}
    return StudyResult(
        name=name, question="?", baseline=variants[0].name, variants=variants, findings=(), notes=(), **about
    )


SMALL = variant("small", 0.89, 10.0, 12.0)
LARGE = variant("large", 0.92, 90.0, 45.0)


def better() -> Comparison:
    gap = Measurement(0.03, 0.01, 0.05, 300, "BCa")
    claim = Claim("macro_f1", None, 0.89, 0.92, gap, 0.01, 0.001, 0.01, "swaps", "better", None, None, None, "better")
    large = VariantComparison(SideRecord("large", ("large-0",), (0,)), (claim,), None, 9, 2)
    return Comparison(
        SideRecord("small", ("small-0",), (0,)),
        (large,),
        CLASSES,
        (150, 150),
        300,
        300,
        "images",
        0.95,
        1,
        99,
        99,
        0,
        (),
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> Path:
    return store_in(tmp_path_factory.mktemp("decided"))


@pytest.fixture(scope="module")
def store(root: Path) -> TrackingStore:
    return TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", work=f"{root}/work")


@pytest.fixture(scope="module")
def where(root: Path, store: TrackingStore) -> list[str]:
    return [f"tracking.uri={store.uri}", f"tracking.artifacts={root}/artifacts", f"tracking.work={store.work}"]


@pytest.fixture(scope="module")
def recorded(root: Path, store: TrackingStore) -> str:
    """A study in the store only, as on another machine, with a sweep of the same name that came later."""
    parent = store.start_parent("backbones", "key of the study", tags={"assay.study": "backbones"})
    store.client.set_terminated(parent, "FINISHED")
    run = store.amend_run(parent)
    study("backbones", SMALL, LARGE).save(run.folder / "study.json")
    better().save_json(run.folder / "comparison.json")
    run.log_artifact(run.folder / "study.json")
    run.log_artifact(run.folder / "comparison.json")
    sweep = store.start_parent("backbones", "key of the sweep", tags={"assay.study": "backbones"})
    store.client.set_terminated(sweep, "FINISHED")
    return parent


@pytest.fixture
def decided(where: list[str]) -> Callable[..., Decided]:
    def run(*words: str) -> Decided:
        return decide_study(*DECIDE.parse([*words, *where]))

    return run


def test_a_recorded_study_is_decided_with_its_paired_claims_and_the_decision_recorded_in_it(
    decided, root: Path, store: TrackingStore, recorded: str
) -> None:
    found = decided("study=backbones", "policy=amulet_roadmap")
    assert found.decision.chosen == "large"  # the intervals overlap, the paired claim tells them apart
    assert found.run == recorded
    assert found.folder == root / "decisions" / "backbones-amulet_roadmap"
    assert {path.name for path in found.folder.iterdir()} == FILES
    record = store.find(recorded)
    assert record.tags["assay.decision.amulet_roadmap"] == "large"
    assert record.status == "FINISHED"
    fetched = record.fetch("decision/amulet_roadmap")
    assert {path.name for path in fetched.iterdir()} == FILES
    assert Decision.load(fetched / "decision.json") == found.decision
    refused = decided("study=backbones", "policy=amulet_roadmap", "policy.criteria.macro_f1.at_least=0.95")
    assert refused.decision.chosen is None
    assert store.find(recorded).tags["assay.decision.amulet_roadmap"] == "none"


def test_the_files_beside_the_runs_go_before_the_record(decided, root: Path, recorded: str) -> None:
    folder = root / "studies" / "backbones"
    study("backbones", SMALL, LARGE).save(folder / "study.json")
    try:
        found = decided("study=backbones", "policy=best_quality")
    finally:
        (folder / "study.json").unlink()
    assert found.decision.chosen == "small"  # there is no comparison beside it
    assert found.run == recorded


def test_a_study_beside_the_runs_that_no_run_holds_is_decided_and_not_recorded(decided, root: Path) -> None:
    study("unrecorded", SMALL).save(root / "studies" / "unrecorded" / "study.json")
    found = decided("study=unrecorded", "policy=best_quality")
    assert (found.decision.chosen, found.run, found.problem) == ("small", None, "")


def test_a_file_is_decided_without_a_store(tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    study("elsewhere/../x", SMALL, LARGE).save(tmp_path / "study.json")
    better().save_json(tmp_path / "comparison.json")
    main(["decide", "study=study.json", "policy=amulet_roadmap"])
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("Take large. It meets every criterion")
    assert "not recorded: the study was given as a file" in said
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()
    assert (tmp_path / "mlruns/decisions/elsewhere-..-x-amulet_roadmap/decision.html").is_file()
    main(
        ["decide", "study=study.json", "policy=amulet_roadmap", "output=out", "policy.criteria.cost/size_mb.at_most=5"]
    )
    assert capsys.readouterr().out.startswith("Take none.")
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert (
        "assay decide study=study.json policy=amulet_roadmap policy.criteria.cost/size_mb.at_most=5"
        in (tmp_path / "out" / "decision.md").read_text()
    )
    (again,) = re.findall("assay (decide .*/size_mb.at_most=5)", (tmp_path / "out" / "decision.md").read_text())
    main(shlex.split(again))
    assert capsys.readouterr().out.startswith("Take none.")


def test_a_run_at_work_takes_no_decision_but_the_decision_is_there(
    decided, root: Path, where: list[str], store: TrackingStore, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = store.start_parent("busy", "key of the busy one", tags={"assay.study": "busy"})
    file = root / "study.json"
    study("busy", SMALL).save(file)
    store.client.log_artifact(parent, str(file))
    found = decided("study=busy", "policy=best_quality")
    assert "could not be recorded" in found.problem
    assert (found.folder / "decision.html").is_file()
    with pytest.raises(SystemExit) as left:
        main(["decide", "study=busy", "policy=best_quality", *where])
    assert left.value.code == 1
    shown = capsys.readouterr()
    assert "Take small." in shown.out
    assert f"run {parent} is at work" in shown.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["policy=best_quality"], "study: a value is needed"),
        (["study=x"], "policy: a value is needed; give policy=NAME (options: amulet_roadmap, best_quality,"),
        (["study=x", "policy=amulet_roadmp"], "policy=amulet_roadmp: no such policy; did you mean amulet_roadmap?"),
        (["study=x", "policy=best_quality", "model=resnet50"], "model=resnet50: nothing is trained here"),
        (["study=x", "policy=best_quality", "what"], "what: cannot be understood"),
        (["study=x", "policy=best_quality", "policy.shure=true"], "policy.shure: no such key; did you mean sure?"),
        (["study=x", "policy=best_quality", "policy.sure=maybe"], "policy.sure: must be bool, got 'maybe'"),
        (["study=x", "policy=best_quality", "policy.cost_tolerance=3"], "policy.cost_tolerance: must be from 0 to 1"),
        (
            ["study=x", "policy=best_quality", "policy.criteria.ece=0.1"],
            "a bound is needed, as in policy.criteria.ece.at_",
        ),
        (
            ["study=x", "policy=best_quality", "policy.criteria.ece.at_mots=1"],
            "at_mots: no such key; did you mean at_most",
        ),
        (["study=x", "policy=mine.yaml"], "policy=mine.yaml: there is no such file"),
    ],
)
def test_a_wrong_word_is_answered_before_anything_is_opened(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        DECIDE.parse(words)
    assert said in str(caught.value)


def test_an_unknown_study_is_answered_with_the_known_ones(decided, recorded: str) -> None:
    with pytest.raises(
        ConfigError, match=r"study=backbonse: no such study; did you mean backbones\? \(options: backbones"
    ):
        decided("study=backbonse", "policy=best_quality")
    with pytest.raises(ConfigError, match="there is no such file"):
        decided("study=./nowhere/study.json", "policy=best_quality")


def test_a_file_that_is_no_study_is_refused(decided, tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text(json.dumps({"schema": 1, "name": "half"}))
    with pytest.raises(DataError, match="cannot be read as a study"):
        decided(f"study={tmp_path}/study.json", "policy=best_quality")


@pytest.mark.parametrize(
    ("word", "bounds"),
    [
        ("policy.criteria.macro_f1.at_least=0.8", {"macro_f1": 0.8, "cost/size_mb": 50}),
        ("policy.criteria.cost/size_mb.at_most=5", {"macro_f1": 0.85, "cost/size_mb": 5}),
        ("policy.criteria.cost/size_mb=null", {"macro_f1": 0.85}),
        ("~policy.criteria.cost/size_mb", {"macro_f1": 0.85}),
        ("policy.criteria.ece={at_most: 0.05}", {"macro_f1": 0.85, "cost/size_mb": 50, "ece": 0.05}),
        ("+policy.criteria.ood/auroc/far.at_least=0.9", {"macro_f1": 0.85, "cost/size_mb": 50, "ood/auroc/far": 0.9}),
    ],
)
def test_criteria_are_set_and_taken_away_by_name(tmp_path: Path, word: str, bounds: dict[str, float]) -> None:
    file = tmp_path / "my-own.yaml"
    file.write_text(
        "# My own.\ncriteria:\n  macro_f1: {at_least: 0.85}\n  cost/size_mb: {at_most: 50}\nobjectives: [macro_f1]\n"
    )
    asked, policy, purpose, _ = DECIDE.parse(["study=x", f"policy={file}", word])
    assert {one.metric: one.at_least or one.at_most for one in policy.demands} == bounds
    assert (asked.policy_name, purpose) == ("my-own", "My own.")


@pytest.mark.parametrize("name", recipes("policy"))
def test_every_policy_that_comes_along_is_described_and_decides(name: str) -> None:
    assert described("policy", name).endswith(".")
    _, policy, purpose, _ = DECIDE.parse(["study=x", f"policy={name}"])
    assert purpose == described("policy", name)
    tiny = variant("tiny", 0.89, 10.0, 5.0)
    assert decide(study("s", tiny, LARGE), policy, name=name).chosen == "tiny"


def test_the_policies_are_what_conf_holds() -> None:
    assert recipes("policy") == sorted(path.stem for path in (conf_dir() / "policy").glob("*.yaml"))


def test_deciding_needs_no_torch_and_its_help_nothing(tmp_path: Path) -> None:
    study("s", SMALL, LARGE).save(tmp_path / "study.json")
    script = (
        "import sys; from assay.cli import main; main(['decide', '--help']); "
        "early = [name for name in ('numpy', 'mlflow', 'rich') if name in sys.modules]; main(sys.argv[1:]); "
        "print(early + [name for name in ('torch', 'sklearn', 'mlflow', 'timm') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "decide", "study=./study.json", "policy=best_quality", "output=out"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.strip().endswith("[]")
