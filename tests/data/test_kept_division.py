"""A kept division: known images stay where they were, new ones go to train, and the test set has the digest it had."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.data.kept_division import keep_division
from assay.data.manifest import Manifest
from assay.data.splits import assign_splits
from assay.errors import DataError


def manifest(ids: list[str], *, splits: dict[str, str] | None = None, groups: dict[str, str] | None = None) -> Manifest:
    table = pd.DataFrame(
        {
            "id": ids,
            "path": [f"/photos/{name}.png" for name in ids],
            "label": [-1 if (splits or {}).get(name) == "unlabelled" else int(name[1:]) % 2 for name in ids],
            "split": [(splits or {}).get(name, "") for name in ids],
            "group": [(groups or {}).get(name, name) for name in ids],
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
    return Manifest(table, ("even", "odd"))


def names(first: int, last: int) -> list[str]:
    return [f"p{index}" for index in range(first, last)]


def as_it_is(listed: Manifest) -> Manifest:
    return listed


def copies(*pairs: tuple[str, str]) -> Callable[[Manifest], Manifest]:
    """Gives both pictures of a pair the group of the first by name, as the search for copies does."""

    def grouped(listed: Manifest) -> Manifest:
        group = listed.table.set_index("id")["group"].to_dict()
        for one, other in pairs:
            name = min(group[one], group[other])
            group[one] = group[other] = name
        return replace(listed, table=listed.table.assign(group=listed.table["id"].map(group)))

    return grouped


def split_of(divided: Manifest) -> dict[str, str]:
    return dict(zip(divided.table["id"], divided.table["split"], strict=True))


@settings(deadline=None, max_examples=12)
@given(first=st.integers(20, 60), more=st.integers(0, 40), seed=st.integers(0, 9), gone=st.integers(0, 5))
def test_what_is_known_stays_and_what_is_new_is_learned_from(first: int, more: int, seed: int, gone: int) -> None:
    before = assign_splits(manifest(names(0, first)), seed=seed)
    removed = before.table["id"][before.table["split"] == "train"].tolist()[:gone]
    now = manifest([name for name in names(0, first + more) if name not in removed])

    divided = keep_division(now, before, as_it_is, where="data.division=3f2a")

    assert divided.only("test").digest == before.only("test").digest
    known, splits = split_of(before), split_of(divided)
    assert {name: splits[name] for name in splits if name in known} == {
        name: split for name, split in known.items() if name not in removed
    }
    assert {splits[name] for name in names(first, first + more)} <= {"train"}


def test_without_anything_new_the_manifest_is_the_recorded_one() -> None:
    before = assign_splits(manifest(names(0, 40), groups={"p3": "p1", "p5": "p1"}))
    assert keep_division(manifest(names(0, 40)), before, as_it_is, where="").digest == before.digest


def test_a_new_copy_of_what_is_measured_on_is_left_out_and_one_of_a_training_image_joins_its_group() -> None:
    splits = {"p0": "test", "p1": "test", "p2": "calib", "p3": "val", "p4": "train", "p5": "train"}
    before = manifest(names(0, 6), splits=splits, groups={"p4": "a wafer"})
    now = manifest(names(0, 12))

    divided = keep_division(now, before, copies(("p0", "p6"), ("p2", "p8"), ("p4", "p10"), ("p9", "p11")), where="")

    assert sorted(set(divided.table["id"]) - set(before.table["id"])) == ["p10", "p11", "p7", "p9"]
    assert dict(divided.excluded.itertuples(index=False)) == {
        "/photos/p6.png": "a copy of an image in test",
        "/photos/p8.png": "a copy of an image in calib",
    }
    groups = divided.table.set_index("id")["group"]
    assert groups["p10"] == groups["p4"] == "a wafer"
    assert groups["p9"] == groups["p11"]


def test_a_chain_of_copies_that_reaches_a_test_image_is_not_learned_from() -> None:
    before = manifest(names(0, 4), splits={"p0": "test", "p1": "test", "p2": "train", "p3": "train"})
    divided = keep_division(manifest(names(0, 6)), before, copies(("p2", "p4"), ("p0", "p4")), where="")
    assert "p4" not in split_of(divided)
    assert split_of(divided)["p5"] == "train"


def test_the_name_of_a_group_that_another_one_has_is_not_shared() -> None:
    before = manifest(
        names(0, 4), splits={"p0": "test", "p1": "test", "p2": "train", "p3": "train"}, groups={"p0": "p6"}
    )
    groups = keep_division(manifest(names(0, 7)), before, as_it_is, where="").table.set_index("id")["group"]
    assert groups["p0"] == "p6" != groups["p6"]


def test_new_images_for_a_closed_split_and_those_that_were_left_out_before_stay_out() -> None:
    before = manifest(names(0, 4), splits={"p0": "test", "p1": "test", "p2": "train", "p3": "train"})
    reason = "the test set is data.reviewed_test=set"
    left_out = pd.DataFrame({"path": ["/photos/p6.png"], "reason": [reason]})
    now = manifest(names(0, 8), splits={"p4": "test", "p5": "train", "p7": "unlabelled"})

    divided = keep_division(now, replace(before, excluded=left_out), as_it_is, where="")

    assert {name: split for name, split in split_of(divided).items() if name > "p3"} == {
        "p5": "train",
        "p7": "unlabelled",
    }
    assert dict(divided.excluded.itertuples(index=False)) == {
        "/photos/p4.png": "the division that is kept has no more images for test",
        "/photos/p6.png": reason,
    }


def test_images_from_elsewhere_are_not_missed() -> None:
    before = manifest(names(0, 4), splits={"p0": "test", "p1": "test", "p2": "train", "p3": "train"})
    reviewed = replace(before, table=before.table.assign(source=["reviewed: a", "", "", ""]))
    assert "p0" not in split_of(
        keep_division(manifest(names(1, 5)), reviewed, as_it_is, where="", elsewhere="reviewed")
    )


@pytest.mark.parametrize(
    ("now", "message"),
    [
        (
            manifest(names(1, 4)),
            r"1 of its 2 test images are not in the dataset \(first: /photos/p0.png\); put them back",
        ),
        (replace(manifest(names(0, 4)), class_names=("even", "other")), "divides the classes even, odd, and"),
    ],
)
def test_a_test_set_that_cannot_be_the_same_is_refused(now: Manifest, message: str) -> None:
    before = manifest(names(0, 4), splits={"p0": "test", "p1": "test", "p2": "train", "p3": "train"})
    with pytest.raises(DataError, match=message):
        keep_division(now, before, as_it_is, where="data.division=3f2a")


def test_another_label_of_a_test_image_is_refused_and_of_a_training_image_taken() -> None:
    before = manifest(names(0, 4), splits={"p0": "test", "p1": "test", "p2": "train", "p3": "train"})
    now = manifest(names(0, 4))
    relabelled = replace(now, table=now.table.assign(label=[0, 1, 1, 1]))
    assert keep_division(relabelled, before, as_it_is, where="").table["label"].tolist() == [0, 1, 1, 1]
    with pytest.raises(DataError, match="1 of its 2 test images have another label now"):
        keep_division(replace(now, table=now.table.assign(label=[1, 1, 0, 1])), before, as_it_is, where="")
