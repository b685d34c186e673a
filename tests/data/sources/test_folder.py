import json
import os
import shlex
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from assay.data.splits import assign_splits
from assay.errors import DataError


def build(root: Path, cache: Path, **options: object) -> Manifest:
    return FolderSource(str(root), **options).build(cache)


def named(manifest: Manifest) -> dict[str, str]:
    """File name to class name."""
    names = [manifest.class_names[label] for label in manifest.labels]
    return dict(zip([path.name for path in manifest.paths], names, strict=True))


def reasons(manifest: Manifest) -> dict[str, str]:
    return {Path(path).name: reason for path, reason in manifest.excluded.itertuples(index=False)}


@pytest.fixture
def animals(tmp_path: Path, draw) -> Path:
    for index in range(3):
        draw(f"animals/cat/{index}.png")
        draw(f"animals/dog/{index}.png")
    return tmp_path / "animals"


def test_each_folder_is_a_class(animals: Path, cache: Path, draw) -> None:
    draw("animals/dog/puppies/2021/p.png")
    manifest = build(animals, cache)
    assert manifest.class_names == ("cat", "dog")
    assert manifest.table["label"].tolist() == [0] * 3 + [1] * 4
    assert set(manifest.table["split"]) == {""}
    assert set(manifest.table["source"]) == {"animals"}
    assert (manifest.table["group"] == manifest.table["id"]).all()
    assert all(path.is_absolute() for path in manifest.paths)


def test_a_root_relative_to_here_or_home_is_found(animals: Path, cache: Path, monkeypatch) -> None:
    monkeypatch.chdir(animals.parent)
    assert len(build(Path("animals"), cache)) == 6
    monkeypatch.setenv("HOME", str(animals.parent))
    assert len(FolderSource("~/animals").build(cache)) == 6


def test_split_folders_give_splits_under_their_usual_names(tmp_path: Path, cache: Path, draw) -> None:
    for folder in ("train", "Validation", "calib", "testing"):
        draw(f"d/{folder}/cat/1.png")
        draw(f"d/{folder}/dog/1.png")
    manifest = build(tmp_path / "d", cache)
    assert manifest.counts().to_dict() == {s: {"cat": 1, "dog": 1} for s in ("train", "val", "calib", "test")}


def test_split_folders_beside_class_folders_are_refused(tmp_path: Path, cache: Path, draw) -> None:
    for name in ("train/cat/1.png", "test/cat/1.png", "cat/1.png"):
        draw(f"d/{name}")
    with pytest.raises(DataError, match=r"split folders \(test, train\) beside other folders \(cat\)"):
        build(tmp_path / "d", cache)


def test_a_class_may_be_called_train(tmp_path: Path, cache: Path, draw) -> None:
    draw("d/train/1.png")
    draw("d/bus/1.png")
    assert build(tmp_path / "d", cache).class_names == ("bus", "train")


def test_class_names_that_are_numbers_are_sorted_by_value(tmp_path: Path, cache: Path, draw) -> None:
    for name in ("10", "9", "-1", "2"):
        draw(f"d/{name}/1.png")
    assert build(tmp_path / "d", cache).class_names == ("-1", "2", "9", "10")


def test_classes_are_taken_in_the_order_given(tmp_path: Path, cache: Path, draw) -> None:
    for name in ("low", "high", "middle"):
        draw(f"d/{name}/{name}.png")
    manifest = build(tmp_path / "d", cache, classes=["low", "middle", "high"], ordered=True)
    assert manifest.class_names == ("low", "middle", "high")
    assert manifest.ordered
    assert named(manifest) == {"low.png": "low", "middle.png": "middle", "high.png": "high"}
    with pytest.raises(DataError, match=r"'middle' is not among the classes; .*options: high, low"):
        build(tmp_path / "d", cache, classes=["low", "high"])


