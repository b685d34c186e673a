"""Which answers speak loudest: those furthest where the window has gone, of several keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from assay.data.quality import STATISTICS
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.loudest import PER_KEY, loudest
from assay.monitoring.read_window import read_window
from monitoring.conftest import START


@pytest.fixture
def window(log, logged, profile):
    for _ in range(4):
        logged(log, 60)
    with log.reading() as connection:
        return read_window(connection, WindowBounds(window="7d"), profile, now=START + timedelta(days=7))


def test_statistics_speak_in_the_direction_into_which_the_window_has_gone(window, profile):
    place = STATISTICS.index("brightness")
    for shift, loud in ((-1, np.argmin), (1, np.argmax)):
        statistics = window.statistics.copy()
        statistics[:, place] = np.median(profile.statistics[:, place]) + shift * np.arange(len(window))
        moved = replace(window, statistics=statistics)
        rows, scores = loudest("brightness", profile, moved)
        assert rows[0] == loud(statistics[:, place])
        assert (np.diff(scores) <= 0).all()


def test_no_key_speaks_for_all(window, profile):
    alone = replace(window, block=np.zeros(len(window), np.int32))
    assert len(loudest("confidence", profile, alone)[0]) == PER_KEY
    rows, _ = loudest("confidence", profile, window)
    assert np.bincount(window.block[rows]).max() <= PER_KEY
    assert len(set(rows.tolist())) == len(rows)


def test_answers_without_the_measure_and_those_that_are_as_ever_are_silent(window, profile):
    statistics = window.statistics.copy()
    statistics[:200, 0] = np.nan
    rows, _ = loudest(STATISTICS[0], profile, replace(window, statistics=statistics))
    assert rows.min() >= 200
    rejected = np.arange(len(window)) % 10 == 0
    rows, _ = loudest("rejected", profile, replace(window, rejected=rejected))
    assert rejected[rows].all()
    assert len(rows) == rejected.sum()


def test_of_predicted_classes_those_speak_that_are_more_frequent_than_before(window, profile):
    predicted = np.where(np.arange(len(window)) % 4 == 0, 1, 2).astype(np.int16)
    rows, _ = loudest("predicted", profile, replace(window, predicted=predicted))
    assert set(predicted[rows].tolist()) == {2}


def test_embeddings_speak_by_their_distance_from_the_reference(window, profile):
    components = np.zeros_like(window.components)
    components[17] = 9.0
    rows, _ = loudest("components", profile, replace(window, components=components))
    assert rows[0] == 17
