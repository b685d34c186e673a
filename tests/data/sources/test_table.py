from pathlib import Path

import pandas as pd
import pytest

from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from assay.data.sources.table import TableSource
from assay.data.splits import assign_splits
from assay.errors import ConfigError, DataError


@pytest.fixture
def saved(tmp_path: Path, cache: Path, draw) -> tuple[Manifest, Path]:
    for label in ("low", "high"):
        for index in range(10):
            draw(f"d/{label}/{index}.png")
    (tmp_path / "d" / "notes.txt").write_text("x")
    source = FolderSource(str(tmp_path / "d"), classes=["low", "high"], ordered=True)
    manifest = assign_splits(source.build(cache))
    manifest.save(tmp_path / "manifest.parquet")
    return manifest, tmp_path / "manifest.parquet"


def test_a_saved_manifest_comes_back_as_it_was(saved: tuple[Manifest, Path], cache: Path) -> None:
    manifest, path = saved
    again = TableSource(str(path)).build(cache)
    pd.testing.assert_frame_equal(again.table, manifest.table)
    pd.testing.assert_frame_equal(again.excluded, manifest.excluded)
    assert (again.class_names, again.ordered, again.digest) == (("low", "high"), True, manifest.digest)
    assert assign_splits(again, seed=5).digest == manifest.digest


def test_a_file_that_changed_since_the_manifest_was_saved_is_an_error(
    saved: tuple[Manifest, Path], cache, draw
) -> None:
    manifest, path = saved
    changed = manifest.paths[3]
    changed.write_bytes(manifest.paths[4].read_bytes())
    with pytest.raises(DataError, match=r"3.png: changed since the manifest was saved"):
        TableSource(str(path)).build(cache)
    assert len(TableSource(str(path), on_error="skip").build(cache)) == 19


def test_a_manifest_has_its_own_classes_and_paths(saved: tuple[Manifest, Path], cache: Path) -> None:
    with pytest.raises(ConfigError, match="is a saved manifest"):
        TableSource(str(saved[1]), root="/").build(cache)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("column", ["path", "file_name"])
def test_any_table_with_a_path_and_a_label_works(suffix: str, column: str, tmp_path: Path, cache: Path, draw) -> None:
    absolute = draw("far/a.png")
    draw("here/b.png")
    table = pd.DataFrame({column: [str(absolute), "here/b.png", "far/../here/b.png"], "label": [3, 12, 12]})
    path = tmp_path / f"list.{suffix}"
    writers = {
        "csv": lambda: table.to_csv(path, index=False),
        "tsv": lambda: table.to_csv(path, index=False, sep="\t"),
        "jsonl": lambda: table.to_json(path, orient="records", lines=True),
        "parquet": lambda: table.to_parquet(path),
    }
    writers[suffix]()
    manifest = TableSource(str(path)).build(cache)
    assert manifest.class_names == ("3", "12")
    assert [path.name for path in manifest.paths] == ["a.png", "b.png"]
    assert manifest.excluded["reason"].tolist() == ["listed before"]
    assert set(manifest.table["source"]) == {"list"}


def test_a_picture_that_is_listed_twice_is_one_picture_of_the_split_that_a_row_says(
    tmp_path: Path, cache: Path, draw, caplog
) -> None:
    for name in ("a", "b", "c", "d"):
        draw(f"{name}.png")
    (tmp_path / "copy.png").write_bytes((tmp_path / "a.png").read_bytes())
    rows = ["a.png,x,", "b.png,y,test", "./a.png,x,train", "c.png,x,", "c.png,x,", "copy.png,x,"]
    rows += ["d.png,,unlabelled", "d.png,,unlabelled", "a.png,,unlabelled"]
    path = tmp_path / "list.csv"
    path.write_text("path,label,split\n" + "\n".join(rows) + "\n")
    table = TableSource(str(path)).build(cache).table
    assert [(Path(file).name, split) for file, split in zip(table["path"], table["split"], strict=True)] == [
        ("b.png", "test"),
        ("a.png", "train"),
        ("c.png", ""),
        ("copy.png", ""),
        ("d.png", "unlabelled"),
        ("a.png", "unlabelled"),
    ]
    assert (
        f"{path}: 3 rows list a picture again and are left out (first: {tmp_path}/a.png: listed before)" in caplog.text
    )


def test_no_path_leaves_the_root_that_is_given(tmp_path: Path, cache: Path, draw) -> None:
    draw("d/a.png")
    draw("b.png")
    path = tmp_path / "list.csv"
    path.write_text("path,label\na.png,x\n../b.png,y\n")
    with pytest.raises(DataError, match=r"1 paths leave data.root=.*first: \.\./b.png"):
        TableSource(str(path), root=str(tmp_path / "d")).build(cache)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "no such file"),
        ("list.xlsx", b"x", r"a table must end in .csv, .tsv, .jsonl, .parquet"),
        ("list.parquet", b"no parquet", "cannot be read as parquet"),
        ("list.jsonl", b'{"path": "a.png", "label": 1}\n{oops}\n', "line 2: "),
        ("list.jsonl", b"[1, 2]\n", "line 1: not an object"),
        ("list.csv", b"path,label\n\xff\xfe.png,x\n", "cannot be read as csv: line 2 is not UTF-8"),
        ("list.csv", b"path,label\na\x00.png,x\n", r"a\\x00.png'?: (not a file name|cannot be read)"),
        ("list.csv", b"image,label\na.png,x\n", "no column file_name or path"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(
    name: str, content: bytes | None, said: str, tmp_path: Path, cache
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said):
        TableSource(str(tmp_path / name)).build(cache)


def test_a_parquet_table_without_a_label_names_the_columns_it_has(tmp_path: Path, cache: Path) -> None:
    pd.DataFrame({"path": ["a.png"], "labels": ["x"]}).to_parquet(tmp_path / "list.parquet")
    with pytest.raises(DataError, match=r"no column label; rename labels to label"):
        TableSource(str(tmp_path / "list.parquet")).build(cache)


def test_a_manifest_that_was_tampered_with_is_refused(saved: tuple[Manifest, Path], cache: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(saved[1])
    pq.write_table(table.slice(0, 5), saved[1])
    with pytest.raises(DataError, match="rows do not match the digest"):
        TableSource(str(saved[1])).build(cache)


def test_pictures_without_a_label_are_listed_in_a_split_of_their_own(tmp_path: Path, cache: Path, draw) -> None:
    copy = draw("a.png")
    (tmp_path / "asked.png").write_bytes(copy.read_bytes())
    draw("b.png")
    draw("other.png")
    rows = ["a.png,cat,", "b.png,dog,", "asked.png,,unlabelled", "other.png,,Unlabeled"]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["file_name,label,split", *rows]))
    whole = TableSource(str(path)).build(cache)
    assert whole.table["split"].tolist() == ["", "", "unlabelled", "unlabelled"]
    assert whole.labels.tolist() == [0, 1, -1, -1]
    path.write_text("\n".join(["file_name,label,split", *rows[:2]]))
    assert TableSource(str(path)).build(cache).digest == whole.digest, "a copy of a learned picture may be asked about"
    path.write_text("\n".join(["file_name,label,split", *rows[:2], "asked.png,cat,unlabelled"]))
    with pytest.raises(DataError, match=r"1 images of the split unlabelled have a label .*asked.png is cat"):
        TableSource(str(path)).build(cache)
