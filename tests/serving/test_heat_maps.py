"""Heat maps of items for review: a person judges the map that belongs to the answer, whoever answers by then."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from assay.review.desk.desk import NO_MAP
from assay.review.enqueue import queue_predictions
from assay.review.policy import QueuePolicy
from assay.review.rows import item_of
from assay.serving.heat_maps import heat_map_of, keep_heat_maps
from assay.store.tables import PREDICTIONS
from serving_world import png

POLICY = QueuePolicy(known_share=0.0)


@pytest.fixture
def queued(world):
    """An item of the form heat_map about a picture that was kept with consent."""
    world.ask(png(1, size=(40, 30)), **{"X-Consent": "1"})
    with world.store.reading() as connection:
        ids = list(connection.scalars(select(PREDICTIONS.c.id)))
    words = {"form": "heat_map"}
    return world.store.write(lambda c: queue_predictions(c, ids, "random", POLICY, **words)).items[0]


def answers_no_longer(world, monkeypatch):
    arm = world.service.arms.champion
    monkeypatch.setattr(arm, "engine", replace(arm.engine, digest="f" * 64))


def test_a_map_is_drawn_once_and_is_there_when_another_model_answers(world, queued, monkeypatch):
    assert keep_heat_maps(world.service) == (1, 0)
    assert keep_heat_maps(world.service) == (0, 0)
    drawn = heat_map_of(world.service, queued)
    assert drawn.startswith(b"\x89PNG")
    answers_no_longer(world, monkeypatch)
    assert heat_map_of(world.service, queued) == drawn
    assert keep_heat_maps(world.service) == (0, 0)


def test_an_item_without_a_map_is_closed_with_the_reason_once_nobody_can_draw_it(world, queued, monkeypatch):
    answers_no_longer(world, monkeypatch)
    assert keep_heat_maps(world.service) == (0, 1)
    with world.store.reading() as connection:
        assert item_of(connection, queued.id).closed == NO_MAP


def test_a_map_goes_with_its_picture_and_is_none_of_the_files_that_belong_to_nothing(world, queued):
    keep_heat_maps(world.service)
    pictures = world.service.keeping.pictures
    assert pictures.left_over({queued.picture}, seconds=-1) == []
    assert len(pictures.left_over(set(), seconds=-1)) == 2
    assert list(pictures.all()) == [queued.picture]
    assert world.client.delete("/v1/consent", headers=world.headers()).status_code == 200
    assert [path for path in pictures.folder.rglob("*") if path.is_file()] == []
    pictures.keep_map(queued.picture, queued.bundle, b"x")
    assert pictures.map_of(queued.picture, queued.bundle) is None, "no map of a picture that is kept no longer"
