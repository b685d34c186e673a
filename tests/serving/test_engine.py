"""The engine answers as its bundle does, and does not begin where this machine computes something else."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from assay.deploy.bundle.bundle import ABOUT, SCHEMA_VERSION, About, Bundle
from assay.deploy.bundle.contents import entries
from assay.deploy.bundle.sealed_pictures import ANSWERS, COUNT, draw_pictures, sealed_pictures
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.errors import BundleError
from assay.evaluation.record import load_record, save_record
from assay.serving.engine import Engine
from assay.serving.origin import Origin
from assay.serving.serve import rules_without_threads


def with_answers(bundle: Bundle, folder: Path, change: float) -> Bundle:
    """The same bundle, whose sealed answers were others, with digests that fit."""
    shutil.copytree(bundle.folder, folder)
    sealed = json.loads((folder / ANSWERS).read_text())
    sealed["probabilities"][3][0] += change
    (folder / ANSWERS).write_text(json.dumps(sealed))
    about = load_record(folder / ABOUT, About, "bundle", schema=SCHEMA_VERSION)
    save_record(folder / ABOUT, replace(about, files=entries(folder, besides=ABOUT)), schema=SCHEMA_VERSION)
    return Bundle.open(folder, cache_dir=bundle.cache_dir)


def test_it_answers_the_same_in_batches_of_any_size_as_picture_by_picture(engine, bundle):
    rng = np.random.default_rng(5)
    images = [rng.integers(0, 256, size=(24, 17 + index, 3), dtype=np.uint8) for index in range(13)]
    together = engine.answers(images)
    alone = [bundle.predict([image])[0] for image in images]
    np.testing.assert_allclose([a.probabilities for a in together], [a.probabilities for a in alone], atol=1e-6)
    assert [(a.label, a.rejected, a.domain) for a in together] == [(a.label, a.rejected, a.domain) for a in alone]
    assert engine.answers([]) == []


def test_an_engine_that_nobody_holds_is_gone_without_the_garbage_collector(tiny_bundle):
    """A service keeps the collector from what its start has made: the first model may not stay for good."""
    gc.disable()
    try:
        engine = Engine.start(tiny_bundle(seed=7), Origin("tiny"))
        engine.answers([np.zeros((24, 17, 3), np.uint8)])
        held = [weakref.ref(engine), weakref.ref(engine.answerer)]
        if hasattr(engine.answerer, "network"):
            held.append(weakref.ref(engine.answerer.network))
        del engine
        assert [each() for each in held] == [None] * len(held)
    finally:
        gc.enable()


def test_pictures_of_several_clients_go_through_an_onnx_graph_one_by_one(engine):
    assert engine.together == 8, "PyTorch's float form gains by batches"
    of_a_graph = SimpleNamespace(gains_by_batches=OnnxPredictor.gains_by_batches)
    assert replace(engine, answerer=of_a_graph).together == 1


def test_the_sealed_pictures_are_eight_files_of_the_bundle_and_answered_as_when_it_was_made(engine, bundle):
    pictures = sealed_pictures(bundle.folder)
    assert len(pictures) == COUNT
    for read, drawn in zip(pictures, draw_pictures(), strict=True):
        np.testing.assert_array_equal(read, drawn)
    assert engine.largest_difference == 0.0
    assert {ANSWERS, "sealed/picture-8.png"} <= set(bundle.about.files)


def test_a_machine_that_answers_otherwise_than_the_bundle_did_does_not_serve_it(bundle, tmp_path):
    near = Engine.start(with_answers(bundle, tmp_path / "near", 0.04), Origin("x"))
    assert near.largest_difference == pytest.approx(0.04, abs=1e-6)
    with pytest.raises(BundleError, match=r"about sealed picture 4 a probability differs by 0\.060"):
        Engine.start(with_answers(bundle, tmp_path / "far", 0.06), Origin("x"))


def test_sealed_answers_that_are_no_numbers_are_refused(bundle, tmp_path):
    with pytest.raises(BundleError, match=r"picture 4 a probability differs by 1\.000"):
        Engine.start(with_answers(bundle, tmp_path / "nan", float("nan")), Origin("x"))


def test_a_bundle_from_before_pictures_were_sealed_answers_too(bundle, tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(bundle.folder, folder, ignore=shutil.ignore_patterns("sealed"))
    about = load_record(folder / ABOUT, About, "bundle", schema=SCHEMA_VERSION)
    save_record(folder / ABOUT, replace(about, files=entries(folder, besides=ABOUT)), schema=SCHEMA_VERSION)
    engine = Engine.start(Bundle.open(folder, cache_dir=bundle.cache_dir), Origin("old"))
    assert engine.largest_difference is None
    assert len(engine.answers(draw_pictures())) == COUNT


def threads() -> tuple[int, list[int]]:
    """Of OpenCV, and of each library of linear algebra."""
    return cv2.getNumThreads(), [
        each.num_threads for each in ThreadpoolController().select(user_api="blas").lib_controllers
    ]


def test_rules_take_no_threads_from_the_networks_while_the_service_runs():
    before = threads()
    with rules_without_threads():
        ours, theirs = threads()
        assert ours == 1
        assert set(theirs) == {1}
    assert threads() == before
