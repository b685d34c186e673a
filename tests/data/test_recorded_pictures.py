from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from assay.data.manifest import COLUMNS, Manifest
from assay.data.recorded_pictures import changed_pictures


@pytest.fixture
def project(tmp_path: Path, photos: Path) -> Path:
    """A folder with photos in it and the manifest of them, saved beside."""
    root = tmp_path / "project"
    shutil.copytree(photos, root / "photos")
    files = sorted((root / "photos").rglob("*.png"))
    for file in files:  # the same photos lie in a folder above, too
        file.write_bytes(file.read_bytes() + str(root).encode())
    table = pd.DataFrame({name: ["" if kind == "str" else 1] * len(files) for name, kind in COLUMNS.items()})
    table["path"] = [str(file) for file in files]
    table["id"] = table["group"] = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    Manifest(table.assign(label=0, split="train"), ("photo",)).save(root / "run" / "manifest.parquet")
    return root


def saved(root: Path) -> Manifest:
    return Manifest.load(root / "run" / "manifest.parquet")


def test_pictures_that_stayed_as_they_were_are_not_named(project: Path) -> None:
    os.utime(project / "photos" / "amber" / "00.png", (0, 0))
    assert changed_pictures(saved(project)) == {}


def test_a_picture_that_changed_vanished_or_took_the_place_of_another_is_named(project: Path) -> None:
    amber, onyx = project / "photos" / "amber", project / "photos" / "onyx"
    one, two, three, four = amber / "00.png", onyx / "00.png", amber / "01.png", amber / "02.png"
    status, picture = one.stat(), one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(picture)
    os.utime(one, ns=(status.st_atime_ns, status.st_mtime_ns))
    three.unlink()
    four.write_bytes(four.read_bytes() + b"\0")
    assert changed_pictures(saved(project)) == {
        str(one): "is now the picture that was ../onyx/00.png",
        str(two): "is now the picture that was ../amber/00.png",
        str(three): "is gone",
        str(four): "is another picture",
    }


@pytest.mark.parametrize("whole", [True, False], ids=["renamed project", "dataset beside a project of another name"])
def test_pictures_that_moved_with_their_project_are_found_where_they_are(project: Path, whole: bool) -> None:
    new = project.rename(project.parent / "new")
    if not whole:
        (new / "run").rename(new.parent / "run")
        (new / "photos").rename(new.parent / "photos")
        new = new.parent
    manifest = saved(new)
    assert {path.parent.parent for path in manifest.paths} == {new / "photos"}
    assert changed_pictures(manifest) == {}


def test_a_former_place_that_other_pictures_have_taken_is_not_read(project: Path) -> None:
    new = project.rename(project.parent / "new")
    for number, file in enumerate(sorted((new / "photos").rglob("*.png"))):
        other = project / file.relative_to(new)
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_bytes(b"another project's picture %d" % number)
    assert changed_pictures(saved(new)) == {}


def test_pictures_of_the_same_names_with_other_bytes_are_not_taken_for_those_that_moved(project: Path) -> None:
    new = project.rename(project.parent / "new")
    for file in (new / "photos").rglob("*.png"):
        file.write_bytes(b"another picture")
    manifest = saved(new)
    assert {path.parent.parent for path in manifest.paths} == {project / "photos"}
    assert set(changed_pictures(manifest).values()) == {"is gone"}


def test_a_copy_of_a_project_leaves_the_pictures_of_the_original_where_they_are(project: Path) -> None:
    copy = Path(shutil.copytree(project, project.parent / "copy"))
    assert {path.parent.parent for path in saved(project).paths} == {project / "photos"}
    shutil.rmtree(project)
    assert {path.parent.parent for path in saved(copy).paths} == {copy / "photos"}


def test_the_few_pictures_that_lie_in_the_project_move_with_it_while_the_others_stay(project: Path) -> None:
    own = sorted((project / "photos" / "amber").iterdir())[5:7]
    elsewhere = project.rename(project.parent / "elsewhere") / "photos"
    for file in own:
        file.parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / "amber" / file.name).rename(file)
    table = saved(elsewhere.parent).table
    inside = table["path"].isin([str(file) for file in own])
    table = table.assign(source=inside.map({True: "own", False: "others"}))
    Manifest(table, ("photo",)).save(project / "run" / "manifest.parquet")
    new = project.rename(project.parent / "new")
    manifest = saved(new)
    assert [path for path in manifest.paths if path.is_relative_to(new)] == [
        new / file.relative_to(project) for file in own
    ]
    assert changed_pictures(manifest) == {}
