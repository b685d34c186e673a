import logging
import re
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.data.manifest import Manifest
from assay.data.splits import assign_splits
from assay.data.stratified import divide
from assay.errors import ConfigError, DataError

unhurried = settings(deadline=None, max_examples=40)

SHARES = {"train": 0.6, "val": 0.1, "calib": 0.1, "test": 0.2}


def manifest(labels: list[int], groups: list[str] | None = None, splits: list[str] | None = None) -> Manifest:
    ids = [f"{index:08d}" for index in range(len(labels))]
    table = pd.DataFrame(
        {
            "id": ids,
            "path": ids,
            "label": labels,
            "split": splits or "",
            "group": groups or ids,
            "source": "",
            "generator": "",
            "license": "",
            "width": 1,
            "height": 1,
            "format": "PNG",
            "phash": 0,
            "flags": "",
        }
    )
    return Manifest(table, tuple(f"class {index}" for index in range(max(labels) + 1)))


def per_class(divided: Manifest) -> pd.DataFrame:
    return pd.crosstab(divided.table["label"], divided.table["split"])


def split_of(divided: Manifest) -> dict[str, str]:
    return dict(zip(divided.table["id"], divided.table["split"], strict=True))


def test_the_solar_cells_are_divided_as_their_shares_say() -> None:
    counts = [1508, 295, 106, 715]
    divided = assign_splits(manifest(np.repeat(range(4), counts).tolist()))
    for split, share in SHARES.items():
        ideal = np.array(counts) * share
        assert (np.abs(per_class(divided)[split] - ideal) < 1).all()


many_labels = st.lists(st.integers(1, 60), min_size=2, max_size=8).map(
    lambda counts: np.repeat(range(len(counts)), np.array(counts) + 9).tolist()
)


@unhurried
@given(labels=many_labels, seed=st.integers(0, 5))
def test_single_images_are_divided_exactly_but_for_rounding(labels: list[int], seed: int) -> None:
    divided = assign_splits(manifest(labels), seed=seed)
    counts = np.bincount(labels)
    for split, share in SHARES.items():
        found = per_class(divided)[split].to_numpy()
        assert (found >= np.floor(np.round(counts * share, 9))).all()
        assert (found <= np.ceil(np.round(counts * share, 9))).all()
        assert abs(found.sum() - counts.sum() * share) < 2


@unhurried
@given(
    seed=st.integers(0, 5), order=st.randoms(use_true_random=False), groups=st.lists(st.integers(0, 30), min_size=60)
)
def test_the_order_of_the_rows_changes_nothing(seed: int, order, groups: list[int]) -> None:
    labels = [index % 3 for index in range(len(groups))]
    whole = manifest(labels, [f"g{group}" for group in groups])
    rows = list(range(len(labels)))
    order.shuffle(rows)
    shuffled = Manifest(whole.table.iloc[rows], whole.class_names)
    try:
        first = assign_splits(whole, seed=seed)
    except (ConfigError, DataError) as error:
        with pytest.raises(type(error)):
            assign_splits(shuffled, seed=seed)
        return
    assert split_of(assign_splits(shuffled, seed=seed)) == split_of(first)


@unhurried
@given(
    groups=st.lists(st.integers(0, 25), min_size=1, max_size=150),
    labels=st.randoms(use_true_random=False),
    shares=st.lists(st.floats(0.05, 1), min_size=2, max_size=5),
)
def test_a_group_never_straddles_and_every_class_is_in_the_first_part(groups, labels, shares) -> None:
    label = np.array([labels.randrange(4) for _ in groups])
    names = [f"g{group}" for group in groups]
    part = divide(label, names, shares, 0)
    table = pd.DataFrame({"group": names, "part": part, "label": label})
    assert (table.groupby("group")["part"].nunique() == 1).all()
    assert ((part >= 0) & (part < len(shares))).all()
    assert set(label[part == 0]) == set(label)


@unhurried
@given(sizes=st.lists(st.integers(1, 4), min_size=60, max_size=200), seed=st.integers(0, 3))
def test_small_groups_keep_the_shares(sizes: list[int], seed: int) -> None:
    groups = np.repeat([f"g{index}" for index in range(len(sizes))], sizes)
    labels = np.repeat(np.arange(len(sizes)) % 3, sizes)
    part = divide(labels, groups, list(SHARES.values()), seed)
    for label in range(3):
        found = np.bincount(part[labels == label], minlength=4)
        ideal = (labels == label).sum() * np.array(list(SHARES.values()))
        assert np.abs(found - ideal).max() <= 4


def test_classes_of_three_equal_groups_reach_every_split() -> None:
    labels = np.repeat(range(50), 30).tolist()
    groups = [f"{index // 10}" for index in range(1500)]
    divided = assign_splits(manifest(labels, groups))
    found = divided.table["split"].value_counts() / 1500
    for split, share in SHARES.items():
        assert found[split] == pytest.approx(share, abs=0.02)