def test_thai_and_emoji_names_work_in_both_unicode_forms(tmp_path: Path, cache: Path, draw) -> None:
    draw("พระเครื่อง/แท้/พระ ๑.png")
    draw("พระเครื่อง/😀/🪷.png")
    draw(f"พระเครื่อง/{unicodedata.normalize('NFC', 'café')}/1.png")
    draw(f"พระเครื่อง/{unicodedata.normalize('NFD', 'café')}/2.png")
    manifest = build(tmp_path / "พระเครื่อง", cache)
    assert manifest.class_names == ("café", "แท้", "😀")
    assert named(manifest)["2.png"] == "café"
    manifest.save(tmp_path / "m.parquet")
    assert Manifest.load(tmp_path / "m.parquet").digest == manifest.digest


def test_a_name_that_is_not_utf8_is_said(animals: Path, cache: Path, draw) -> None:
    draw("animals/cat/x.png").rename(os.fsdecode(os.fsencode(animals) + b"/cat/caf\xe9.png"))
    with pytest.raises(DataError, match=r"caf\\xe9.png: the file name is not UTF-8"):
        build(animals, cache)
    assert len(build(animals, cache, on_error="skip")) == 6


def test_hidden_files_are_nothing_and_other_files_are_recorded(animals: Path, cache: Path) -> None:
    for name in (".DS_Store", ".git/x.png", "cat/._0.png", "__MACOSX/cat/0.png"):
        (animals / name).parent.mkdir(exist_ok=True, parents=True)
        (animals / name).write_bytes(b"x")
    for name in ("README.txt", "cat/Thumbs.db", "dog/notes"):
        (animals / name).write_bytes(b"x")
    manifest = build(animals, cache)
    assert len(manifest) == 6
    system = "of the system or another program"
    assert reasons(manifest) == {
        "README.txt": "not an image by its name (.txt)",
        "notes": "not an image by its name (no suffix)",
        **dict.fromkeys([".DS_Store", ".git", "._0.png", "__MACOSX", "Thumbs.db"], system),
    }


@pytest.mark.parametrize("place", ["", "cat"])
@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir", "lost+found", "$RECYCLE.BIN", "#recycle", ".thumbnails", ".AppleDouble"),
        *("System Volume Information", "mlruns", "wandb", "lightning_logs"),
    ],
)
def test_folders_of_systems_are_no_classes_and_their_thumbnails_no_images(
    animals: Path, cache: Path, draw, place: str, name: str
) -> None:
    (animals / place / name / "0.png").mkdir(parents=True)
    Image.new("RGB", (20, 20), "blue").save(animals / place / name / "0.png" / "SYNOPHOTO_THUMB_S.jpg")
    manifest = build(animals, cache)
    assert manifest.class_names == ("cat", "dog")
    assert len(manifest) == 6
    assert name in reasons(manifest)


def test_a_wrong_extension_works_and_an_unsupported_format_is_an_error(animals: Path, cache: Path) -> None:
    Image.new("RGB", (40, 40), "red").save(animals / "cat" / "really.gif", "JPEG")
    assert build(animals, cache).table.set_index("path").loc[str(animals / "cat" / "really.gif"), "format"] == "JPEG"
    (animals / "cat" / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(50))
    with pytest.raises(DataError, match=r"phone.heic: HEIC is not supported"):
        build(animals, cache)


