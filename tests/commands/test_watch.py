"""The reference profile of a bundle, written at export, and by `assay watch profile` for a bundle of before."""

from __future__ import annotations

import json
import logging
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.cli import main
from assay.commands.export import COMMAND as EXPORT
from assay.config.compose import compose
from assay.config.targets import build
from assay.data.manifest import Manifest
from assay.deploy.bundle.bundle import ABOUT, SCHEMA_VERSION, Bundle
from assay.deploy.bundle.contents import entries
from assay.deploy.export.export import export
from assay.deploy.export.profile import find_profile, watched
from assay.errors import BundleError, ConfigError
from assay.evaluation.record import save_record
from assay.files import sha256_of_file
from assay.monitoring.profile import FILES, Profile
from assay.predictions import Predictions
from assay.serving.engine import Engine
from assay.serving.origin import Origin, find_bundle
from finished import Finished


class Run(Finished):
    def exported(self, *words: str) -> Bundle:
        return export(*EXPORT.parse([f"run={self.run_id[:8]}", *self.store, *words])).bundle

    @property
    def tracking(self) -> Any:
        return build(compose([*self.store]).tracking)

    def images(self, split: str) -> Manifest:
        return Manifest.load(self.folder / "manifest.parquet").only(split)

    def of_before(self) -> Bundle:
        """The run's bundle, as an earlier version has exported it: without a profile."""
        bundle = self.exported("formats=[]")
        for name in FILES:
            (bundle.folder / name).unlink()
        about = replace(bundle.about, files=entries(bundle.folder, besides=ABOUT))
        save_record(bundle.folder / ABOUT, about, schema=SCHEMA_VERSION)
        return Bundle.open(bundle.folder, cache_dir=bundle.cache_dir)


@pytest.fixture(scope="module")
def run(finished_run: Finished, tmp_path_factory: pytest.TempPathFactory) -> Run:
    own = finished_run.copied(tmp_path_factory.mktemp("watched"))
    return Run(own.root, own.run_id)


def agrees_with_answers(run: Run, bundle: Bundle) -> None:
    """Hold each row against what the bundle answers about the file, and what the log would keep of it."""
    profile = bundle.profile
    assert profile is not None
    assert profile.about.evidence == sha256_of_file(bundle.folder / "evidence.json")
    assert (profile.about.bundle, profile.about.serves) == (bundle.digest, bundle.about.serves)
    for split in ("calib", "test"):
        images, part = run.images(split), profile.only(split)
        answers = bundle.predict(images.paths)
        assert len(part) == len(images) == profile.about.images[split]
        np.testing.assert_array_equal(part.labels, images.labels)
        np.testing.assert_allclose(part.confidence, [answer.confidence for answer in answers], atol=1e-3)
        np.testing.assert_allclose(part.probabilities, [answer.probabilities for answer in answers], atol=1e-3)
        statistics = [list(answer.statistics.values()) for answer in answers]
        np.testing.assert_allclose(part.statistics, statistics, rtol=1e-4)
        np.testing.assert_allclose(part.components, [answer.components for answer in answers], atol=0.02)
        assert [profile.class_names[index] for index in part.predicted] == [answer.label for answer in answers]
        assert part.rejected.tolist() == [answer.rejected for answer in answers]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [("formats=[]",), ("formats=[onnx]", "serve=onnx"), ("formats=[int8]", "serve=int8", "int8.images=32")],
    ids=["float", "onnx", "int8"],
)
def test_an_exported_bundle_holds_what_the_form_that_it_serves_answers_about_calib_and_test(run: Run, words) -> None:
    if "serve=int8" in words:
        words = (*words, "int8.max_loss=0.5")
    bundle = run.exported(*words)
    assert set(FILES) <= set(bundle.about.files)
    agrees_with_answers(run, bundle)
    assert bundle.profile.about.made == bundle.about.made


@pytest.mark.slow
def test_two_exports_of_a_run_hold_the_same_files(run: Run) -> None:
    first, second = (run.exported("formats=[]").about.files for _ in range(2))
    assert first == second
    assert set(FILES) <= set(first)


@pytest.mark.slow
def test_a_bundle_of_before_opens_and_answers_without_components(run: Run) -> None:
    bundle = run.of_before()
    assert bundle.profile is None
    (answer,) = Engine.start(bundle, Origin("before")).answers([np.zeros((40, 50, 3), np.uint8)])
    assert answer.components is None