def test_groups_of_mixed_classes_keep_the_shares_of_each_class() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 200, 3000)
    labels = rng.choice(4, 3000, p=[0.5, 0.3, 0.15, 0.05])
    divided = assign_splits(manifest(labels.tolist(), [f"g{group}" for group in groups]))
    shares = per_class(divided).div(np.bincount(labels), axis=0)
    for split, share in SHARES.items():
        assert np.abs(shares[split] - share).max() < 0.04


def test_another_seed_gives_another_division() -> None:
    labels = [0, 1] * 50
    assert split_of(assign_splits(manifest(labels), seed=0)) != split_of(assign_splits(manifest(labels), seed=1))


def test_one_more_image_moves_few_others() -> None:
    labels = [0, 1] * 500
    before, after = (split_of(assign_splits(manifest(labels + more))) for more in ([], [0]))
    assert sum(after[image] != split for image, split in before.items()) <= 4


def test_val_and_calib_are_taken_out_of_train_when_train_and_test_are_given() -> None:
    splits = ["train"] * 80 + ["test"] * 20
    divided = assign_splits(manifest([0, 1] * 50, splits=splits))
    assert (divided.table["split"][80:] == "test").all()
    assert divided.table["split"].value_counts().to_dict() == {"train": 60, "val": 10, "calib": 10, "test": 20}


def test_given_splits_are_kept_and_only_the_rest_is_divided() -> None:
    splits = ["val"] * 10 + ["calib"] * 10 + ["test"] * 10 + ["ood"] * 4 + ["train"] * 40 + [""] * 26
    divided = assign_splits(manifest([0, 1] * 50, splits=splits))
    expected = splits[:74] + ["train"] * 26
    assert divided.table["split"].tolist() == expected


def test_unassigned_images_join_train_and_the_missing_splits_only() -> None:
    splits = ["test"] * 20 + [""] * 80
    divided = assign_splits(manifest([0, 1] * 50, splits=splits))
    assert divided.table["split"].value_counts().to_dict() == {"train": 60, "val": 10, "calib": 10, "test": 20}


def test_an_image_follows_its_copy_into_a_given_split() -> None:
    splits = ["test"] * 10 + [""] * 50
    groups = [f"{index}" for index in range(60)]
    groups[40] = groups[3]
    divided = assign_splits(manifest([0, 1] * 30, groups, splits))
    assert divided.table["split"][40] == "test"


@pytest.mark.parametrize("split", ["val", "calib", "test"])
def test_a_share_of_nought_is_refused_before_any_work(split: str) -> None:
    shares = {"train": 0.8, "val": 0.1, "calib": 0.1, "test": 0.1} | {split: 0.0}
    with pytest.raises(DataError, match=f"data.split.{split}=0 leaves no image for {split}"):
        assign_splits(manifest([0, 1] * 50), **shares)


@pytest.mark.parametrize(("given", "why"), [("train", "nothing of it is held out"), ("test", "it is not trained on")])
def test_a_class_in_one_split_alone_is_refused(given: str, why: str) -> None:
    whole = manifest([0, 1] * 20 + [2] * 4)
    splits = ["train", "train", "val", "val", "calib", "calib", "test", "test"] * 5 + [given] * 4
    table = whole.table.assign(split=splits)
    with pytest.raises(DataError, match=f"class 2 .*all of its images in {given} .4 in {given}.: {why}"):
        assign_splits(replace(whole, table=table))


def test_classes_that_are_given_for_train_alone_are_refused_although_val_is_taken_out_of_train() -> None:
    whole = manifest([0, 1] * 20 + [2] * 8 + [3] * 9)
    table = whole.table.assign(split=["train", "train", "test", "test"] * 10 + ["train"] * 17)
    with pytest.raises(DataError, match=r"class 2 .*\(8 in train\): nothing .*\n.*class 3 .*\(9 in train"):
        assign_splits(replace(whole, table=table))


def test_every_image_is_tested_in_one_fold() -> None:
    whole = manifest(np.repeat(range(4), [43, 17, 5, 100]).tolist())
    tests = [split_of(assign_splits(whole, fold=fold, folds=5)) for fold in range(5)]
    for image in whole.ids:
        assert sum(split[image] == "test" for split in tests) == 1
    for fold in range(5):
        counts = per_class(assign_splits(whole, fold=fold, folds=5))
        assert (np.abs(counts["test"] - np.array([43, 17, 5, 100]) / 5) < 1).all()
        assert abs(counts["test"].sum() - 33) <= 1
        assert (counts["train"] > 0).all()


@settings(deadline=None, max_examples=15)
@given(groups=st.lists(st.integers(0, 40), min_size=120, max_size=200), seed=st.integers(0, 3))
def test_folds_keep_groups_whole(groups: list[int], seed: int) -> None:
    labels = [index % 2 for index in range(len(groups))]
    whole = manifest(labels, [f"g{group}" for group in groups])
    try:
        parts = [assign_splits(whole, seed=seed, fold=fold, folds=3).table for fold in range(3)]
    except (ConfigError, DataError):
        return
    for table in parts:
        assert (table.groupby("group")["split"].nunique() == 1).all()
    tested = sum((table["split"] == "test").astype(int) for table in parts)
    assert (tested == 1).all()