@pytest.fixture
def spoilt(animals: Path) -> Path:
    whole = (animals / "cat" / "0.png").read_bytes()
    (animals / "cat" / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (animals / "cat" / "empty.jpg").write_bytes(b"")
    (animals / "dog" / "text.jpg").write_text("no picture")
    (animals / "dog" / "dangling.png").symlink_to("nowhere.png")
    (animals / "dog" / "circle.png").symlink_to("circle.png")
    os.mkfifo(animals / "dog" / "pipe.png")
    return animals


def test_bad_images_are_counted_and_named(spoilt: Path, cache: Path) -> None:
    with pytest.raises(DataError) as caught:
        build(spoilt, cache)
    message = str(caught.value)
    assert "6 of 12 images cannot be used" in message
    for said in (
        "truncated.png: damaged",
        "empty.jpg: the file is empty",
        "text.jpg: not a picture",
        "dangling.png: cannot be read (No such file or directory)",
        "circle.png: cannot be read (Too many levels of symbolic links)",
        "pipe.png: not a regular file",
        "data.on_error=skip",
    ):
        assert said in message


def test_bad_images_are_skipped_and_recorded_on_request(spoilt: Path, cache: Path, caplog) -> None:
    manifest = build(spoilt, cache, on_error="skip")
    assert len(manifest) == 6
    assert sorted(reasons(manifest)) == [
        "circle.png",
        "dangling.png",
        "empty.jpg",
        "pipe.png",
        "text.jpg",
        "truncated.png",
    ]
    assert "6 unusable files are excluded (first: " in caplog.text


def test_nothing_but_bad_images_is_an_error_even_when_skipping(tmp_path: Path, cache: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "d" / name).mkdir(parents=True)
        (tmp_path / "d" / name / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"no usable image \(first: .*: the file is empty\)"):
        build(tmp_path / "d", cache, on_error="skip")


def test_an_empty_class_folder_is_said_with_what_it_holds(animals: Path, cache: Path) -> None:
    (animals / "bird").mkdir()
    (animals / "bird" / "list.txt").write_text("x")
    with pytest.raises(DataError, match=r"bird: a class folder without images; it holds 1 × .txt"):
        build(animals, cache)
    manifest = build(animals, cache, on_error="skip")
    assert manifest.class_names == ("cat", "dog")
    assert reasons(manifest)["bird"].startswith("a class folder without images")


def test_images_outside_of_class_folders_are_not_overlooked(animals: Path, cache: Path, draw) -> None:
    draw("animals/stray.png")
    with pytest.raises(DataError, match=r"stray.png: lies in no class folder"):
        build(animals, cache)


def test_a_circle_of_folders_is_walked_once_and_said(animals: Path, cache: Path) -> None:
    (animals / "cat" / "up").symlink_to(animals, target_is_directory=True)
    (animals / "dog" / "self").symlink_to(".", target_is_directory=True)
    manifest = build(animals, cache)
    assert len(manifest) == 6
    assert reasons(manifest) == dict.fromkeys(("up", "self"), "a link to a folder that it lies in")


def test_linked_folders_and_files_are_images_like_others(animals: Path, cache: Path, draw) -> None:
    draw("elsewhere/1.png")
    (animals / "bird").symlink_to(animals.parent / "elsewhere", target_is_directory=True)
    (animals / "dog" / "linked.png").symlink_to(draw("elsewhere2/2.png"))
    assert build(animals, cache).counts().shape[0] == 3
    assert named(build(animals, cache))["linked.png"] == "dog"


def test_a_missing_or_unlabelled_root_says_what_to_do(tmp_path: Path, cache: Path, draw) -> None:
    with pytest.raises(DataError, match="no such folder"):
        build(tmp_path / "none", cache)
    loose = draw("d/1.png")
    with pytest.raises(DataError, match=r"1 images and no folders; put the images of each class in a folder"):
        build(tmp_path / "d", cache)
    with pytest.raises(DataError, match="use data=table"):
        build(loose, cache)


def test_byte_identical_images_of_one_label_are_kept_and_share_a_group(animals: Path, cache: Path) -> None:
    (animals / "cat" / "copy.png").write_bytes((animals / "cat" / "0.png").read_bytes())
    manifest = build(animals, cache)
    assert len(manifest) == 7
    assert manifest.table["group"].nunique() == 6


def test_one_image_under_two_labels_is_refused_or_dropped_with_every_copy(animals: Path, cache: Path) -> None:
    for name in ("copy.png", "copy2.png"):
        (animals / "dog" / name).write_bytes((animals / "cat" / "0.png").read_bytes())
    with pytest.raises(DataError, match=r"cat/0.png is cat, .*dog/copy.png is dog.*\n.*on_conflict=drop"):
        build(animals, cache)
    manifest = build(animals, cache, on_conflict="drop")
    assert len(manifest) == 5
    assert set(reasons(manifest)) == {"0.png", "copy.png", "copy2.png"}
    assert "cat/0.png is cat" in reasons(manifest)["copy.png"]


def test_a_copy_in_two_given_splits_is_refused_or_kept_in_test(tmp_path: Path, cache: Path, draw) -> None:
    for index in range(3):
        for label in ("cat", "dog"):
            draw(f"d/train/{label}/{index}.png")
            draw(f"d/test/{label}/{index}.png")
    twin = tmp_path / "d" / "train" / "cat" / "twin.png"
    twin.write_bytes((tmp_path / "d" / "test" / "cat" / "0.png").read_bytes())
    with pytest.raises(DataError, match=r"1 groups of images that belong together.*\n.*twin.png in train"):
        build(tmp_path / "d", cache)
    manifest = build(tmp_path / "d", cache, on_conflict="drop")
    assert manifest.counts().to_numpy().tolist() == [[3, 3], [3, 3]]
    assert "belongs together with images of the split test" in reasons(manifest)["twin.png"]


def write_metadata(folder: Path, kind: str, rows: list[dict[str, object]]) -> None:
    table = pd.DataFrame(rows)
    if kind == "csv":
        table.to_csv(folder / "metadata.csv", index=False, encoding="utf-8-sig")
    elif kind == "jsonl":
        (folder / "metadata.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    else:
        table.to_parquet(folder / "metadata.parquet")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_metadata_says_label_split_group_source_generator_and_license(
    kind: str, tmp_path: Path, cache: Path, draw
) -> None:
    rows = [
        {
            "file_name": f"images/{index}.png",
            "label": index % 3 + 8,
            "split": ["train", "valid", ""][index % 3],
            "group": f"amulet {index % 3}",
            "source": "shop",
            "generator": "sd15" if index == 4 else "",
            "license": "CC0-1.0",
            "width": 9999,
        }
        for index in range(6)
    ]
    for row in rows:
        draw(f"d/{row['file_name']}")
    draw("d/images/unlisted.png")
    write_metadata(tmp_path / "d", kind, rows)
    manifest = build(tmp_path / "d", cache)
    assert manifest.class_names == ("8", "9", "10")
    assert manifest.table["split"].tolist() == ["train", "val", ""] * 2
    assert manifest.table["group"].tolist() == ["amulet 0", "amulet 1", "amulet 2"] * 2
    assert manifest.table["generator"].tolist() == [""] * 4 + ["sd15", ""]
    assert set(manifest.table["width"]) == {36}
    assert reasons(manifest) == {"unlisted.png": f"not listed in metadata.{kind}"}


def test_metadata_in_each_split_folder(tmp_path: Path, cache: Path, draw) -> None:
    for split in ("train", "test"):
        for index in range(2):
            draw(f"d/{split}/{index}.png")
        write_metadata(tmp_path / "d" / split, "csv", [{"file_name": f"{i}.png", "label": "ab"[i]} for i in range(2)])
    assert build(tmp_path / "d", cache).counts().to_numpy().tolist() == [[1, 1], [1, 1]]


def test_file_names_that_begin_with_split_folders_give_the_split(tmp_path: Path, cache: Path, draw) -> None:
    names = ["train/a.png", "train/b.png", "test/c.png"]
    for name in names:
        draw(f"d/{name}")
    write_metadata(tmp_path / "d", "csv", [{"file_name": name, "label": name[-5]} for name in names])
    assert build(tmp_path / "d", cache).table["split"].tolist() == ["train", "train", "test"]


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "a/../../secret.png", "..", "../d2/x.png"])
def test_a_path_that_leaves_the_root_is_refused(name: str, tmp_path: Path, cache: Path, draw) -> None:
    draw("d/a.png")
    draw("secret.png")
    draw("d2/x.png")
    write_metadata(tmp_path / "d", "csv", [{"file_name": "a.png", "label": "x"}, {"file_name": name, "label": "y"}])
    with pytest.raises(DataError, match=r"1 paths leave the folder \(first: "):
        build(tmp_path / "d", cache, on_error="skip")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,label\na.png,x\n", r"no column file_name or path; did you mean file\?|no column file_name or path"),
        ("file_name,lable\na.png,x\n", r"no column label; did you mean lable\?"),
        ("file_name,label\n", "no rows"),
        ("", "no column file_name"),
        ("file_name,label\na.png,x,extra\n", "line 2 has 3 fields; the header has 2"),
        ('file_name,label\n"a.png,x\n', "cannot be read as csv"),
        ("file_name,label\n,x\n", r"1 rows have no file_name \(first: row 1\)"),
        ("file_name,label,split\na.png,x,tset\n", r"split 'tset' is unknown; did you mean test\?"),
        ("file_name,label\na.png,\n", r"a.png: has no label"),
        ("file_name,label\nb.png,x\n", r"b.png: cannot be read \(No such file"),
    ],
)
def test_metadata_that_cannot_be_used_says_what_is_wrong(
    text: str, said: str, tmp_path: Path, cache: Path, draw
) -> None:
    draw("d/a.png")
    (tmp_path / "d" / "metadata.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        build(tmp_path / "d", cache)


def test_two_metadata_tables_are_refused(tmp_path: Path, cache: Path, draw) -> None:
    draw("d/a.png")
    for kind in ("csv", "jsonl"):
        write_metadata(tmp_path / "d", kind, [{"file_name": "a.png", "label": "x"}])
    with pytest.raises(DataError, match=r"metadata.csv and metadata.jsonl; keep the one that counts"):
        build(tmp_path / "d", cache)


def test_labels_keep_their_text(tmp_path: Path, cache: Path, draw) -> None:
    labels = ["007", "8", "None", "NA", "true", "a,b"]
    for index in range(6):
        draw(f"d/{index}.png")
    rows = "".join(f'{index}.png,"{label}"\n' for index, label in enumerate(labels))
    (tmp_path / "d" / "metadata.csv").write_text("file_name,label\n" + rows)
    assert set(build(tmp_path / "d", cache).class_names) == set(labels)


def test_whole_number_labels_read_as_floats_are_whole_numbers(tmp_path: Path, cache: Path, draw) -> None:
    for index in range(3):
        draw(f"d/{index}.png")
    rows = [{"file_name": f"{index}.png", "label": float(index), "note": None} for index in range(3)]
    write_metadata(tmp_path / "d", "parquet", rows)
    assert build(tmp_path / "d", cache).class_names == ("0", "1", "2")


def test_a_listed_name_is_found_in_the_other_unicode_form(tmp_path: Path, cache: Path, draw) -> None:
    draw(f"d/{unicodedata.normalize('NFD', 'Größe')}.png")
    draw("d/b.png")
    text = f"file_name,label\n{unicodedata.normalize('NFC', 'Größe')}.png,x\nb.png,y\n"
    (tmp_path / "d" / "metadata.csv").write_text(text)
    assert len(build(tmp_path / "d", cache)) == 2


def test_groups_that_hold_one_image_become_one_group(tmp_path: Path, cache: Path, draw) -> None:
    for index, seed in enumerate([1, 2, 2, 3, 3, 4, 5, 5]):
        draw(f"d/{index}.png", seed=seed)
    groups = ["a", "a", "b", "b", "c", "d", "", ""]
    rows = [{"file_name": f"{i}.png", "label": "xy"[i == 5], "group": group} for i, group in enumerate(groups)]
    write_metadata(tmp_path / "d", "csv", rows)
    found = build(tmp_path / "d", cache).table["group"]
    assert found[:6].tolist() == ["a", "a", "a", "a", "a", "d"]
    assert found[6] == found[7] not in ("a", "d", "")


def test_a_group_in_two_given_splits_is_refused(tmp_path: Path, cache: Path, draw) -> None:
    for index in range(4):
        draw(f"d/{index}.png")
    rows = [
        {"file_name": f"{index}.png", "label": "xy"[index % 2], "group": "g" * (index < 2), "split": split}
        for index, split in enumerate(["train", "test", "train", "test"])
    ]
    write_metadata(tmp_path / "d", "csv", rows)
    with pytest.raises(DataError, match="more than one given split"):
        build(tmp_path / "d", cache)


def test_the_whole_way_from_folder_to_splits(tmp_path: Path, cache: Path, draw) -> None:
    for label in ("a", "b"):
        for index in range(10):
            draw(f"d/{label}/{index}.png")
    divided = assign_splits(build(tmp_path / "d", cache))
    assert divided.counts().sum().to_dict() == {"train": 12, "val": 2, "calib": 2, "test": 4}


def test_beside_split_folders_one_holds_unlabelled_pictures_without_class_folders(
    tmp_path: Path, cache: Path, draw
) -> None:
    for split in ("train", "test"):
        for label in ("cat", "dog"):
            draw(f"d/{split}/{label}/1.png")
    draw("d/unlabelled/1.png")
    draw("d/unlabelled/today/2.png")
    manifest = build(tmp_path / "d", cache)
    assert manifest.table["split"].value_counts().to_dict() == {"train": 2, "test": 2, "unlabelled": 2}
    assert manifest.only("unlabelled").labels.tolist() == [-1, -1]
    draw("classes/unlabelled/deep/1.png")
    draw("classes/cat/1.png")
    with pytest.raises(DataError, match=r"the folder unlabelled is called like a split .* add data.layout=classes"):
        build(tmp_path / "classes", cache)  # no split folder beside it: a class, or what nobody has labelled yet
    as_classes = FolderSource(str(tmp_path / "classes"), layout="classes").build(cache)
    assert as_classes.class_names == ("cat", "unlabelled")


@pytest.mark.parametrize(
    ("train", "test"),
    [("training_set", "test_set"), ("Train", "TESTING"), ("train-images", "eval"), ("TrainData", "test_photos")],
)
def test_splits_by_other_names_are_splits(tmp_path: Path, cache: Path, draw, train: str, test: str) -> None:
    for split in (train, test):
        for animal in ("cats", "dogs"):
            draw(f"d/{split}/{animal}/0.png")
    manifest = build(tmp_path / "d", cache)
    assert manifest.class_names == ("cats", "dogs")
    assert set(manifest.table["split"]) == {"train", "test"}


@pytest.mark.parametrize("inside", ["", "test/"])
def test_a_test_set_without_labels_is_refused(tmp_path: Path, cache: Path, draw, inside: str) -> None:
    for index, animal in enumerate(("cat", "dog")):
        for number in range(9):
            draw(f"d/train/{animal}/{number}.png")
        draw(f"d/test/{inside}{index}.png")
    with pytest.raises(DataError, match="test is called like a split and holds 2 images in no class folders"):
        build(tmp_path / "d", cache)


@pytest.mark.parametrize(
    "paths",
    [
        ("training_set/training_set/{}", "test_set/test_set/{}"),
        ("train/seg_train/{}", "test/seg_test/{}"),
        ("train/images/{}", "test/images/{}"),
        ("{}/train", "{}/test"),
        ("{}/Training", "{}/test_set"),
    ],
)
def test_splits_and_classes_are_told_apart_whichever_lies_inside(
    tmp_path: Path, cache: Path, draw, paths: tuple[str, str]
) -> None:
    for path in paths:
        for animal in ("cats", "dogs"):
            draw(f"d/{path.format(animal)}/0.png")
    manifest = build(tmp_path / "d", cache)
    assert manifest.class_names == ("cats", "dogs")
    assert manifest.table.groupby("split")["label"].apply(sorted).to_dict() == {"test": [0, 1], "train": [0, 1]}


def test_a_split_with_one_class_is_not_taken_for_a_folder_around_classes(tmp_path: Path, cache: Path, draw) -> None:
    for path in ("train/cat", "train/dog", "test/cat/day", "test/cat/night"):
        draw(f"d/{path}/0.png")
    assert build(tmp_path / "d", cache).class_names == ("cat", "dog")


def test_two_splits_without_class_folders_are_no_two_classes(tmp_path: Path, cache: Path, draw) -> None:
    draw("d/train/0.png")
    draw("d/Test/0.png")
    with pytest.raises(DataError, match=r"called like a split and holds 1 images .* add data.layout=classes"):
        build(tmp_path / "d", cache)
    assert build(tmp_path / "d", cache, layout="classes").class_names == ("Test", "train")


def test_splits_by_unknown_names_with_a_folder_around_their_classes_are_asked_about(
    tmp_path: Path, cache: Path, draw
) -> None:
    for path in ("seg_train/seg_train", "seg_test/seg_test"):
        for animal in ("cats", "dogs"):
            draw(f"d/{path}/{animal}/0.png")
    with pytest.raises(DataError, match=r"seg_test, seg_train hold the same folders \(cats, dogs\)"):
        build(tmp_path / "d", cache)


def test_a_class_may_be_called_as_one_system_calls_its_bin(tmp_path: Path, cache: Path, draw) -> None:
    for name in ("recycled", "refuse", "RECYCLER"):
        draw(f"d/{name}/0.png")
    manifest = build(tmp_path / "d", cache)
    assert manifest.class_names == ("recycled", "refuse")


def test_folders_that_hold_the_same_folders_are_asked_about(tmp_path: Path, cache: Path, draw) -> None:
    for outer in ("first", "second"):
        for inner in ("cats", "dogs"):
            draw(f"d/{outer}/{inner}/0.png")
    with pytest.raises(DataError, match=r"first, second hold the same folders \(cats, dogs\).*data.layout=classes"):
        build(tmp_path / "d", cache)
    assert build(tmp_path / "d", cache, layout="classes").class_names == ("first", "second")


@pytest.mark.parametrize("deeper", ["photos", "my photos", "photos/v1.0/images"])
def test_an_archive_unpacked_one_folder_deeper_is_named_with_what_to_type(
    tmp_path: Path, cache: Path, draw, deeper: str
) -> None:
    for animal in ("cat", "dog"):
        draw(f"d/{deeper}/{animal}/0.png")
    (tmp_path / "d" / "__MACOSX").mkdir()
    with pytest.raises(DataError, match=r"type '?data.root=") as refused:
        build(tmp_path / "d", cache)
    typed = shlex.split(str(refused.value))[-1].removeprefix("data.root=").strip('"')
    assert build(Path(typed), cache).class_names == ("cat", "dog")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    "labels",
    [("cat", "Cat"), ("red fox", "red  fox"), ("1", "1.0"), ("01", "1"), ("ﬁsh", "fish"), ("STRASSE", "straße")],
)
def test_labels_that_are_nearly_equal_are_asked_about_and_joined(
    tmp_path: Path, cache: Path, draw, kind: str, labels: tuple[str, str]
) -> None:
    for index in range(3):
        draw(f"d/{index}.png")
    often, seldom = labels
    rows = [{"file_name": f"{index}.png", "label": label} for index, label in enumerate([often, often, seldom])]
    write_metadata(tmp_path / "d", kind, rows)
    with pytest.raises(DataError, match="nearly equal") as refused:
        build(tmp_path / "d", cache)
    assert f"{often!r} (2)" in str(refused.value)
    assert f"{seldom!r} (1)" in str(refused.value)
    assert build(tmp_path / "d", cache, merge_labels=True).class_names == (often,)
    both = build(tmp_path / "d", cache, classes=list(labels))
    assert both.class_names == labels


