"""The reference profile of a bundle: what it answers about calib and test, and nothing of what it learned from."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.monitoring.conftest import held_out

from assay.errors import DataError
from assay.monitoring.profile import ABOUT, PROJECTION, ROWS, Profile
from assay.monitoring.reference import build_profile, drawn_rows
from assay.predictor.answer import Answer


def test_its_rows_are_the_answers_that_a_client_would_have_got(profile, served) -> None:
    both = [held_out("calib"), held_out("test", 150)]
    answers: list[Answer] = [answer for each in both for answer in served.to_answers(each)]
    assert len(profile) == 350
    assert profile.splits.tolist() == ["calib"] * 200 + ["test"] * 150
    assert [profile.class_names[index] for index in profile.predicted] == [answer.label for answer in answers]
    assert profile.rejected.tolist() == [answer.rejected for answer in answers]
    np.testing.assert_array_equal(profile.labels, np.concatenate([each.labels for each in both]))
    np.testing.assert_allclose(profile.confidence, [answer.confidence for answer in answers], rtol=1e-6)
    np.testing.assert_allclose(profile.probabilities, [answer.probabilities for answer in answers], rtol=1e-6)
    shown = [list(answer.statistics.values()) for answer in answers]
    np.testing.assert_allclose(profile.statistics, shown, rtol=1e-6)
    assert 0 < profile.rejected.mean() < 0.5
    assert len(np.unique(profile.block)) == 175, "images of one group have one number"


@pytest.mark.parametrize("split", ["train", "val", "ood"])
def test_it_refuses_what_the_network_learned_from_and_what_is_no_reference(served, profile, split: str) -> None:
    learnt = replace(held_out("calib"), split=split)
    with pytest.raises(DataError, match=f"made of calib and test, never of {split}"):
        build_profile(served, {"calib": learnt, "test": held_out("test")}, profile.about)
    with pytest.raises(DataError, match=f"made of calib and test, never of {split}"):
        build_profile(served, {"calib": held_out("calib"), "test": held_out("test"), split: learnt}, profile.about)
    with pytest.raises(DataError, match=f"never of {split}"):
        replace(profile, splits=np.full(len(profile), split))


def test_it_needs_both_splits(served, profile) -> None:
    with pytest.raises(DataError, match="images of the split test, and there are none"):
        build_profile(served, {"calib": held_out("calib")}, profile.about)


def test_it_comes_back_from_its_files_to_the_last_bit(profile, tmp_path) -> None:
    profile.save(tmp_path)
    read = Profile.load(tmp_path)
    assert read.about.images == {"calib": 200, "test": 150}
    assert replace(read.about, files={}) == replace(profile.about, files={})
    for name in ("splits", "statistics", "confidence", "labels", "predicted", "probabilities", "rejected", "domain"):
        np.testing.assert_array_equal(getattr(read, name), getattr(profile, name))
    np.testing.assert_array_equal(read.block, profile.block)
    np.testing.assert_array_equal(read.components, profile.components)
    assert read.projection is not None
    embeddings = held_out("test").embeddings
    assert read.projection.components(embeddings).tobytes() == profile.projection.components(embeddings).tobytes()
    assert pq.read_table(tmp_path / ROWS).num_rows == 350, "any reader of Parquet opens it"


@pytest.mark.parametrize("file", [ROWS, PROJECTION])
def test_a_file_that_was_changed_is_refused(profile, tmp_path, file: str) -> None:
    profile.save(tmp_path)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes() + b" ")
    with pytest.raises(DataError, match=rf"{file}: is not what was written with profile\.json"):
        Profile.load(tmp_path)


def test_a_profile_of_another_schema_is_refused(profile, tmp_path) -> None:
    profile.save(tmp_path)
    content = json.loads((tmp_path / ABOUT).read_text())
    (tmp_path / ABOUT).write_text(json.dumps({**content, "schema": 9}))
    with pytest.raises(DataError, match="not a profile of this version"):
        Profile.load(tmp_path)


def test_it_keeps_some_thousand_rows_and_says_how_many_there_were(served, profile) -> None:
    given = {"calib": held_out("calib", 900), "test": held_out("test", 100)}
    about = replace(profile.about, images={})
    small = build_profile(served, given, about, most=120)
    assert small.about.images == {"calib": 900, "test": 100}
    assert [len(small.only(split)) for split in ("calib", "test")] == [120, 100]
    again = build_profile(served, given, about, most=120)
    np.testing.assert_array_equal(small.confidence, again.confidence)
    other = build_profile(served, given, replace(about, seed=1), most=120)
    assert not np.array_equal(small.confidence[:120], other.confidence[:120])


def test_every_image_is_drawn_equally_often() -> None:
    times = np.zeros(50, dtype=int)
    for seed in range(2000):
        rows = drawn_rows(50, most=10, seed=seed)
        assert len(set(rows.tolist())) == 10
        times[rows] += 1
    assert np.abs(times - 400).max() < 5 * np.sqrt(2000 * 0.2 * 0.8)


def test_components_of_the_reference_are_white_on_calib(profile) -> None:
    calib = profile.only("calib").components
    np.testing.assert_allclose(np.cov(calib.T), np.eye(calib.shape[1]), atol=0.01)
    np.testing.assert_allclose(calib.mean(axis=0), 0, atol=0.01)


def test_without_embeddings_there_are_no_components(served, profile, tmp_path) -> None:
    given = {split: replace(held_out(split), embeddings=None) for split in ("calib", "test")}
    bare = build_profile(served, given, profile.about)
    bare.save(tmp_path)
    read = Profile.load(tmp_path)
    assert bare.components is None
    assert read.components is None
    assert read.projection is None