def test_a_fold_and_their_number_are_typed_together() -> None:
    with pytest.raises(ConfigError, match="belong together") as caught:
        assign_splits(manifest([0, 1] * 20), fold=0)
    typed = dict(re.findall(r"data\.(\w+)=(\d)", str(caught.value)))
    assign_splits(manifest([0, 1] * 20), **{key: int(value) for key, value in typed.items()})


def test_more_folds_than_images_of_a_class_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"data.folds=5: class class 1 has 4 images that share no group"):
        assign_splits(manifest([0] * 20 + [1] * 4), fold=0, folds=5)


@pytest.mark.parametrize(("fold", "folds"), [(5, 5), (-1, 5), (0, 1), (None, 5), (2, None)])
def test_a_fold_that_is_not_there_is_refused(fold: int | None, folds: int | None) -> None:
    with pytest.raises(ConfigError, match=r"data\.fold"):
        assign_splits(manifest([0, 1] * 20), fold=fold, folds=folds)


def test_folds_of_a_dataset_with_its_own_test_split_are_refused() -> None:
    with pytest.raises(ConfigError, match="gives the split test"):
        assign_splits(manifest([0, 1] * 20, splits=["test"] * 4 + [""] * 36), fold=0, folds=2)


@pytest.mark.parametrize("shares", [{"train": 0.7}, {"val": -0.1, "test": 0.4}, {"train": 0.0, "test": 0.8}])
def test_shares_that_are_none_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"data\.split: shares must add up to 1"):
        assign_splits(manifest([0, 1] * 20), **shares)


def test_a_single_class_is_refused() -> None:
    with pytest.raises(DataError, match="needs two classes; all 20 images are of one: class 0"):
        assign_splits(manifest([0] * 20))


def test_a_class_with_one_image_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="class class 1 has one image and cannot be both learned and tested"):
        assign_splits(manifest([0] * 20 + [1] + [2] * 20))


def test_a_class_of_copies_alone_is_refused_as_such() -> None:
    whole = manifest([0] * 20 + [1] * 5)
    first = str(whole.ids[20])
    copied = whole.table.assign(group=[*whole.table["group"][:20], *[first] * 5])
    with pytest.raises(
        DataError, match=r"class class 1 has 5 images, all copies of one picture by data\.copies, and"
    ) as no:
        assign_splits(replace(whole, table=copied))
    assert str(no.value).endswith("type data.copies=pixels, which takes the same pixels alone for copies")


def test_a_class_whose_images_are_one_group_is_refused() -> None:
    groups = [f"{index}" for index in range(20)] + ["same"] * 5
    with pytest.raises(DataError, match="class class 1 has 5 images, all of one group"):
        assign_splits(manifest([0] * 20 + [1] * 5, groups))


def test_a_split_without_any_image_is_refused() -> None:
    with pytest.raises(DataError, match="gets none of 4 images"):
        assign_splits(manifest([0, 0, 1, 1]))


def test_classes_too_small_for_every_split_are_said(caplog) -> None:
    with caplog.at_level(logging.WARNING):
        assign_splits(manifest([0] * 100 + [1] * 3))
    assert "has no image of 1 of 2 classes (first: class 1)" in caplog.text


def test_ten_thousand_classes_keep_the_shares() -> None:
    whole = manifest(np.repeat(range(10_000), 6).tolist())
    divided = assign_splits(whole)
    found = divided.table["split"].value_counts() / len(whole)
    for split, share in SHARES.items():
        assert found[split] == pytest.approx(share, abs=1e-3)
    assert (per_class(divided)["train"] >= 3).all()


def test_twice_as_many_classes_are_twice_as_much_work() -> None:
    few, many = (manifest(np.repeat(range(classes), 6).tolist()) for classes in (300, 600))
    assert lines_run(lambda: assign_splits(many)) < 2.2 * lines_run(lambda: assign_splits(few))


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python a call goes through, those of libraries too."""
    lines = 0

    def trace(frame: object, event: str, argument: object) -> Callable[..., object]:
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("how", [{}, {"fold": 1, "folds": 5}])
def test_unlabelled_pictures_keep_their_split_and_move_no_other(how: dict[str, int]) -> None:
    labels = [0, 1] * 50
    alone = manifest(labels)
    asked = alone.table.iloc[:7].assign(label=-1, split="unlabelled", id=[f"asked {index}" for index in range(7)])
    both = replace(alone, table=pd.concat([alone.table, asked]))
    divided = assign_splits(both, **how)
    assert divided.digest == assign_splits(alone, **how).digest
    assert divided.table["split"][100:].tolist() == ["unlabelled"] * 7
