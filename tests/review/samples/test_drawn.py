"""A sample is drawn at random, by a seed, and knows what it stands for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from assay.errors import DataError
from assay.review.item import ReviewItem
from assay.review.samples import drawn as drawing
from assay.review.samples.drawn import draw_sample, drawn_of, set_digests
from generated_sets import generated_set

COUNTS = {("gan", "amber"): 30, ("gan", "jade"): 12, ("vae", "jade"): 25}


@pytest.fixture
def generated(tmp_path):
    return generated_set(tmp_path / "made", COUNTS)


def test_each_generator_and_class_gives_its_number_or_all_it_has(generated):
    drawn = draw_sample(generated, 20)
    assert Counter(each.stratum.title for each in drawn) == {"gan/amber": 20, "gan/jade": 12, "vae/jade": 20}
    assert {each.stratum.title: each.stratum.images for each in drawn} == {
        "gan/amber": 30,
        "gan/jade": 12,
        "vae/jade": 25,
    }
    assert len({each.path for each in drawn}) == 52
    only = draw_sample(generated, 5, generators=("gan",), classes=("jade",))
    assert {each.stratum.title for each in only} == {"gan/jade"}


def test_a_larger_sample_holds_the_smaller_and_the_order_of_the_files_changes_nothing(generated):
    small = draw_sample(generated, 5, seed=3)
    large = draw_sample(replace(generated, table=generated.table[::-1]), 12, seed=3)
    assert {each.path for each in small} < {each.path for each in large}
    assert {each.path for each in small} != {each.path for each in draw_sample(generated, 5, seed=4)}


def test_over_many_seeds_every_image_is_drawn_as_often(generated, monkeypatch):
    # What the sets are called is the same for every seed, and takes as long to say as all that is tested here.
    names = set_digests(generated)
    monkeypatch.setattr(drawing, "set_digests", lambda manifest: names)
    times = Counter(
        each.path for seed in range(400) for each in draw_sample(generated, 6, seed=seed, classes=("amber",))
    )
    # Each of 30 is drawn in 80 of 400 on average; chi-square with 29 degrees of freedom stays below 60 surely.
    assert len(times) == 30
    assert sum((count - 80) ** 2 / (80 * 0.8) for count in times.values()) < 60


def test_copies_of_one_image_stand_each_for_itself(generated):
    table = generated.table.copy()
    table.loc[table["label"] == 0, "id"] = "c" * 64
    drawn = draw_sample(replace(generated, table=table), 30, classes=("amber",))
    assert len({each.path for each in drawn}) == 30


def test_what_an_item_stands_for_is_read_back_and_an_answer_stands_for_nothing(generated):
    first = draw_sample(generated, 1, seed=2, run="r" * 32)[0]
    item = ReviewItem("plausibility", "study", shows={"picture": first.path}, hidden=first.hidden())
    assert drawn_of(item) == first
    assert item.answer == "amber"
    assert drawn_of(ReviewItem("label", "random", hidden={"label": "jade"})) is None


def test_the_sets_of_a_generator_are_all_images_and_its_own(generated):
    kinds = {each.stratum.generator: each.stratum.sets for each in draw_sample(generated, 1)}
    alone = replace(generated, table=generated.table[generated.table["generator"] == "gan"])
    assert kinds["gan"] == (generated.digest, alone.digest)
    assert kinds["gan"][0] == kinds["vae"][0]
    assert kinds["gan"][1] != kinds["vae"][1]


def test_real_images_are_no_sample_and_names_that_are_not_there_are_refused(generated):
    real = replace(generated, table=generated.table.assign(generator=""))
    with pytest.raises(DataError, match="no generated image"):
        draw_sample(real, 5)
    with pytest.raises(DataError, match="did you mean gan"):
        draw_sample(generated, 5, generators=("gam",))
    with pytest.raises(DataError, match="has this class"):
        draw_sample(generated, 5, classes=("onyx",))
