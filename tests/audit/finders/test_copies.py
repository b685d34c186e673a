import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from assay.audit.find import find
from assay.audit.finders.original import original_first
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest

Picture = NDArray[np.uint8]


def photographs() -> list[Picture]:
    """Quarters of photographs that come with scikit-image, 32 different pictures."""
    quarters = []
    for name in ("astronaut", "chelsea", "coffee", "rocket", "camera", "coins", "page", "brick"):
        photo = getattr(skimage.data, name)()
        photo = photo if photo.ndim == 3 else np.repeat(photo[..., None], 3, axis=2)
        height, width = (side // 2 for side in photo.shape[:2])
        quarters += [photo[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
    return [np.ascontiguousarray(quarter) for quarter in quarters]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, picture in enumerate(photographs()):
        Image.fromarray(picture).save(folder / f"{index:03}.png")
    return folder


def listed(folder: Path, splits: dict[str, str] | None = None, labels: dict[str, str] | None = None) -> Manifest:
    paths = sorted(folder.iterdir())
    names = [(labels or {}).get(path.stem, "even" if int(path.stem[:3]) % 2 else "odd") for path in paths]
    table = pd.DataFrame({"path": [str(path) for path in paths], "label": names})
    if splits is not None:
        table["split"] = [splits.get(path.stem, "train") for path in paths]
        table["group"] = [path.name for path in paths]
    return build_manifest(Records(table), folder.parent / "cache", where=str(folder))


def looked(manifest: Manifest, folder: Path, *kinds: str, tested: dict[str, Manifest] | None = None) -> Findings:
    return find(manifest, Sources(folder.parent / "cache", tested=tested or {}), FindSettings(kinds))


def test_each_picture_with_copies_is_one_finding_named_by_how_they_are_copies(folder: Path) -> None:
    (folder / "003 same.png").write_bytes((folder / "003.png").read_bytes())
    Image.open(folder / "005.png").save(folder / "005 again.bmp")
    Image.open(folder / "007.png").save(folder / "007 small.jpg", quality=70)
    findings = looked(listed(folder), folder, "copies")
    names = {tuple(sorted(Path(path).name for path in finding.paths)): finding.name for finding in findings.findings}
    assert names == {
        ("003 same.png", "003.png"): "same_bytes",
        ("005 again.bmp", "005.png"): "same_pixels",
        ("007 small.jpg", "007.png"): "near_copies",
    }
    assert [finding.name for finding in findings.findings] == ["same_bytes", "same_pixels", "near_copies"]
    assert {finding.suggestion for finding in findings.findings} == {"keep"}


def test_the_original_comes_first_and_it_is_said_why(folder: Path) -> None:
    with Image.open(folder / "007.png") as image:
        image.resize((image.width // 2, image.height // 2)).save(folder / "007 a thumbnail.png")
    (finding,) = looked(listed(folder), folder, "copies").findings
    assert Path(finding.paths[0]).name == "007.png"
    assert "more pixels" in finding.why


def test_copies_under_two_labels_suggest_nothing(folder: Path) -> None:
    Image.open(folder / "007.png").save(folder / "007 again.jpg", quality=85)
    (finding,) = looked(listed(folder, labels={"007 again": "odd"}), folder, "copies").findings
    assert finding.suggestion == ""
    assert "2 labels, even, odd" in finding.why


def test_without_copies_there_are_no_findings(folder: Path) -> None:
    assert not looked(listed(folder), folder, "copies", "leak").findings


def _with_date(path: Path, picture: Image.Image) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2024:05:01 12:00:00"
    picture.save(path, quality=70, exif=exif)


MARKS: dict[str, tuple[Callable[[Path, Image.Image], None], Callable[[Path, Image.Image], None], str]] = {
    "more pixels before everything": (
        lambda path, picture: picture.save(path, quality=30),
        lambda path, picture: _with_date(path, picture.resize((64, 64))),
        "more pixels",
    ),
    "a date before less loss": (
        _with_date,
        lambda path, picture: picture.save(path, quality=95),
        "2024:05:01 12:00:00",
    ),
    "less loss before age": (
        lambda path, picture: picture.save(path, quality=95),
        lambda path, picture: picture.save(path, quality=60),
        "less loss",
    ),
    "a frame is not more pixels": (
        lambda path, picture: picture.save(path, quality=95),
        lambda path, picture: _framed(picture).save(path, quality=90),
        "less loss",
    ),
}


def _framed(picture: Image.Image) -> Image.Image:
    framed = Image.new("RGB", (picture.width + 60, picture.height + 60), "white")
    framed.paste(picture, (30, 30))
    return framed


@pytest.mark.parametrize("case", MARKS)
def test_of_two_files_the_original_is_told_by_the_first_mark_that_differs(tmp_path: Path, case: str) -> None:
    first, second, reason = MARKS[case]
    picture = Image.fromarray(photographs()[0])
    first(tmp_path / "z.jpg", picture)
    second(tmp_path / "a.jpg", picture)
    os.utime(tmp_path / "z.jpg", (2_000_000_000, 2_000_000_000))
    order, why = original_first([str(tmp_path / "a.jpg"), str(tmp_path / "z.jpg")])
    assert order == [1, 0]
    assert reason in why


def test_the_older_file_is_the_original_where_nothing_else_differs(tmp_path: Path) -> None:
    for name, age in (("a.png", 2_000_000_000), ("b.png", 1_000_000_000)):
        Image.fromarray(photographs()[0]).save(tmp_path / name)
        os.utime(tmp_path / name, (age, age))
    order, why = original_first([str(tmp_path / "a.png"), str(tmp_path / "b.png")])
    assert (order, why) == ([1, 0], "its file is older")


def test_copies_in_several_splits_are_leaks_with_the_learned_one_first(folder: Path) -> None:
    Image.open(folder / "007.png").save(folder / "007 again.jpg", quality=85)
    Image.open(folder / "009.png").save(folder / "009 again.jpg", quality=85)
    manifest = listed(folder, splits={"007": "test", "005": "test"})
    findings = looked(manifest, folder, "leak")
    (finding,) = findings.findings
    assert [Path(path).name for path in finding.paths] == ["007 again.jpg", "007.png"]
    assert (finding.name, finding.suggestion) == ("across_splits", "keep_both")
    assert "1 in train, 1 in test" in finding.why
    assert "leak: test sets of registered models" in findings.skipped


def test_pictures_that_a_registered_model_is_tested_on_are_leaks_wherever_they_may_be_learned(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    Image.open(folder / "003.png").save(other / "003.jpg", quality=85)
    (other / "004.png").write_bytes((folder / "004.png").read_bytes())
    (other / "005.png").write_bytes((folder / "005.png").read_bytes())
    Image.fromarray(skimage.data.retina()[200:500, 200:500]).save(other / "006.png")
    tested = listed(other, splits=dict.fromkeys(("003", "004", "005", "006"), "test"))
    manifest = listed(folder, splits={"005": "test"})
    findings = looked(manifest, folder, "leak", tested={"cells@champion": tested, "cells@other": tested})
    assert [Path(finding.paths[0]).name for finding in findings.findings] == ["004.png", "003.png"]
    assert {finding.name for finding in findings.findings} == {"test_of_model"}
    assert findings.findings[0].values["model"] == "cells@champion, cells@other"
    assert findings.findings[0].suggestion == "exclude"


def test_without_splits_it_is_said_that_no_leaks_can_be_looked_for(folder: Path) -> None:
    findings = looked(listed(folder), folder, "leak")
    assert "no splits" in findings.skipped["leak"]
    assert not findings.looked_at


def test_what_only_embeddings_show_to_be_one_picture_is_a_finding_without_a_suggestion(folder: Path) -> None:
    Image.open(folder / "003.png").save(folder / "003 same.bmp")
    manifest = listed(folder)
    vectors = np.random.default_rng(0).normal(size=(len(manifest), 64)).astype(np.float32)
    names = [path.name for path in manifest.paths]
    for copy, original in (("007.png", "005.png"), ("003 same.bmp", "003.png")):
        vectors[names.index(copy)] = vectors[names.index(original)] * 2
    sources = Sources(folder.parent / "cache", embed=lambda asked: vectors, embedded_by="test")
    findings = find(manifest, sources, FindSettings(("copies",)))
    named = {finding.name: sorted(Path(path).name for path in finding.paths) for finding in findings.findings}
    assert named == {"same_pixels": ["003 same.bmp", "003.png"], "look_alikes": ["005.png", "007.png"]}
    assert findings.findings[-1].suggestion == ""


def test_without_embeddings_it_is_said_that_neighbours_were_not_looked_for(folder: Path) -> None:
    assert "there are no embeddings" in looked(listed(folder), folder, "copies").skipped["copies: embedding neighbours"]