def test_spaces_around_labels_are_no_part_of_them(tmp_path: Path, cache: Path, draw, caplog) -> None:
    draw("d/cat /1.png")
    draw("d/dog/2.png")
    assert build(tmp_path / "d", cache).class_names == ("cat", "dog")
    assert "1 labels are read without the spaces around them (first: 'cat ')" in caplog.text


def test_folders_that_differ_in_spaces_around_their_names_are_asked_about_and_joined(
    tmp_path: Path, cache: Path, draw
) -> None:
    for index, folder in enumerate(("cat", "cat ", " cat", "dog")):
        draw(f"d/{folder}/{index}.png")
    with pytest.raises(DataError, match="nearly equal") as refused:
        build(tmp_path / "d", cache)
    assert all(f"{name!r} (1)" in str(refused.value) for name in ("cat", "cat ", " cat"))
    assert build(tmp_path / "d", cache, merge_labels=True).class_names == ("cat", "dog")
    assert build(tmp_path / "d", cache, classes=["cat", "dog"]).class_names == ("cat", "dog")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_labels_that_differ_in_spaces_around_them_are_asked_about(tmp_path: Path, cache: Path, draw, kind: str) -> None:
    labels = ["cat", "cat ", "dog"]
    for index in range(3):
        draw(f"d/{index}.png")
    rows = [{"file_name": f"{index}.png", "label": label} for index, label in enumerate(labels)]
    write_metadata(tmp_path / "d", kind, rows)
    with pytest.raises(DataError, match=r"'cat ' \(1\), 'cat' \(1\)"):
        build(tmp_path / "d", cache)
    assert build(tmp_path / "d", cache, merge_labels=True).class_names == ("cat", "dog")


