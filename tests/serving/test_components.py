"""Components of embeddings: the log keeps them for whoever watches, and nobody who asks hears of them."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.postprocess.projection import Projection
from assay.postprocess.reject import NoReject
from assay.predictor import Predictor
from assay.serving.arms import Experiment, Rival
from assay.serving.engine import Engine
from assay.serving.origin import Origin
from assay.store.components import unpacked
from assay.store.erase import Folders, erase_subject
from assay.store.export_subject import export_subject
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import read_prediction
from assay.store.subjects import find_subject
from assay.store.tables import PREDICTIONS
from serving_world import World, png


def projected(engine: Engine, seed: int = 0) -> Engine:
    """The engine with a projection onto axes that were drawn, as a bundle with a profile has one."""
    answerer = engine.answerer
    assert isinstance(answerer, Predictor)
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=(60, answerer.network.backbone.embedding_dim))
    return replace(engine, answerer=replace(answerer, projection=Projection.of(drawn, most=16)))


@pytest.fixture
def watched(tmp_path: Path, engine: Engine) -> Iterator[World]:
    made = World(tmp_path, projected(engine))
    yield made
    made.close()


def logged(world: World) -> list[Any]:
    with world.store.reading() as connection:
        return [read_prediction(row) for row in connection.execute(PREDICTIONS.select().order_by(PREDICTIONS.c.id))]


def test_the_log_keeps_the_components_of_the_picture_also_where_it_was_answered_before(watched: World) -> None:
    for _ in range(2):
        assert watched.ask().status_code == 200
    first, again = logged(watched)
    answerer = watched.service.arms.champion.engine.answerer
    embedding = answerer.raw_predictions([_pixels(png())]).embeddings
    expected = (embedding - answerer.projection.mean) @ answerer.projection.axes.T / answerer.projection.scale
    np.testing.assert_allclose(unpacked(first.components), expected[0], rtol=2e-3, atol=1e-3)
    assert (again.engine_ms, again.components) == (0.0, first.components)


def test_no_client_hears_of_them(watched: World) -> None:
    answers = [watched.ask(**{"Idempotency-Key": "one-two-three"}) for _ in range(2)]
    own = watched.client.get("/v1/predictions", headers=watched.headers()).json()
    kept = logged(watched)[0].components
    numbers = [f"{number:.4g}" for number in unpacked(kept)]
    with watched.store.reading() as connection:
        responses = connection.exec_driver_sql("SELECT response FROM idempotency").scalars().all()
    assert len(kept) == 32
    assert len(responses) == 1
    for text in (*(answer.text for answer in answers), json.dumps(own), *responses):
        assert "component" not in text
        assert not any(number in text for number in numbers)


@pytest.mark.parametrize("rejecting", [True, False])
def test_the_log_says_whether_the_confidence_was_too_low(tmp_path: Path, engine: Engine, rejecting: bool) -> None:
    rule = engine.answerer.reject if rejecting else NoReject()
    own = replace(engine, answerer=replace(engine.answerer, reject=rule))
    world = World(tmp_path, own)
    try:
        world.ask()
        assert [record.rejected for record in logged(world)] == [rejecting]
    finally:
        world.close()


def test_without_a_projection_there_are_none(world: World) -> None:
    world.ask()
    assert logged(world)[0].components == b""


def test_a_shadow_keeps_its_own(tmp_path: Path, engine: Engine) -> None:
    shadow = replace(projected(engine, seed=1), origin=Origin("shadow", "tiny", "4"), digest="c" * 64)
    world = World(tmp_path, projected(engine), Rival(shadow, Experiment("trial", "shadow", 1.0)))
    try:
        world.ask()
        _until(lambda: world.service.shadow.counts.answered == 1)
        given, looked_on = sorted(logged(world), key=lambda record: record.pair)
        (answer,) = shadow.answers([_pixels(png())])
        np.testing.assert_array_equal(unpacked(looked_on.components), answer.components)
        assert looked_on.rejected == answer.rejected
        assert given.components != looked_on.components
    finally:
        world.close()


def test_they_are_exported_as_numbers_and_gone_with_the_subject(watched: World, tmp_path: Path) -> None:
    watched.ask()
    (record,) = logged(watched)
    pictures = KeptPictures(tmp_path / "pictures")
    with watched.store.reading() as connection:
        subject = find_subject(connection, "classify")
    export_subject(watched.store, pictures, subject, tmp_path / "own.zip", actor="test")
    with zipfile.ZipFile(tmp_path / "own.zip") as archive:
        row = json.loads(archive.read("predictions.jsonl").decode().splitlines()[0])
    assert row["components"] == [float(number) for number in unpacked(record.components)]
    erase_subject(watched.store, Folders(pictures, tmp_path / "exports", tmp_path / "erasures"), subject, actor="test")
    assert logged(watched) == []
    for file in tmp_path.glob("service.db*"):
        assert record.components not in file.read_bytes(), f"{file.name} still holds them"


def _pixels(content: bytes) -> np.ndarray:
    from assay.data.image import decode_image

    return decode_image(content, "picture")


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
