"""A picture is measured where it is answered: once, and never in the event loop, where all others would wait for it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select

from assay.data.image import decode_image
from assay.data.quality import STATISTICS, statistics_of
from assay.store.prediction_log import predictions_of
from assay.store.tables import PREDICTIONS
from serving_world import png


def test_the_statistics_of_a_picture_are_computed_once_beside_the_network(world, monkeypatch):
    threads: list[str] = []

    class Noted:
        def __getattr__(self, name: str) -> Any:
            import cv2

            if name == "Laplacian":
                threads.append(threading.current_thread().name)
            return getattr(cv2, name)

    world.ask(png(1))
    monkeypatch.setattr("assay.data.quality.cv2", Noted())
    assert world.ask(png(2)).status_code == 200
    assert [name.split()[0] for name in threads] == ["inference"]


def test_the_log_has_the_statistics_of_the_pixels(world):
    world.ask(png(3))
    with world.store.reading() as connection:
        subject = connection.scalar(select(PREDICTIONS.c.subject))
        (record,) = predictions_of(connection, subject)
    expected = dict(zip(STATISTICS, statistics_of(decode_image(png(3), "it")), strict=True))
    assert record.statistics == pytest.approx(expected)
