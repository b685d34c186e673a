"""More training images: exact ratios, the same images by the same seed, and nothing outside train."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from assay.data.generated import generated_helpers
from assay.data.manifest import COLUMNS, Manifest
from assay.errors import ConfigError, DataError
from assay.synthetic.training.mixing import (
    chosen_classes,
    draw,
    refuse_generated_outside_train,
    with_generated,
    with_repeats,
)

NAMES = ("amber", "jade", "onyx")


def manifest(counts: dict[tuple[str, int], int], *, generator: str = "") -> Manifest:
    """`counts` images of each (split, label)."""
    rows = []
    for (split, label), n in counts.items():
        for index in range(n):
            name = f"{generator or 'real'}-{split}-{label}-{index:03}"
            rows.append({"id": name, "path": f"/{name}.png", "label": label, "split": split, "group": name})
    table = pd.DataFrame(rows).assign(
        source="x", generator=generator, license="", width=8, height=8, format="PNG", phash=0, flags=""
    )
    return Manifest(table.reindex(columns=list(COLUMNS)), NAMES)


REAL = manifest(
    {("train", 0): 40, ("train", 1): 9, ("train", 2): 3, ("val", 0): 5, ("calib", 1): 5, ("test", 0): 8, ("test", 2): 4}
)
MADE = manifest({("train", 0): 50, ("train", 1): 50, ("train", 2): 5}, generator="gan")


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(0.5, {0: 20, 1: 5, 2: 2}), (1, {0: 40, 1: 9, 2: 3}), (0, {}), (1.25, {0: 50, 1: 11, 2: 4})],
)
def test_every_class_gets_its_ratio_of_its_real_training_images(ratio, expected) -> None:
    drawn, added = draw(MADE, REAL.only("train"), range(3), ratio, seed=0)
    assert Counter(drawn.labels.tolist()) == expected
    assert [(one.real, one.added) for one in added] == [
        (count, expected.get(label, 0)) for label, count in enumerate((40, 9, 3))
    ]


def test_a_class_with_too_few_generated_images_takes_all_and_says_so() -> None:
    drawn, added = draw(MADE, REAL.only("train"), [2], 4, seed=0)
    assert len(drawn) == 5
    assert (added[0].asked, added[0].available, added[0].added) == (12, 5, 5)
    everything, _ = draw(MADE, REAL.only("train"), range(3), None, seed=0)
    assert len(everything) == 105


def test_a_class_without_real_or_without_generated_images_gets_none() -> None:
    real = manifest({("train", 0): 4, ("train", 1): 4, ("test", 0): 1})
    made = manifest({("train", 1): 4, ("train", 2): 4}, generator="gan")
    drawn, added = draw(made, real.only("train"), range(3), 1, seed=0)
    assert Counter(drawn.labels.tolist()) == {1: 4}
    assert [(one.asked, one.added) for one in added] == [(4, 0), (4, 4), (0, 0)]


def test_a_draw_depends_on_the_seed_alone_and_grows_with_the_ratio() -> None:
    backwards = Manifest(MADE.table.iloc[::-1], NAMES)
    first, _ = draw(MADE, REAL.only("train"), range(3), 1, seed=3)
    again, _ = draw(backwards, REAL.only("train"), range(3), 1, seed=3)
    half, _ = draw(MADE, REAL.only("train"), range(3), 0.5, seed=3)
    other, _ = draw(MADE, REAL.only("train"), range(3), 1, seed=4)
    assert set(first.ids) == set(again.ids) != set(other.ids)
    assert set(half.ids) < set(first.ids)


def test_only_train_grows_and_only_the_digest_of_the_dataset_changes() -> None:
    drawn, _ = draw(MADE, REAL.only("train"), range(3), 1, seed=0)
    mixed = with_generated(REAL, drawn)
    for split in ("val", "calib", "test"):
        assert mixed.only(split).digest == REAL.only(split).digest
    assert mixed.digest != REAL.digest
    added = mixed.table[mixed.table["generator"] == "gan"]
    assert set(added["split"]) == {"train"}
    assert (added["group"] == added["id"]).all()
    assert len(mixed) == len(REAL) + 52


def test_a_generated_image_in_test_is_refused() -> None:
    with pytest.raises(DataError, match="another split than train"):
        with_generated(REAL, manifest({("test", 0): 1}, generator="gan"))
    mixed = Manifest(pd.concat([REAL.table, manifest({("calib", 0): 1}, generator="gan").table]), NAMES)
    with pytest.raises(DataError, match="in calib, by gan"):
        refuse_generated_outside_train(mixed)
    refuse_generated_outside_train(with_generated(REAL, MADE))


def test_an_image_of_the_dataset_is_no_generated_one() -> None:
    disguised = MADE.table.assign(id=REAL.table["id"].iloc[0]).iloc[:1]
    with pytest.raises(DataError, match="also images of the dataset"):
        with_generated(REAL, Manifest(disguised, NAMES))


@pytest.mark.parametrize(("ratio", "expected"), [(1, 18), (2, 27), (0.5, 14), (2.5, 32), (0, 9)])
def test_repeats_show_each_image_equally_often_but_for_a_rest(ratio, expected) -> None:
    repeated = with_repeats(REAL, [1], ratio, seed=0)
    shown = Counter(repeated.only("train").table["id"][repeated.only("train").labels == 1])
    assert sum(shown.values()) == expected
    assert set(shown.values()) <= {int(1 + ratio), int(np.ceil(1 + ratio))}
    assert repeated.only("test").digest == REAL.only("test").digest
    assert len(repeated) - len(REAL) == expected - 9


def test_repeats_are_as_many_as_generated_images_of_the_same_ratio() -> None:
    many = manifest({("train", label): 500 for label in range(3)}, generator="gan")
    for ratio in (0.5, 1, 1.7, 2):
        mixed = with_generated(REAL, draw(many, REAL.only("train"), range(3), ratio, seed=0)[0])
        repeated = with_repeats(REAL, range(3), ratio, seed=0)
        assert Counter(mixed.labels.tolist()) == Counter(repeated.labels.tolist())


def test_classes_by_name_by_rarity_and_all() -> None:
    train = REAL.only("train")
    assert chosen_classes(train, "all") == [0, 1, 2]
    assert chosen_classes(train, "minority") == [2], "half of an even share of 52 images is 8.7"
    assert chosen_classes(train, ["onyx", "amber"]) == [0, 2]
    with pytest.raises(ConfigError, match="did you mean jade"):
        chosen_classes(train, ["jad"])


def test_helpers_are_generated_training_images_of_classes_that_are_tested_on_real_ones() -> None:
    mixed = with_generated(REAL, MADE)
    assert generated_helpers(mixed).sum() == len(MADE)
    task = Manifest(pd.concat([mixed.table, manifest({("test", 1): 3}, generator="gan").table]), NAMES)
    assert generated_helpers(task).sum() == len(MADE) - 50
