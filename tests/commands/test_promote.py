"""`assay promote` on trained runs in a real store: what passes, what is refused, and candidates that cheat."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay.cli import main
from assay.commands.promote import COMMAND as PROMOTE
from assay.config.compose import compose
from assay.data.manifest import Manifest
from assay.deploy.bundle.bundle import ABOUT, SCHEMA_VERSION, Bundle
from assay.deploy.bundle.contents import entries
from assay.errors import BundleError, ConfigError
from assay.evaluation.record import save_record
from assay.files import sha256_of_file
from assay.gate.case import Case, Champion, champion_of
from assay.gate.checks.answers_alone import AnswersAlone
from assay.gate.checks.as_measured import AsMeasured
from assay.gate.checks.ceiling import Ceiling
from assay.gate.checks.class_order import ClassOrder
from assay.gate.checks.clean_commit import CleanCommit
from assay.gate.checks.export_parity import ExportParity
from assay.gate.checks.finite import Finite
from assay.gate.checks.floor import Floor
from assay.gate.checks.no_leak import NoLeak
from assay.gate.checks.non_inferior import NonInferior
from assay.gate.checks.same_test_images import FrozenTest
from assay.gate.checks.sealed import Sealed
from assay.gate.checks.superior import Superior
from assay.gate.checks.synthetic_reviewed import SyntheticReviewed
from assay.gate.gate import Gate, judge
from assay.gate.measured_run import MeasuredRun
from assay.gate.settings import GateSettings
from assay.gate.verdict import Verdict
from assay.predictions import Predictions
from assay.registry.promote import JudgedRun, promote
from assay.tracking.seal import TAG
from assay.tracking.store import TrackingStore
from finished import EASY_GATE, TINY, Finished, store_words


@dataclass(frozen=True)
class World:
    """Two trained runs, and another of other test images, in a store of the test's own."""

    root: Path
    runs: tuple[str, str, str]

    @property
    def words(self) -> list[str]:
        return [f"tracking.uri=sqlite:///{self.root}/mlflow.db", f"tracking.work={self.root}/work"]

    @property
    def store(self) -> TrackingStore:
        return TrackingStore(f"sqlite:///{self.root}/mlflow.db", work=f"{self.root}/work")

    def folder(self, which: int) -> Path:
        return self.root / "work" / self.runs[which]

    def promote(self, which: int, *words: str) -> JudgedRun:
        return promote(*PROMOTE.parse([f"run={self.runs[which]}", "gate=default", *EASY_GATE, *self.words, *words]))

    def case(self, which: int = 0, **other: Any) -> Case:
        record = self.store.find(self.runs[which])
        bundle = Bundle.open(self.folder(which) / "bundle", cache_dir=self.root / "cache")
        return Case("cells", MeasuredRun(record), bundle, settings=GateSettings({}, resamples=200), **other)

    def seal_again(self, which: int, name: str) -> None:
        """What somebody does who can write the tracking database too."""
        digest = sha256_of_file(self.folder(which) / name)
        self.store.client.set_tag(self.runs[which], f"{TAG}{name}", digest)
        self.store.client.set_tag(self.runs[which], f"{TAG}bundle.json", "")
        self.store.client.delete_tag(self.runs[which], f"{TAG}bundle.json")


@pytest.fixture(scope="module")
def trained(exported_run: Finished, tmp_path_factory: pytest.TempPathFactory) -> World:
    own = exported_run.copied(tmp_path_factory.mktemp("promoted"))
    return World(own.root, (own.run_id, "", ""))


