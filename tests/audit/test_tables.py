import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from rich.console import Console

from assay.audit.tables import audit, audit_tables
from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from assay.data.splits import assign_splits
from assay.terminal import terminal


@pytest.fixture
def audited(tmp_path: Path) -> Manifest:
    rng = np.random.default_rng(0)
    for label in ("[b]cat", "dog"):
        for index in range(10):
            path = tmp_path / "d" / label / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (40, 50 + index, 3), np.uint8)).save(path)
    cat = tmp_path / "d" / "[b]cat"
    (cat / "copy.png").write_bytes((cat / "0.png").read_bytes())
    Image.open(cat / "1.png").save(cat / "same.bmp")
    Image.new("RGB", (20, 20)).save(cat / "black.png")
    (cat / "broken.png").write_bytes(b"")
    (cat / "notes.txt").write_text("x")
    return assign_splits(FolderSource(str(tmp_path / "d"), on_error="skip").build(tmp_path / "cache"))


def test_the_audit_counts_what_is_there(audited: Manifest) -> None:
    tables = audit_tables(audited)
    counts = tables["images per class and split"].set_index("class")
    assert counts["all"].to_dict() == {"[b]cat": 13, "dog": 10, "all": 23}
    assert counts.loc["all", ["train", "val", "calib", "test"]].sum() == 23
    assert tables["formats"].set_index("format")["images"].to_dict() == {"PNG": 22, "BMP": 1}
    assert tables["quality flags"].set_index("flag")["images"].to_dict() == {"tiny": 1, "blank": 1, "dark": 1}
    copies = tables["copies"].set_index("copies")["images"].to_dict()
    assert copies == {"exact duplicates (bytes)": 2, "near-duplicates (perceptual hash)": 4}
    assert tables["excluded"].set_index("reason")["files"].to_dict() == {
        "the file is empty": 1,
        "not an image by its name": 1,
    }
    sides = tables["shorter and longer side in pixels"].set_index("side")
    assert sides.loc["shorter", ["smallest", "median", "largest"]].tolist() == [20, 40, 40]
    assert sides.loc["longer", "largest"] == 59
    assert "generators" not in tables


def test_the_audit_is_printed_as_it_is_written(audited: Manifest) -> None:
    console = terminal()
    with console.capture() as captured:
        console.print(audit(audited), width=200)
    text = captured.get()
    for said in ("[b]cat", "quality flags", "blank", "the file is empty", "calib"):
        assert said in text


def test_a_manifest_without_splits_and_exclusions_can_be_audited(tmp_path: Path, photos: Path) -> None:
    tables = audit_tables(FolderSource(str(photos)).build(tmp_path))
    assert "excluded" not in tables
    assert list(tables["images per class and split"].columns) == ["class", "none", "all"]


def test_a_long_table_is_cut_with_the_rest_counted(audited: Manifest) -> None:
    names = tuple(f"class {index}" for index in range(60))
    table = audited.table.assign(label=np.arange(len(audited)) % 60)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(audit(Manifest(table, names)))
    assert "40 more rows" in console.export_text()


def test_unlabelled_pictures_count_in_a_table_of_their_own(audited: Manifest) -> None:
    asked = audited.table.iloc[:4].assign(split="unlabelled", label=-1, source="today")
    tables = audit_tables(replace(audited, table=pd.concat([audited.table, asked])))
    assert tables["unlabelled pictures"].to_dict("records") == [{"source": "today", "images": 4, "groups": 4}]
    assert tables["formats"]["images"].sum() == len(audited)


def test_a_picture_in_two_splits_is_shown_with_both_files(audited: Manifest) -> None:
    table = audited.table.reset_index(drop=True)
    names = table["path"].map(lambda path: Path(path).name)
    same = [int(names[(names == name) & (table["label"] == 0)].index[0]) for name in ("1.png", "same.bmp")]
    table.loc[same, "split"] = ["test", "train"]
    shown = audit_tables(replace(audited, table=table))["copies in several splits"].to_dict("records")
    assert [(Path(row["file"]).name, row["in"], Path(row["and"]).name, row["in split"]) for row in shown] == [
        ("same.bmp", "train", "1.png", "test")
    ]


def test_a_dataset_of_unlabelled_pictures_alone_can_be_audited(audited: Manifest) -> None:
    asked = audited.table.assign(split="unlabelled", label=-1, source="today")
    tables = audit_tables(replace(audited, table=asked))
    assert tables["unlabelled pictures"]["images"].tolist() == [len(audited)]
