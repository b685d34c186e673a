"""Everything that is said of a window: with a reference that is weighted to be like it, with labels, with notes."""

from dataclasses import replace

import numpy as np
import pytest

from assay.evaluation.resampling import Resampling
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.estimate.estimate import CONFIDENCE_BASED, PREDICTION_POWERED, REALISED
from assay.monitoring.estimate.of_window import fit_reference, window_estimates
from assay.monitoring.estimate.slice_labels import SliceLabels
from assay.monitoring.profile import Profile, ProfileAbout
from assay.monitoring.window import Window
from drawn_answers import drawn

NAMES = ("a", "b", "c", "d")
HOW = Resampling(100)


def world(n: int, seed: int, hard: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, chances that are too sure of themselves on hard pictures, and how blurred each is."""
    rng = np.random.default_rng(seed)
    blur = rng.uniform(size=n) ** (1 / hard)
    labels, chances = drawn(n, rng, scale=1.8)
    blurred = blur > 0.6
    labels = np.where(blurred & (rng.uniform(size=n) < 0.35), rng.integers(0, 4, n), labels)
    return labels, chances, blur


def profile_of(labels: np.ndarray, chances: np.ndarray, blur: np.ndarray) -> Profile:
    n = len(labels)
    return Profile(
        ProfileAbout(NAMES, ("blur",), "float", "e" * 64, {}, bundle="c" * 64),
        np.where(np.arange(n) % 2, "calib", "test"),
        blur[:, None], chances.max(axis=1), labels, chances.argmax(axis=1), chances, np.zeros(n, bool),
        np.zeros(n, np.int8), np.arange(n),
    )  # fmt: skip


def window_of(chances: np.ndarray, blur: np.ndarray, keys: int = 200) -> Window:
    n = len(chances)
    zero = np.zeros(n, np.int8)
    return Window(
        WindowBounds(), NAMES, ("blur",), np.arange(n).astype("datetime64[ms]"), blur[:, None], chances.max(axis=1),
        chances.argmax(axis=1), chances, zero > 0, zero > 0, zero, np.arange(n) % keys, zero, zero, zero,
        np.array([f"id{number:05}" for number in range(n)], "S36"), keys=tuple(f"k{key}" for key in range(keys)),
        arms=("champion",), versions=("stones 3",), bundles=("c" * 64,),
    )  # fmt: skip


def test_a_reference_weighted_to_be_like_the_window_knows_what_its_confidence_is_worth() -> None:
    profile = profile_of(*world(4000, 0, hard=1.0))
    labels, chances, blur = world(4000, 1, hard=3.0)
    window, truth = window_of(chances, blur), float((labels == chances.argmax(axis=1)).mean())
    made = window_estimates(window, SliceLabels(), profile, resampling=HOW).of("accuracy", CONFIDENCE_BASED)
    even = window_estimates(window, SliceLabels(), replace(profile, statistics=np.zeros((4000, 1))), resampling=HOW)
    unweighted = even.of("accuracy", CONFIDENCE_BASED)
    assert abs(made.value - truth) < 0.02 < unweighted.value - truth
    assert made.lower < truth < made.upper
    assert fit_reference(profile, window).like.used


def test_labels_of_the_slice_give_two_more_estimates_and_what_could_not_be_drawn_is_named() -> None:
    labels, chances, blur = world(1000, 2, hard=1.0)
    window = window_of(chances, blur)
    ids = window.id_list()
    known = {ids[row]: NAMES[labels[row]] for row in range(0, 600, 6)}
    slice_of = SliceLabels({**known, ids[1]: "not_this_kind"}, frozenset(ids[:600]), chosen=4)
    made = window_estimates(window, slice_of, resampling=HOW)
    right = [labels[row] == chances[row].argmax() for row in range(0, 600, 6)]
    assert made.of("accuracy", REALISED).value == pytest.approx(np.mean(right))
    powered = made.of("accuracy", PREDICTION_POWERED)
    assert (powered.n, powered.labels) == (600, 100)
    notes = " ".join(made.notes)
    assert "No reference profile" in notes
    assert "the 600 answers whose picture was kept with consent, of 1,000" in notes
    assert "1 labelled pictures are of no class of the model" in notes
    assert "4 reviewed answers do not count" in notes


def test_without_answers_or_labels_it_is_said() -> None:
    _, chances, blur = world(50, 3, hard=1.0)
    empty = window_estimates(window_of(chances, blur).rows(np.zeros(50, bool)), SliceLabels())
    assert empty.estimates == ()
    assert empty.notes == ("There are no answers in this window.",)
    made = window_estimates(window_of(chances, blur), SliceLabels())
    assert {each.method for each in made.estimates} == {CONFIDENCE_BASED}
    assert any("nothing is seen of a change" in note for note in made.notes)


def test_answers_of_another_bundle_than_the_reference_are_named() -> None:
    profile = profile_of(*world(400, 4, hard=1.0))
    _, chances, blur = world(100, 5, hard=1.0)
    two = replace(window_of(chances, blur), bundle=(np.arange(100) < 30).astype(int), bundles=("c" * 64, "d" * 64))
    notes = " ".join(window_estimates(two, SliceLabels(), profile).notes)
    assert "30 of 100 answers are of other bundles than the reference" in notes