@pytest.fixture(scope="module")
def three(trained: World, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A copy with a run of another seed, and one of other test images."""
    from assay.run.train import train

    world = _copy(trained, tmp_path_factory.mktemp("three"))
    places = [*store_words(world.root), f"data.root={photos}"]
    others = [train(compose([*TINY, *places, word])).run_id for word in ("seed=1", "data.split_seed=5")]
    return World(world.root, (world.runs[0], others[0], others[1]))


@pytest.fixture
def world(three: World, tmp_path: Path) -> World:
    """A copy that a test may spoil."""
    return _copy(three, tmp_path)


def _copy(world: World, to: Path) -> World:
    shutil.copytree(world.root / "work", to / "work")
    shutil.copy(world.root / "mlflow.db", to / "mlflow.db")
    return World(to, world.runs)


def failing(judged: JudgedRun) -> dict[str, str]:
    return {one.name: one.found for one in judged.verdict.checks if not one.passed}


@pytest.mark.slow
def test_a_first_champion_then_another_test_set_then_an_override(world: World, capsys: pytest.CaptureFixture) -> None:
    first = world.promote(0)
    assert (first.version, failing(first)) == ("1", {})
    assert "first champion" in next(one.found for one in first.verdict.checks if one.name == "not_worse")
    client = world.store.client
    assert str(client.get_model_version_by_alias("photos", "champion").version) == "1"
    assert Verdict.load(first.folder / "verdict.json") == first.verdict
    assert client.get_run(world.runs[0]).data.tags["assay.verdict"] == "promote: gate default (changed)"

    second = world.promote(1)
    assert second.version == "2"
    assert second.verdict.challenger == 2
    assert "challenger 2" in next(one.found for one in second.verdict.checks if one.name == "not_worse")

    third = world.promote(2)
    assert third.version == ""
    assert set(failing(third)) == {"test_set", "not_worse"}, failing(third)
    assert "other test images" in failing(third)["not_worse"]

    words = [f"run={world.runs[2]}", "gate=default", *EASY_GATE, *world.words]
    with pytest.raises(SystemExit) as refused:
        main(["promote", *words])
    assert refused.value.code == 3
    assert "✗" in capsys.readouterr().out

    main(["promote", *words, "gate.override.by=Ada", "gate.override.reason=the camera was replaced"])
    said = capsys.readouterr().out
    assert "OVERRIDDEN by Ada" in said
    assert "the camera was replaced" in (world.folder(2) / "gate" / "verdict.html").read_text()
    assert client.get_run(world.runs[2]).data.tags["assay.verdict"] == "override by Ada: gate default (changed)"

    after = world.promote(0)
    assert "refused it: promoted by Ada: the camera was replaced" in " ".join(after.verdict.notes)
    main(["rollback", "reason=forward", *world.words])
    assert "version 2 is champion again; version 3 is previous\nwritten" in capsys.readouterr().out
    main(["rollback", "reason=back", *world.words])
    assert "! the gate refused it: promoted by Ada: the camera was replaced" in capsys.readouterr().out


@pytest.mark.slow
def test_the_form_that_is_served_is_judged_registered_and_answers(trained: World, tmp_path: Path) -> None:
    from mlflow.pyfunc import load_model

    from assay.commands.export import COMMAND as EXPORT
    from assay.deploy.export.export import export

    world = _copy(trained, tmp_path)
    kind, metric = "assay.gate.checks.ceiling.Ceiling", "cost/latency_p50_ms"
    ceiling = f"{{_target_: {kind}, metric: {metric}, at_most: 60000, sure: false}}"
    picture = MeasuredRun(world.store.find(world.runs[0])).test.paths[0]

    def promoted(version: str, *words: str) -> tuple[Bundle, pd.DataFrame]:
        """What was judged, and what the version that was registered says about a picture."""
        judged = world.promote(0, f"+gate.checks.latency={ceiling}", *words)
        assert (judged.version, failing(judged)) == (version, {})
        bundle = Bundle.open(world.folder(0) / "bundle", cache_dir=world.root / "cache")
        assert (bundle.digest, bundle.about.serves) == (judged.verdict.bundle_digest, judged.verdict.serves)
        latency = next(one for one in judged.verdict.checks if one.name == "latency")
        timed = latency.parts[0].measured
        assert (timed.n, timed.value > 0) == (200, True)
        assert "onnxruntime" in bundle.evidence.cost.device
        registered = world.store.client.get_model_version_by_alias("photos", "champion")
        assert (str(registered.version), registered.tags["serves"]) == (version, bundle.about.serves)
        return bundle, load_model(registered.source).predict(pd.DataFrame({"image": [picture.read_bytes()]}))

    words = [f"run={world.runs[0]}", "formats=[int8]", "serve=int8", "int8.images=32", "int8.max_loss=0.9"]
    export(*EXPORT.parse([*words, *world.words]))
    bundle, said = promoted("1")  # as it was exported
    assert bundle.about.serves == "int8"
    ours, weights = (bundle.answerer(name).answer(picture).probabilities for name in ("int8", "float"))
    np.testing.assert_allclose(said.filter(like="probability_").to_numpy()[0], ours, atol=1e-6)
    assert np.abs(ours - weights).max() > 1e-5

    bundle, said = promoted("2", "serve=onnx")
    assert list(bundle.about.formats) == ["onnx"]
    ours = bundle.answerer("onnx").answer(picture).probabilities
    np.testing.assert_allclose(said.filter(like="probability_").to_numpy()[0], ours, atol=1e-6)
    parity = ExportParity()(world.case(0))
    assert (parity.passed, "onnx: 1.0000 of the labels" in parity.found) == (True, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "resealed", "check", "said"),
    [
        ("evidence", False, "sealed", "evidence.json is not what the run measured"),
        ("evidence", True, "as_measured", "the evidence says macro_f1"),
        ("weights", False, "sealed", "model/model.safetensors is not what the run measured"),
        ("weights", True, "as_measured", "does not say what the weights say"),  # export finds it already
        ("classes", True, "classes", "knows the classes onyx, jade, amber"),
        ("leak", True, "leak", "test images are in train, byte for byte"),
        ("nan metric", True, "finite", "test/macro_f1"),
    ],
)
def test_a_candidate_that_cheats_is_refused(world: World, spoil: str, resealed: bool, check: str, said: str) -> None:
    name = SPOILED[spoil](world)
    if resealed and name:
        world.seal_again(0, name)
    judged = world.promote(0, "gate.override.by=Eve", "gate.override.reason=trust me")
    assert (judged.version, judged.verdict.override) == ("", None)
    assert said in failing(judged)[check]
    assert "cannot lift" in " ".join(judged.verdict.notes)


def _evidence(world: World) -> str:
    file = world.folder(0) / "evidence.json"
    content = json.loads(file.read_text())
    content["metrics"]["macro_f1"].update(value=0.99, low=0.98, high=1.0)
    file.write_text(json.dumps(content))
    return "evidence.json"


def _weights(world: World) -> str:
    shutil.copy(world.folder(1) / "model/model.safetensors", world.folder(0) / "model/model.safetensors")
    return "model/model.safetensors"


def _classes(world: World) -> str:
    file = world.folder(0) / "model/predictor.json"
    content = json.loads(file.read_text())
    content["class_names"] = content["class_names"][::-1]
    file.write_text(json.dumps(content))
    return "model/predictor.json"


def _leak(world: World) -> str:
    file = world.folder(0) / "manifest.parquet"
    manifest = Manifest.load(file)
    leaked = manifest.only("test").table.head(3).assign(split="train")
    replace(manifest, table=pd.concat([manifest.table, leaked], ignore_index=True)).save(file)
    return "manifest.parquet"


def _nan_metric(world: World) -> str:
    world.store.client.log_metric(world.runs[0], "test/macro_f1", float("nan"))
    return ""


SPOILED: dict[str, Callable[[World], str]] = {
    "evidence": _evidence,
    "weights": _weights,
    "classes": _classes,
    "leak": _leak,
    "nan metric": _nan_metric,
}


def test_a_training_says_that_it_looks_at_the_test_images_before_it_does(trained: World) -> None:
    looked = int(trained.store.find(trained.runs[0]).tags["assay.looked_at_test"])
    assert looked <= (trained.folder(0) / "predictions/test.parquet").stat().st_mtime * 1000


def test_floors_and_ceilings_name_what_is_missing(trained: World) -> None:
    case = trained.case()
    low, high = Floor("f1", 0.0)(case), Floor("f1", 1.01, sure=False)(case)
    assert low.passed
    assert not high.passed
    assert [part.of for part in high.parts] == ["amber", "jade", "onyx"]
    value = high.parts[0].measured.value
    assert high.parts[0].shortfall == pytest.approx(1.01 - value)
    accuracy = case.candidate.evidence.metrics["accuracy"]
    assert accuracy.low < accuracy.value < accuracy.high
    above, below = (Floor("accuracy", (accuracy.value + end) / 2)(case) for end in (accuracy.high, accuracy.low))
    assert (above.passed, above.found.endswith("the interval reaches the bound, the value does not")) == (False, True)
    assert (below.passed, "the value alone would do, the interval is inconclusive" in below.found) == (False, True)
    over = Ceiling("ece", 0.01)(case)
    assert re.search(r"the interval's upper end 0\.\d+ exceeds the limit 0\.01 by 0\.\d+", over.found), over.found
    for metric, why in (
        ("robust/fog", "; (options: "),
        ("ood/auroc", ": the run was trained without data.ood=[DIR]"),
        ("delivery/worst", ": the run was trained without evaluation=delivery"),
    ):
        missing = Floor(metric, 0.1)(case)
        assert not missing.passed
        assert f"has no number {metric}{why}" in missing.found
    calibration = Ceiling("ece", 0.9)(case)
    assert calibration.passed
    assert "perfectly calibrated model would show" in calibration.found
    assert f"{case.candidate.evidence.n} images" in calibration.found
    assert Ceiling("cost/size_mb", 50)(case).passed


def test_numbers_of_an_evidence_file_that_was_not_sealed_are_not_believed(trained: World) -> None:
    case = trained.case()
    record = replace(case.run.record, tags={**case.run.record.tags, f"{TAG}evidence.json": "0" * 64})
    found = Floor("ood/auroc", 0.1)(replace(case, run=MeasuredRun(record)))
    assert (found.passed, "is not what the run measured" in found.found) == (False, True)


def test_costs_are_measured_from_the_bundle_and_no_record_says_what_they_are(world: World) -> None:
    """An evidence file that was edited together with its seal, as somebody can who may write folder and database."""
    file = world.folder(0) / "bundle/evidence.json"
    content = json.loads(file.read_text())
    content["cost"].update(size_mb=0.001, parameters=1, latency_p50_ms=0.001)
    file.write_text(json.dumps(content))
    listed = entries(world.folder(0) / "bundle", besides=ABOUT)
    about = json.loads((world.folder(0) / "bundle" / ABOUT).read_text())
    about["files"] = {name: {"sha256": entry.sha256, "bytes": entry.bytes} for name, entry in listed.items()}
    (world.folder(0) / "bundle" / ABOUT).write_text(json.dumps(about))
    world.store.client.set_tag(world.runs[0], f"{TAG}evidence.json", listed["evidence.json"].sha256)
    case = world.case()
    weights = (world.folder(0) / "bundle/predictor/model.safetensors").stat().st_size / 1e6
    size, parameters = (Ceiling(f"cost/{name}", 0.01, sure=False)(case) for name in ("size_mb", "parameters"))
    assert (size.passed, parameters.passed) == (False, False)
    assert size.parts[0].measured.value > weights
    assert parameters.parts[0].measured.value * 4 == pytest.approx(weights * 1e6, rel=0.1)
    assert not Ceiling("cost/latency_p50_ms", 0.01, sure=False)(case).passed


def test_a_changed_list_of_files_needs_no_new_training(trained: World) -> None:
    case = trained.case()
    record = replace(case.run.record, tags={**case.run.record.tags, f"{TAG}bundle.json": "0" * 64})
    found = Sealed()(replace(case, run=MeasuredRun(record)))
    assert (found.passed, found.found) == (False, "bundle.json is not what was exported. Export the run again")


def test_integrity_holds_for_an_honest_run(trained: World) -> None:
    case = trained.case()
    for check in (
        Sealed(),
        Finite(),
        AsMeasured(),
        ClassOrder(),
        NoLeak(),
        FrozenTest(5, each_class=1),
        SyntheticReviewed(),
        ExportParity(),
    ):
        result = check(case)
        assert result.passed, f"{result.kind}: {result.found}"
    assert not FrozenTest(10_000)(case).passed
    assert not FrozenTest(5, digest="0" * 64)(case).passed
    other = FrozenTest(5)(replace(case, champion=Champion("3", None, "f" * 64, run_id="3f2a" * 8)))
    assert other.found.endswith(
        "the champion's is ffffffffffff; a training with data.division=3f2a3f2a has the "
        "champion's, whatever was added since"
    )
    counts = np.bincount(case.run.test.labels)
    few = FrozenTest(5, each_class=int(counts.max()) + 1)(case)
    assert (few.passed, f"{counts[0]} of amber" in few.found) == (False, True)


def test_many_pictures_of_one_object_count_once(trained: World) -> None:
    case = trained.case()
    manifest, record, about = case.run.manifest, case.run.record, case.bundle.about
    one_each = replace(manifest, table=manifest.table.assign(group=manifest.table["label"].astype(str)))
    digest = one_each.only("test").digest
    run = MeasuredRun(replace(record, tags={**record.tags, "test_digest": digest}))
    run.__dict__["manifest"] = one_each
    case = replace(case, run=run, bundle=replace(case.bundle, about=replace(about, test_digest=digest)))
    found = FrozenTest(5, each_class=2)(case)
    assert (found.passed, "groups of test images of a class, 2 are asked for: 1 of amber" in found.found) == (
        False,
        True,
    )

    test = one_each.only("test")
    case.candidate.__dict__["_predictions"] = Predictions(
        test.ids, test.groups, "test", test.labels, test.class_names, 9 * np.eye(3, dtype=np.float32)[test.labels]
    )
    perfect = Floor("f1", 0.85)(case)
    assert (perfect.passed, perfect.parts[0].measured.value) == (False, 1)
    assert perfect.parts[0].measured.low == pytest.approx(0.025), "one object is no evidence that every one is right"


def test_every_kind_of_champion_has_its_answer(trained: World) -> None:
    case = trained.case(test_set_rank=1)
    bundle, digest = case.bundle, case.run.test.digest
    others = replace(bundle, about=replace(bundle.about, class_names=("a", "b", "c")))
    unloadable = champion_of("4", ConfigError("gone"), digest="x", test_digest=digest)
    changed = champion_of("4", bundle, digest="0" * 64, test_digest=digest)
    for check in (NonInferior(0.1), Superior()):
        for champion, passed, said in [
            (Champion(), True, "first champion"),
            (unloadable, False, "cannot be loaded: gone"),
            (changed, False, "not the one that was promoted"),
            (Champion("4", others, digest), False, "knows the classes a, b, c"),
            (Champion("4", bundle, "0" * 64), False, "other test images"),
        ]:
            result = check(replace(case, champion=champion))
            assert (result.passed, said in result.found) == (passed, True), result.found
    allowed = NonInferior(0.1, other_classes="allowed")(replace(case, champion=Champion("4", others, digest)))
    assert (allowed.passed, "not compared" in allowed.found) == (True, True)
    uncounted = replace(case, champion=Champion("4", bundle, digest), test_set_rank=None)
    assert not NonInferior(0.5)(uncounted).passed
    assert NonInferior(0.5, challengers="ignored")(uncounted).passed
    itself = Superior()(replace(case, champion=Champion("4", bundle, digest)))
    assert (itself.passed, "not significant" in itself.found) == (False, True)


def test_a_bundle_that_was_written_anew_around_other_weights_or_classes_is_refused(
    trained: World, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    case = trained.case()
    folder = tmp_path / "bundle"

    def written_anew(**changed: object) -> Case:
        about = replace(case.bundle.about, files=entries(folder, besides=ABOUT), **changed)
        save_record(folder / ABOUT, about, schema=SCHEMA_VERSION)
        return replace(case, bundle=Bundle.open(folder, cache_dir=tmp_path))

    shutil.copytree(case.bundle.folder, folder)
    weights = load_file(folder / "predictor/model.safetensors")
    other = {name: (value * 0.7).astype(value.dtype) if value.ndim > 1 else value for name, value in weights.items()}
    save_file(other, folder / "predictor/model.safetensors")
    swapped = written_anew()
    assert "answers differ, by up to" in AsMeasured()(swapped).found
    assert "model.safetensors is not what the run measured" in Sealed()(swapped).found

    shutil.copy(case.bundle.folder / "predictor/model.safetensors", folder / "predictor/model.safetensors")
    content = json.loads((folder / "predictor/predictor.json").read_text())
    content["class_names"] = content["class_names"][::-1]
    (folder / "predictor/predictor.json").write_text(json.dumps(content))
    with pytest.raises(BundleError, match="answers with the classes"):
        written_anew()
    result = ClassOrder()(written_anew(class_names=tuple(content["class_names"])))
    assert (result.passed, "in another order" in result.found) == (False, True)


def test_an_onnx_that_disagrees_with_the_weights_is_refused(trained: World, tmp_path: Path) -> None:
    import onnx

    case = trained.case()
    folder = tmp_path / "bundle"
    shutil.copytree(case.bundle.folder, folder)
    known = case.bundle.about.formats["onnx"]
    graph = onnx.load(folder / known.file)
    for one in graph.graph.initializer:
        values = onnx.numpy_helper.to_array(one)
        if values.dtype == np.float32 and 3 in values.shape:
            one.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(-3 * values), one.name))
    onnx.save(graph, folder / known.file)
    about = replace(case.bundle.about, files=entries(folder, besides=ABOUT))
    save_record(folder / ABOUT, about, schema=SCHEMA_VERSION)
    spoiled = replace(case, bundle=Bundle.open(folder, cache_dir=tmp_path))
    result = ExportParity()(spoiled)
    assert (result.passed, "onnx" in result.found, result.hard) == (False, True, True)


def test_copies_of_test_pictures_in_other_bytes_are_found(trained: World, tmp_path: Path) -> None:
    from PIL import Image

    from assay.data.perceptual_hash import perceptual_hash, thumbnail

    case = trained.case()
    manifest = case.run.manifest
    row = manifest.only("test").table.iloc[[0]].copy()
    picture = Image.open(row["path"].iloc[0]).convert("RGB").resize((96, 80), Image.Resampling.NEAREST)
    picture.save(tmp_path / "copy.png")
    digest = sha256_of_file(tmp_path / "copy.png")
    hashed = perceptual_hash(np.stack([thumbnail(np.asarray(picture))]))
    row = row.assign(id=digest, group=digest, path=str(tmp_path / "copy.png"), split="train", phash=hashed)
    run = MeasuredRun(case.run.record)
    run.__dict__["manifest"] = replace(manifest, table=pd.concat([manifest.table, row], ignore_index=True))
    result = NoLeak()(replace(case, run=run))
    assert (result.passed, "copy.png in train" in result.found) == (False, True)


def test_generated_training_images_need_distances_and_a_review(trained: World) -> None:
    case = trained.case()
    manifest, record = case.run.manifest, case.run.record
    table = manifest.table.copy()
    table.loc[(table["split"] == "train") & (table["label"] == 1), "generator"] = "diffusion"
    task = table.assign(generator=np.where(table["label"] == 1, "diffusion", ""))

    def looked(table: pd.DataFrame, metrics: dict[str, float], tags: dict[str, str]) -> tuple[bool, str]:
        run = MeasuredRun(replace(record, metrics={**record.metrics, **metrics}, tags={**record.tags, **tags}))
        run.__dict__["manifest"] = replace(manifest, table=table)
        result = SyntheticReviewed()(replace(case, run=run))
        return result.passed, result.found

    def reviewed(text: str) -> tuple[bool, str]:
        return looked(table, distance, {"assay.synthetic.review": text})

    distance = {"synthetic/kid/jade": 0.02}
    review = {"assay.synthetic.review": "keep, Ada Lovelace: 40 of 40 look right"}
    assert looked(table, {}, review)[1].endswith("without FID or KID: jade (synthetic/kid/<class> of the run)")
    assert not looked(table, {"synthetic/kid/jade": float("nan")}, review)[0]
    assert not looked(table, distance, {})[0]
    assert "nobody has reviewed them" in looked(table, distance, {})[1]
    assert looked(table, distance, review)[0]
    assert "is no review; write the tag" in reviewed("Ada: 40 of 40 look right")[1]
    assert "only images that are kept may help" in reviewed("discard, Ada Lovelace: stripes")[1]
    assert "only images that are kept may help" in reviewed("undecided gan/jade, by the A/B study x")[1]
    assert "did not record" in reviewed("keep gan/jade, by the A/B study x")[1]  # typed, not decided
    assert looked(task, {}, {}) == (True, "none used")  # telling them apart is the task
    manifest = replace(manifest, class_names=("amber", "jade (50 %)", "onyx"))
    assert looked(table, {"synthetic/kid/jade _50 __": 0.02}, review)[0]  # as MLflow takes the name


def test_uncommitted_code_is_refused(trained: World) -> None:
    case = trained.case()
    tags = {"git_commit": "a" * 40, "git_dirty": "false"}

    def with_code(**code: str) -> bool:
        run = MeasuredRun(replace(case.run.record, tags={**case.run.record.tags, **code}))
        about = replace(case.bundle.about, **code)
        return CleanCommit()(replace(case, run=run, bundle=replace(case.bundle, about=about))).passed

    assert with_code(**tags)
    assert not with_code(**{**tags, "git_dirty": "true"})
    assert not with_code(**{**tags, "git_commit": "none"})


def test_answers_that_are_no_numbers_pass_no_check_that_needs_them(trained: World, monkeypatch) -> None:
    case = trained.case(test_set_rank=1)
    network = case.bundle.float_predictor.network
    with __import__("torch").no_grad():
        next(iter(network.head.parameters())).fill_(float("nan"))
    champion = Champion("1", trained.case().bundle, case.run.test.digest)
    spoiled = replace(case, champion=champion)
    for check in (Finite(), AsMeasured(), Floor("macro_f1", 0.0), NonInferior(1.0), Superior(), AnswersAlone()):
        assert not check(spoiled).passed
    checks = {"finite": Finite(), "floor": Floor("macro_f1", 0.0)}
    verdict = judge(spoiled, Gate("x", "", checks, case.settings, ("gate.seed=1",)))
    assert (verdict.decision, verdict.metrics) == ("refuse", {})
    assert (verdict.gate, verdict.notes[0].endswith("x itself asks otherwise: gate.seed=1")) == ("x (changed)", True)


def test_a_place_that_cannot_be_written_is_said_before_anything_is_judged(
    trained: World, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as left:
        main(["promote", f"run={trained.runs[0]}", "gate=default", f"output={tmp_path}/file", *trained.words])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert f"output={tmp_path}/file: is a file; name a folder" in said
    assert "scoring" not in said


@pytest.mark.slow
def test_a_fresh_process_answers_the_same(trained: World) -> None:
    result = AnswersAlone(images=4)(trained.case())
    assert result.passed, result.found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gate=default"], "run: a value is needed"),
        (["run=ab"], "gate: a value is needed"),
        (["run=ab", "gate=amulett"], "did you mean amulet?"),
        (["run=ab", "gate=amulet", "gate.checks.evry_class.at_least=0.8"], "did you mean every_class?"),
        (["run=ab", "gate=amulet", "gate.checks.every_class.at_leat=0.8"], "did you mean at_least?"),
        (["run=ab", "gate=exposr", "gate.checks.better.gain=2"], "must be from 0 to 1, got 2"),
        (["run=ab", "gate=amulet", "gate.override.by=Ada"], "gate.override.reason: a value is needed"),
        (["run=ab", "gate=amulet", "gate.override.reason=why"], "gate.override.by: a value is needed"),
        (["run=ab", "gate=amulet", "gate.override.by=Ada", "gate.override.reason= "], "reason: a value is needed"),
        (["run=ab", "gate=amulet", "serve=onxx"], "did you mean onnx?"),
        (["run=ab", "gate=amulet", "model=resnet50"], "nothing is trained here"),
        (["run=ab", "amulet"], "one run is needed, got amulet and ab: run=ID gate=NAME"),
    ],
)
def test_wrong_words_are_refused_with_what_to_type(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        PROMOTE.parse(words)
    assert said in str(caught.value)


def test_a_gate_is_called_like_the_one_that_comes_along_only_where_it_is_that_one(tmp_path: Path) -> None:
    own = tmp_path / "default.yaml"
    own.write_text("# Mine.\nchecks:\n  sealed:\n    _target_: assay.gate.checks.sealed.Sealed\n")
    for words, title in [
        (["gate=default"], "default"),
        (
            ["gate=default", "gate.checks.sealed=null", "gate.loosened.by=Ada", "gate.loosened.reason=x"],
            "default (changed)",
        ),
        (["gate=default", "gate.override.by=Ada", "gate.override.reason=now"], "default"),
        ([f"gate={own}"], "default.yaml"),
    ]:
        assert PROMOTE.parse(["run=ab", *words])[1].title == title


def test_a_gate_that_was_written_before_the_checks_moved_asks_the_same(tmp_path: Path) -> None:
    gates = []
    for room in ("assay.registry.checks", "assay.gate.checks"):
        own = tmp_path / "mine.yaml"
        text = f"# Mine.\nchecks:\n  small:\n    _target_: {room}.ceiling.Ceiling\n    metric: ece\n    at_most: 1\n"
        own.write_text(text)
        gates.append(PROMOTE.parse(["run=ab", f"gate={own}"])[1])
    assert gates[0].checks == gates[1].checks
    assert gates[0].digest == gates[1].digest


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("assay.gate.checks.floor.Floor, metric: ece, at_least: 0.3", "lower is better; take .*Ceiling"),
        ("assay.gate.checks.floor.Floor, metric: f1, at_least: nan", "must be a finite number, got nan"),
        ("assay.gate.checks.ceiling.Ceiling, metric: ece, at_most: inf", "must be a finite number, got inf"),
        ("assay.files.digest_of, value: 1", "digest_of is not allowed: a function that is not annotated"),
    ],
)
def test_a_check_that_says_nothing_is_refused(check: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.files.digest_of", lambda value: pytest.fail("a gate called what is no check"))
    with pytest.raises(ConfigError, match=said):
        PROMOTE.parse(["run=ab", "gate=amulet", f"+gate.checks.x={{_target_: {check}}}"])