@pytest.mark.parametrize("label", ["nan", "NaN", "<NA>"])
def test_what_programs_write_for_a_missing_label_is_no_class_unasked(
    tmp_path: Path, cache: Path, draw, label: str
) -> None:
    for index in range(2):
        draw(f"d/{index}.png")
    rows = [{"file_name": "0.png", "label": label}, {"file_name": "1.png", "label": "cat"}]
    write_metadata(tmp_path / "d", "csv", rows)
    with pytest.raises(DataError, match="1 images have the label"):
        build(tmp_path / "d", cache)
    assert build(tmp_path / "d", cache, classes=["cat", label]).class_names == ("cat", label)


@pytest.mark.parametrize(
    "labels", [["cat|outdoor", "dog|outdoor", "cat"], ["cat;dog", "cat", "dog"], ["cat, dog", "cat", "dog"]]
)
def test_several_labels_in_one_are_refused(tmp_path: Path, cache: Path, draw, labels: list[str]) -> None:
    for index in range(3):
        draw(f"d/{index}.png")
    rows = [{"file_name": f"{index}.png", "label": label} for index, label in enumerate(labels)]
    write_metadata(tmp_path / "d", "jsonl", rows)
    with pytest.raises(DataError, match="one label per image is needed"):
        build(tmp_path / "d", cache)


def _typed(names: tuple[str, ...]) -> list[str]:
    return [f'"{name}"' if " " in name else name for name in names]


@pytest.mark.parametrize("names", [("mild", "none", "severe"), ("a1", "b2"), ("grade 1", "stage 2")])
def test_grades_whose_names_say_no_order_are_asked_about(tmp_path: Path, cache: Path, draw, names) -> None:
    for name in names:
        draw(f"d/{name}/0.png")
    with pytest.raises(DataError, match="lowest to highest: ") as refused:
        build(tmp_path / "d", cache, ordered=True)
    assert shlex.split(str(refused.value).rpartition(": ")[2]) == [f"data.classes=[{','.join(_typed(names))}]"]
    assert build(tmp_path / "d", cache, ordered=True, classes=list(reversed(names))).class_names == names[::-1]


def test_numbers_beside_words_put_grades_in_order(tmp_path: Path, cache: Path, draw) -> None:
    for number in (0, 2, 10, 1):
        draw(f"d/grade_{number}/0.png")
    manifest = build(tmp_path / "d", cache, ordered=True)
    assert manifest.class_names == ("grade_0", "grade_1", "grade_2", "grade_10")
