"""`assay exposr` on pictures made in the test: real noise, and two generators that smooth it in their own way."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from assay.augment.delivery import delivered_again
from assay.commands.export import COMMAND as EXPORT
from assay.commands.exposr import COMMAND as EXPOSR
from assay.config.compose import compose
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.deploy.bundle.answering import predict_files
from assay.deploy.export.export import export
from assay.errors import ConfigError
from assay.evaluation.evidence import Evidence
from assay.predictions import Predictions
from assay.run.train import train
from assay.studies.left_out.request import LeftOutRequest
from assay.studies.left_out.study import exposr

SMALL = (
    "debug=tiny",
    "trainer.accelerator=cpu",
    "data.image_size=32",
    "finetune.views=1",
    "evaluation.generators.jpeg=[90,40]",
    "evaluation.figures=false",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exposr")
    rng = np.random.default_rng(0)
    for name, filtered in (("real", None), ("generated/box", ImageFilter.BoxBlur(1)), ("generated/sharp", 3)):
        (folder / name).mkdir(parents=True)
        for number in range(60):
            pixels = np.repeat(rng.integers(60, 196, (32, 32, 1), dtype=np.uint8), 3, axis=2)
            image = Image.fromarray(pixels)
            if filtered == 3:
                image = image.resize((16, 16)).resize((32, 32), Image.Resampling.NEAREST)
            elif filtered is not None:
                image = image.filter(filtered)
            if name == "real":
                image.save(folder / name / f"{number}.jpg", quality=90)
            else:
                image.save(folder / name / f"{number}.png")
    return folder


def test_words_of_its_own_are_told_from_those_of_the_trainings() -> None:
    (asked,) = EXPOSR.parse(["data.root=x", "generators=[a,b]", "name=n", "--seed=1"])
    assert asked.words == ("experiment=exposr", "data.root=x", "seed=1")
    assert asked.generators == ("a", "b")
    with pytest.raises(ConfigError, match="generators=gan"):
        EXPOSR.parse(["data.holdout_generator=gan"])


def test_the_experiment_that_is_named_measures_per_generator(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"evaluation\.generators is null") as caught:
        exposr(LeftOutRequest(("data=exposr", f"data.root={root}")))
    (word,) = re.findall(r"use (experiment=\w+)", str(caught.value))
    assert compose([word, f"data.root={root}"]).evaluation.generators.swap_formats


@pytest.mark.slow
def test_each_generator_is_left_out_once_and_a_second_call_trains_nothing(
    root: Path, tmp_path: Path, store_in: Callable[[Path], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    store_in(tmp_path)
    store = (f"tracking.uri=sqlite:///{tmp_path}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts")
    asked = LeftOutRequest(("experiment=exposr", f"data.root={root}", *SMALL, *store), output=str(tmp_path / "out"))
    folder, found = exposr(asked)
    assert [one.generator for one in found] == ["box", "sharp"]
    for one in found:
        assert isinstance(one.evidence, Evidence)
        told = one.evidence.generators
        assert told is not None
        assert {row.generator: row.seen for row in told.clean.generators} == {
            "box": one.generator != "box",
            "sharp": one.generator != "sharp",
        }
        assert [condition.kind for condition in told.conditions] == [
            "",
            *["jpeg"] * 2,
            *["resize"] * 2,
            *["blur"] * 2,
            "formats",
        ]
        assert told.files is not None
        assert told.files.alarm
        assert one.evidence.notes[0].startswith("Do not believe the score")
        assert f"generators/{one.generator}/auroc" in one.evidence.flat()
        known = one.evidence.measured()  # what gate, decision and study tables read
        assert known["generators/flip_rate", None] == told.stability.flip_rate
        own = next(row for row in told.clean.generators if row.generator == one.generator)
        assert known[f"generators/{one.generator}/auroc", None] == own.auroc
        assert known["generators/files_auroc", None] == told.files.auroc
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "never trained on: each row" in page
    assert "formats swapped: real saved as PNG, generated saved as JPEG" in page
    with (folder / "exposr.csv").open(encoding="utf-8") as opened:
        assert {row["left_out"] for row in csv.DictReader(opened)} == {"box", "sharp"}
    capfd.readouterr()
    _, again = exposr(asked)
    assert [one.run_id for one in again] == [one.run_id for one in found]
    assert capfd.readouterr().err.count("there already") == 2


@pytest.mark.slow
def test_a_run_that_normalises_pictures_answers_about_the_original_files_as_it_was_measured_in_every_form(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = (f"tracking.uri=sqlite:///{tmp_path}/mlflow.db", f"tracking.artifacts={tmp_path}/artifacts")
    few = ("evaluation.generators.jpeg=[]", "evaluation.generators.resize=[]", "evaluation.generators.blur=[]")
    kind = ("data.normalise_files=true", "data.ood=[digits]", f"data.root={root}")
    outcome = train(compose(["experiment=exposr", *SMALL, *few, *kind, *store]))
    assert outcome.predictor.preprocessing == Preprocessing(32, "native", normalise=32)
    told = outcome.evidence.generators
    assert told.files.auroc.value == 0.5
    assert "the metadata-only baseline reaches AUROC 1.00" in told.notes[1]
    assert told.conditions[-1].kind == "formats"
    exported = export(*EXPORT.parse([f"run={outcome.run_id[:8]}", *store, "formats=[onnx]"]))
    manifest = Manifest.load(outcome.folder / "manifest.parquet")
    deliveries = [[read_image(path), *delivered_again(read_image(path))] for path in manifest.only("val").paths]
    changed = [len({answer.label for answer in exported.bundle.predict(each)}) > 1 for each in deliveries]
    assert told.stability.flip_rate.value == np.mean(changed)  # as the service counts, picture by picture
    assert told.stability.flip_rate.n == len(deliveries)
    assert {path.suffix for path in manifest.only("test").paths} == {".jpg", ".png"}
    for name, images in {"test": manifest.only("test"), **manifest.ood_sets()}.items():
        file = "test" if name == "test" else f"ood_{name}"
        measured = Predictions.load(outcome.folder / "predictions" / f"{file}.parquet")
        served = exported.bundle.predictions(images)
        assert np.array_equal(served.embeddings, measured.embeddings)
        np.testing.assert_allclose(served.logits, measured.logits, atol=1e-6)  # sums of other batches round otherwise
        served = exported.bundle.answerer("onnx")
        said = predict_files(served.raw_predictions, images, served.samples)
        np.testing.assert_allclose(said.logits, measured.logits, atol=1e-3)
    form = exported.bundle.about.formats["onnx"]
    assert form.parity.agreement == 1
    assert "squares of 32 pixels" in form.notes[0]
