"""Drift in a look: an alarm names what has changed and shows it; a look that sees none says what it could have."""

from __future__ import annotations

import functools
from datetime import timedelta

import numpy as np
import pytest

from assay.data.quality import STATISTICS
from assay.monitoring.alarms import planned
from assay.monitoring.alarms.plan import AlarmPlan
from assay.monitoring.alert import DRIFT
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.observers.drifting import DriftObserver
from assay.monitoring.scene_of import read_scene
from assay.monitoring.take_look import LookPlan, take_look
from assay.store.components import packed
from monitoring.conftest import BUNDLE, CLASSES, START

END = START + timedelta(days=7)
BOUNDS = WindowBounds(window="7d", smallest=50)


def like_the_reference(profile, seed: int, *, brighter: float = 0.0):
    """What `logged` writes where the reference itself asks: a row of it each time."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, len(profile), 1000)
    bright = STATISTICS.index("brightness")

    def statistics(index: int) -> dict[str, float]:
        values = profile.statistics[rows[index]].copy()
        values[bright] += brighter
        return dict(zip(STATISTICS, map(float, values), strict=True))

    def answer(index: int) -> dict[str, object]:
        row = rows[index]
        probabilities = dict(zip(CLASSES, map(float, profile.probabilities[row]), strict=True))
        return {"label": CLASSES[profile.predicted[row]], "probabilities": probabilities}

    return {
        "statistics": statistics,
        "answer": answer,
        "label": lambda index: CLASSES[profile.predicted[rows[index]]],
        "confidence": lambda index: float(profile.confidence[rows[index]]),
        "rejected": lambda index: bool(profile.rejected[rows[index]]),
        "components": lambda index: packed(profile.components[rows[index]]),
    }


@pytest.fixture
def asked(log, logged, profile):
    def ask(**other: float) -> list[str]:
        records = [logged(log, 8, **like_the_reference(profile, seed, **other)) for seed in range(25)]
        return [each.id for part in records for each in part]

    return ask


def test_brighter_pictures_are_an_alarm_with_the_brightest_first(log, asked, profile):
    asked(brighter=120.0)
    seen = DriftObserver(0.01)(read_scene(log, BOUNDS, BUNDLE, profile, at=END))
    (cause,) = seen.causes
    assert (seen.looked_for, cause.name, cause.finding) == ((DRIFT,), "drift/pictures", "drift.pictures")
    assert "brightness" in cause.sentence
    assert cause.values["tests"][0]["name"] == "brightness"
    measures = {each["name"]: each for each in seen.report["measures"]}
    assert {name for name, each in measures.items() if each["alarm"]} == {"brightness"}
    assert seen.alpha == 0.01
    scene = read_scene(log, BOUNDS, BUNDLE, profile, at=END)
    bright = scene.window.statistics[:, STATISTICS.index("brightness")]
    assert cause.answers[0].prediction == scene.window.id_list(np.array([bright.argmax()]))[0]


def test_the_reference_itself_is_no_alarm_and_says_what_could_have_been_seen(log, asked, profile):
    asked()
    seen = DriftObserver(0.01)(read_scene(log, BOUNDS, BUNDLE, profile, at=END))
    assert (seen.causes, seen.report["verdict"], seen.report["alarm"]) == ((), "no drift", False)
    assert "would have been seen" in seen.report["headline"]
    assert len(seen.report["seen"]) == len(seen.report["measures"])


def test_what_is_significant_but_not_beyond_the_level_of_alarms_is_no_cause(log, asked, profile):
    asked(brighter=120.0)
    seen = DriftObserver(1e-9)(read_scene(log, BOUNDS, BUNDLE, profile, at=END))
    assert (seen.causes, seen.report["verdict"], seen.report["alarm"]) == ((), "drift", False)


def test_without_a_reference_or_answers_nothing_is_looked_for(log, asked, profile):
    few = DriftObserver(0.01)(read_scene(log, BOUNDS, BUNDLE, profile, at=END))
    assert (few.looked_for, few.report, few.alpha) == ((), {"missing": "answers", "n": 0}, 0.0)
    asked()
    none = DriftObserver(0.01)(read_scene(log, BOUNDS, BUNDLE, None, at=END))
    assert (none.looked_for, none.report["missing"]) == ((), "profile")


def test_what_a_look_writes_of_drift_names_no_key(log, asked, profile):
    asked(brighter=120.0)
    plan = LookPlan(3600, lambda at: read_scene(log, BOUNDS, BUNDLE, profile, at=at), (DriftObserver(0.01),))
    taken = take_look(log, plan, at=END)
    (alert,) = taken.calling
    scene = read_scene(log, BOUNDS, BUNDLE, profile, at=END)
    assert not any(key in str(taken.look.report) + str(alert.evidence) for key in scene.window.keys)


def test_what_replayed_windows_show_too_is_no_alarm(log, asked, profile, monkeypatch):
    # How the level follows from replays is in alarms/test_threshold; here a fifth of them has to do.
    monkeypatch.setattr(planned, "calibrated_threshold", functools.partial(planned.calibrated_threshold, replays=40))
    asked(brighter=120.0)
    scene = read_scene(log, BOUNDS, BUNDLE, profile, at=END)
    plan = AlarmPlan(false_alarms_per="6 months", every="6 hours")
    seen = DriftObserver(0.05, plan)(scene)
    assert seen.report["alarm"]
    assert seen.report["level"] < 0.05
    assert any("one false alarm in 6 months at a look every 6 hours" in note for note in seen.report["notes"])


def test_a_profile_too_small_to_be_replayed_leaves_the_level_as_it_is(log, asked, profile):
    asked(brighter=120.0)
    small = profile.rows(np.arange(18))
    seen = DriftObserver(0.05, AlarmPlan(every="6 hours"))(read_scene(log, BOUNDS, BUNDLE, small, at=END))
    assert seen.report["level"] == 0.05
