"""Folders, tables and manifests of generated images become manifests with the classes of the real dataset."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assay.data.manifest import Manifest
from assay.errors import ConfigError, DataError
from assay.synthetic.training.source import read_synthetic

CLASSES = ("likely good", "bad")


def read(folder: Path, **how: Any) -> Manifest:
    return read_synthetic(str(folder), CLASSES, folder.parent / "scans", **how)


def seen(manifest: Manifest) -> dict[tuple[str, str], int]:
    names = [CLASSES[label] for label in manifest.labels]
    pairs = list(zip(manifest.table["generator"], names, strict=True))
    return {pair: pairs.count(pair) for pair in pairs}


def test_class_folders_go_by_names_and_the_folder_is_the_generator(write_pictures, tmp_path: Path) -> None:
    write_pictures("diffusion/Likely_Good", 3)
    write_pictures("diffusion/bad", 2, seed=1)
    found = read(tmp_path / "diffusion")
    assert seen(found) == {("diffusion", "likely good"): 3, ("diffusion", "bad"): 2}
    assert set(found.table["split"]) == {"train"}
    assert found.class_names == CLASSES


def test_generator_folders_hold_classes_by_their_places(write_pictures, tmp_path: Path) -> None:
    write_pictures("made/gan/0", 2)
    write_pictures("made/gan/1", 1, seed=1)
    write_pictures("made/vae/1", 4, seed=2)
    expected = {("gan", "likely good"): 2, ("gan", "bad"): 1, ("vae", "bad"): 4}
    assert seen(read(tmp_path / "made")) == expected
    assert seen(read(tmp_path / "made", layout="generator")) == expected


def test_generators_that_are_called_like_places_of_classes_are_not_taken_for_classes(
    write_pictures, tmp_path: Path
) -> None:
    write_pictures("made/1/0", 2)
    write_pictures("made/1/1", 3, seed=1)
    with pytest.raises(DataError, match="the folders 1 and those in them are both called like classes"):
        read(tmp_path / "made")
    assert seen(read(tmp_path / "made", layout="generator")) == {("1", "likely good"): 2, ("1", "bad"): 3}
    assert seen(read(tmp_path / "made", layout="class")) == {("made", "bad"): 5}


def test_a_class_that_is_held_out_keeps_its_place(write_pictures, tmp_path: Path) -> None:
    for place in range(3):
        write_pictures(f"made/gan/{place}", place + 1, seed=place)
    found = read(tmp_path / "made", places=("held out", *CLASSES))
    assert seen(found) == {("gan", "likely good"): 2, ("gan", "bad"): 3}
    assert set(found.excluded["reason"]) == {"0 is no class of the dataset"}


def test_a_class_that_the_dataset_has_not_is_left_out_and_named(write_pictures, tmp_path: Path) -> None:
    write_pictures("made/bad", 2)
    write_pictures("made/ugly", 3, seed=1)
    found = read(tmp_path / "made")
    assert seen(found) == {("made", "bad"): 2}
    assert set(found.excluded["reason"]) == {"ugly is no class of the dataset"}
    assert len(found.excluded) == 3


def test_broken_files_are_counted_and_named(write_pictures, tmp_path: Path) -> None:
    broken = write_pictures("made/bad", 4)[2]
    broken.write_bytes(broken.read_bytes()[:200])
    (tmp_path / "made" / "README.md").write_text("about")
    found = read(tmp_path / "made")
    assert len(found) == 3
    assert found.excluded["path"].tolist() == [str(broken)]


def test_no_folder_of_a_class_at_all_is_an_error_with_the_nearest_name(write_pictures, tmp_path: Path) -> None:
    write_pictures("made/bat", 2)
    with pytest.raises(DataError, match=r"no folder is called like a class.*did you mean bad\?"):
        read(tmp_path / "made")
    with pytest.raises(DataError, match="no such file or folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"synthetic.layout=classes.*did you mean class\?"):
        read(tmp_path / "made", layout="classes")


def test_a_saved_manifest_is_read_and_one_with_test_images_refused(write_pictures, tmp_path: Path) -> None:
    write_pictures("made/bad", 3)
    saved = read(tmp_path / "made")
    saved.save(tmp_path / "kept.parquet")
    again = read(tmp_path / "kept.parquet")
    assert seen(again) == {("made", "bad"): 3}
    moved = saved.table.copy()
    moved.loc[1, "split"] = "test"
    replace(saved, table=moved).save(tmp_path / "moved.parquet")
    with pytest.raises(DataError, match=r"1 generated images are meant for another split than train .*: test"):
        read(tmp_path / "moved.parquet")


def test_a_table_names_generators_or_is_one_itself(write_pictures, tmp_path: Path) -> None:
    paths = write_pictures("files", 2)
    table = tmp_path / "flow.csv"
    table.write_text(f"path,label,generator\n{paths[0]},bad,\n{paths[1]},1,gan\n")
    with_index = tmp_path / "index.csv"
    with_index.write_text(f"path,label\n{paths[0]},0\n{paths[1]},1\n")
    assert seen(read(table)) == {("flow", "bad"): 1}
    assert seen(read(with_index)) == {("index", "likely good"): 1, ("index", "bad"): 1}


def test_one_picture_in_two_classes_is_in_none(write_pictures, tmp_path: Path) -> None:
    first = write_pictures("made/bad", 3)[0]
    write_pictures("made/likely good", 1, seed=1)
    shutil.copy(first, tmp_path / "made" / "likely good" / "copy.png")
    found = read(tmp_path / "made")
    assert seen(found) == {("made", "likely good"): 1, ("made", "bad"): 2}
    assert len(found.excluded) == 2