@pytest.mark.slow
def test_what_is_missing_is_made_by_the_command_that_the_error_names(run: Run, capsys) -> None:
    bundle = run.of_before()
    tag = {"assay.sha256.bundle.json": bundle.digest}
    run.tracking.amend_run(run.run_id).set_tags(tag)
    with pytest.raises(BundleError, match="exported before bundles had a reference profile") as refused:
        find_profile(bundle, run.tracking)
    (command,) = re.findall(r"make one with assay (.*)$", str(refused.value))
    main([*shlex.split(command), *run.store, "format=json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["made"], document["about"]["bundle"]) == (True, bundle.digest)
    profile = find_profile(bundle, run.tracking)
    beside = watched(bundle, run.tracking)
    agrees_with_answers(run, replace(beside, folder=bundle.folder))
    assert len(profile) == sum(document["about"]["images"].values())

    main([*shlex.split(command), *run.store, "format=json"])
    assert json.loads(capsys.readouterr().out)["made"] is False, "it is there already"

    found, origin = find_bundle(compose([*run.store]), run.run_id)
    (answer,) = Engine.start(found, origin).answers([np.zeros((40, 50, 3), np.uint8)])
    assert answer.components is not None, "what serves the bundle takes the profile beside the run"
    assert len(answer.components) == profile.projection.count

    artifacts = run.tracking.find(run.run_id).fetch("profiles")
    folder = next(Path(artifacts).iterdir())
    assert Profile.load(folder).about.bundle == bundle.digest, "it is among the run's artifacts"
    other = replace(run.exported("formats=[]"), watched_by=None)
    stranger = replace(bundle, folder=other.folder, about=replace(other.about, files={}), watched_by=folder)
    with pytest.raises(BundleError, match="is the profile of another bundle"):
        _ = stranger.profile


@pytest.mark.slow
def test_a_profile_of_before_some_statistics_is_made_anew_in_the_same_components(run: Run, capsys) -> None:
    bundle = run.exported("formats=[]")
    inside = bundle.profile
    older = replace(inside.about, statistics_names=inside.about.statistics_names[:6], bundle="")
    replace(inside, about=older, statistics=inside.statistics[:, :6]).save(bundle.folder)
    about = replace(bundle.about, files=entries(bundle.folder, besides=ABOUT))
    save_record(bundle.folder / ABOUT, about, schema=SCHEMA_VERSION)
    bundle = Bundle.open(bundle.folder, cache_dir=bundle.cache_dir)
    assert bundle.profile.unmeasured == ("clipped", "colourfulness", "warmth", "noise", "blockiness")
    command = ["watch", "profile", f"run={bundle.folder}", *run.store, "format=json"]
    main(command)
    assert json.loads(capsys.readouterr().out)["made"] is True
    renewed = find_profile(bundle, run.tracking)
    assert renewed.unmeasured == ()
    np.testing.assert_array_equal(renewed.projection.axes, inside.projection.axes)
    np.testing.assert_allclose(renewed.components, inside.components, atol=0.02)
    main(command)
    assert json.loads(capsys.readouterr().out)["made"] is False


@pytest.mark.slow
def test_what_is_shown_of_a_profile_are_its_quantiles_and_shares(run: Run, capsys) -> None:
    bundle = run.exported("formats=[]")
    main(["watch", "profile", f"run={bundle.folder}", *run.store, "format=json"])
    measures = {(row["split"], row["measure"]): row for row in json.loads(capsys.readouterr().out)["measures"]}
    test = run.images("test")
    brightness = test.statistics[:, 3]
    assert measures["test", "brightness"]["median"] == pytest.approx(float(np.median(brightness)))
    assert measures["test", "brightness"]["p95"] == pytest.approx(float(np.percentile(brightness, 95)))
    shares = [row["median"] for (split, name), row in measures.items() if split == "test" and name[:9] == "answered "]
    assert sum(shares) == pytest.approx(1)
    main(["watch", "profile", f"run={bundle.folder}", *run.store])
    shown = capsys.readouterr().out
    assert bundle.digest in shown
    assert "brightness" in shown


@pytest.mark.slow
def test_a_run_whose_pictures_are_gone_is_exported_without_a_profile_and_says_so(run: Run, tmp_path, caplog) -> None:
    own = Run(*_copied(run, tmp_path))
    for table in own.root.rglob("calib.parquet"):
        table.unlink()
    manifest = Manifest.load(own.folder / "manifest.parquet")
    hidden = [(path, path.with_suffix(".hidden")) for path in manifest.only("calib").paths]
    for path, aside in hidden:
        path.rename(aside)
    try:
        with caplog.at_level(logging.WARNING):
            bundle = own.exported("formats=[]")
    finally:
        for path, aside in hidden:
            aside.rename(path)
    assert bundle.profile is None
    assert "the bundle has no reference profile" in caplog.text


@pytest.mark.slow
def test_what_an_earlier_version_did_not_measure_is_measured_from_the_pictures(run: Run, tmp_path) -> None:
    own = Run(*_copied(run, tmp_path))
    table = own.folder / "predictions/calib.parquet"
    calib = Predictions.load(table)
    replace(calib, statistics=np.full_like(calib.statistics, np.nan)).save(table)
    bundle = own.exported("formats=[]")
    agrees_with_answers(own, bundle)
    assert np.isfinite(bundle.profile.statistics).all()


def _copied(run: Run, folder: Path) -> tuple[Path, str]:
    copy = Finished(run.root, run.run_id).copied(folder)
    return copy.root, copy.run_id


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["profil"], "did you mean profile"),
        (["profile", "3f2a"], "profile takes keys alone"),
    ],
)
def test_a_word_that_cannot_be_is_refused(words: list[str], message: str) -> None:
    from assay.commands.watch import COMMAND

    with pytest.raises(ConfigError, match=message):
        COMMAND.parse(words)
