"""What of all that was decided is trained on: nobody owns it, who misleads is held back, hard pictures do not rule."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from assay.review.labels.cap import CAPPED, largest_cap
from assay.review.labels.clients import BROWSERS, clients_of
from assay.review.labels.held_back import HELD_BACK, feedback_of_clients
from assay.review.labels.label import ReviewedLabel
from assay.review.labels.selection import ClientShare, select_labels
from assay.review.labels.weights import slice_weights, weighted
from assay.store.feedback import LABEL, RIGHT, WRONG, Feedback, keep_feedback
from assay.store.keys import create_key, rotate_key
from assay.store.subjects import add_subject
from assay.store.visitors import visitor_name
from labelled_world import LabelledWorld


@pytest.fixture
def world(store) -> LabelledWorld:
    made = LabelledWorld(store)
    made.agree()
    return made


def noise(seed: int):
    return np.random.default_rng(seed).integers(0, 256, size=(20, 24, 3), dtype=np.uint8)


def key_of(world, name="phone", subject=None):
    return world.do(create_key, (subject or world.ada).id, name, ["classify"], actor="test")[0]


def say(world, record, kind, label=""):
    assert world.do(keep_feedback, Feedback(record.id, record.subject, record.key, kind, label)) is not None


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    base=st.integers(0, 100),
    share=st.sampled_from([Fraction(1, 20), Fraction(1, 5), Fraction(1, 2), Fraction(1)]),
)
def test_the_cap_is_the_largest_by_which_no_client_has_more_than_his_share(counts, base, share):
    def holds(cap):
        taken = [min(count, cap) for count in counts]
        return all(part <= share * (base + sum(taken)) for part in taken)

    cap = largest_cap(counts, base, float(share))
    assert holds(cap)
    assert cap == max(counts) or not any(holds(more) for more in range(cap + 1, max(counts) + 1))


def test_one_client_cannot_own_the_set_and_what_it_lost_is_counted_with_the_random_slice_kept(world):
    loud, quiet = key_of(world, "loud"), key_of(world, "quiet")
    items = {}
    for seed in range(12):
        record = world.answer(noise(seed), key=(quiet if seed < 3 else loud).id)
        items[seed] = world.decide(record, random=seed == 11, kim="jade").id
    selection = select_labels(world.store, world.pictures, "train", most=4)
    names = [label.item for label in selection.gathered.labels]
    assert {items[0], items[1], items[2], items[11]} < set(names)
    assert len(names) == 7
    assert selection.gathered.reasons == {CAPPED: 5}
    assert selection.cap.reached == ("loud of ada",)
    about = selection.about()
    assert about["cap"] == {"most": 4, "clients": 2, "reached": 1, "left_out": 5}
    assert about["sources"] == {"low_confidence": 6, "random": 1}
    assert "loud" not in json.dumps(about)
    assert [
        label.item for label in select_labels(world.store, world.pictures, "train", most=4).gathered.labels
    ] == names
    share = select_labels(world.store, world.pictures, "train", most=ClientShare(0.25, 13))
    assert share.cap.most == 5  # 5 of 13 + 3 + 5 = 21 are 24 %
    assert len(select_labels(world.store, world.pictures, "train").gathered.labels) == 12


def test_keys_that_took_each_others_place_are_one_client_and_all_browsers_are_one(world):
    key = key_of(world)
    later, _ = world.do(rotate_key, key.id, actor="test", overlap_days=1)
    visitors = [world.do(add_subject, visitor_name()) for _ in range(2)]
    browsers = [key_of(world, "page", each) for each in visitors]
    records = [world.answer(noise(0), key=key.id), world.answer(noise(1), key=later.id)]
    records += [
        world.answer(noise(2 + n), subject, key=own.id)
        for n, (subject, own) in enumerate(zip(visitors, browsers, strict=True))
    ]
    clients = world.look(clients_of, [record.id for record in records])
    assert [clients[record.id].id for record in records] == [key.id, key.id, BROWSERS, BROWSERS]
    assert clients[records[0].id].name == "phone of ada"


def test_a_client_who_misleads_is_held_back_and_named_and_an_honest_one_who_errs_is_not(world):
    liar, honest = key_of(world, "liar"), key_of(world, "honest")
    for seed in range(12):
        record = world.answer(noise(seed), key=liar.id)
        world.decide(record, kim="jade")
        say(world, record, *((WRONG,) if seed % 2 else (LABEL, "onyx")))
    for seed in range(12, 22):
        record = world.answer(noise(seed), key=honest.id)
        world.decide(record, kim="onyx" if seed % 2 else "jade")
        say(
            world,
            record,
            *((LABEL, "onyx") if seed % 2 else (RIGHT,)) if seed > 13 else (RIGHT,) if seed % 2 else (WRONG,),
        )
    selection = select_labels(world.store, world.pictures, "train")
    assert selection.held == ("liar of ada",)
    first, second = selection.clients
    assert (first.compared, first.disagreed, second.compared, second.disagreed) == (12, 12, 10, 2)
    expected = binomtest(12, 12, 0.2, alternative="greater").pvalue
    assert first.p_value == pytest.approx(2 * expected)
    assert second.p_value == pytest.approx(min(1.0, 2 * binomtest(2, 10, 0.2, alternative="greater").pvalue))
    assert selection.gathered.reasons == {HELD_BACK: 12}
    assert len(selection.gathered.labels) == 10
    assert select_labels(world.store, world.pictures, "test").clients == ()


def test_what_a_client_proposes_is_no_label_and_weighs_nothing_before_reviewers_have_decided(world):
    key = key_of(world)
    for seed in range(12):
        say(world, world.answer(noise(seed), key=key.id), LABEL, "onyx")
    selection = select_labels(world.store, world.pictures, "train")
    assert selection.gathered.labels == ()
    assert world.look(lambda c: feedback_of_clients(c, {})) == []


def label(number: int, confidence: float | None, right: bool, drawn: bool) -> ReviewedLabel:
    made = ReviewedLabel(
        f"{number}", "p", "jade", "agreed", 2, True, "", "label", "", "random" if drawn else "low_confidence", drawn,
        "m", "1", "b", "jade" if right else "onyx", confidence, "1",
    )  # fmt: skip
    return replace(made, item=str(number))


def test_weights_bring_the_mean_of_what_is_trained_on_back_to_that_of_what_is_answered():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.4, 1.0, 60_000)
    right = rng.uniform(size=60_000) < confidence
    drawn = rng.uniform(size=60_000) < 0.05
    queued = ~drawn & (
        ((confidence < 0.6) & (rng.uniform(size=60_000) < 0.15)) | (~right & (rng.uniform(size=60_000) < 0.1))
    )
    labels = [label(n, float(confidence[n]), bool(right[n]), bool(drawn[n])) for n in np.flatnonzero(drawn | queued)]
    made = weighted(labels, slice_weights(labels, labels))
    weights = np.array([each.weight for each in made])
    errors = np.array([each.label != each.answer for each in made])
    unsure = np.array([(each.confidence or 0) < 0.6 for each in made])
    assert weights.mean() == pytest.approx(1.0, abs=1e-3)
    assert np.average(errors) > 1.35 * (~right).mean()
    assert np.average(errors, weights=weights) == pytest.approx((~right).mean(), abs=0.02)
    assert np.average(unsure) > 1.3 * (confidence < 0.6).mean()
    assert np.average(unsure, weights=weights) == pytest.approx((confidence < 0.6).mean(), abs=0.02)


def test_a_slice_of_a_handful_weighs_nothing_and_no_label_counts_more_than_its_limit():
    few = [label(n, 0.9, True, n < 5) for n in range(40)]
    assert {each.weight for each in weighted(few, slice_weights(few, few))} == {1.0}
    many = [label(n, 0.95, True, True) for n in range(12)] + [label(n, 0.3, False, False) for n in range(12, 400)]
    made = weighted(many, slice_weights(many, many))
    ratio = made[0].weight / made[-1].weight
    assert ratio == pytest.approx(16.0, rel=1e-3)
    assert [each.weight for each in weighted([label(0, None, True, False)], slice_weights(many, many))] == [1.0]
