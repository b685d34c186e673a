"""What a dataset is made of, and what it lacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.audit.analysis.balance import missing_images
from assay.audit.analysis.colour import colours_of_classes
from assay.audit.analysis.diversity import diversity
from assay.audit.analysis.makeup import across_classes, looks_of_classes
from assay.audit.analysis.sheet import write_class_sheet
from assay.data.manifest import Manifest
from assay.data.sources.folder import FolderSource
from audit_world import manifest_of

ROWS = [(f"a{number}", "amber", "train") for number in range(5)]
ROWS += [("j1", "jade", "train"), ("j2", "jade", "val"), ("o1", "", "ood"), ("u1", "", "unlabelled")]
DATASET = manifest_of(*ROWS)  # sources alternate: museum, field, museum, …


def test_each_class_says_what_it_lacks_and_which_sources_have_shown_it():
    assert missing_images(DATASET).to_dict("records") == [
        {"class": "jade", "images": 2, "missing": 3, "sources that have it": "field (1), museum (1)"},
        {"class": "onyx", "images": 0, "missing": 5, "sources that have it": "none"},
    ]
    wanted = missing_images(DATASET, 314)
    assert wanted["missing"].tolist() == [309, 312, 314]
    assert wanted["sources that have it"][0] == "museum (3), field (2)"
    assert missing_images(DATASET, 2)["class"].tolist() == ["onyx"]


def test_sources_are_counted_by_class_and_what_is_the_same_everywhere_is_left_out():
    table = across_classes(DATASET, "source").set_index("source")
    assert table.loc["museum"].to_dict() == {"amber": 3, "jade": 1, "onyx": 0, "classes": 2, "images": 4}
    assert table["images"].sum() == 7
    assert across_classes(DATASET, "license").empty
    mixed = replace(DATASET, table=DATASET.table.assign(license=["cc0", ""] + ["by"] * 7))
    assert across_classes(mixed, "license").set_index("license")["images"].to_dict() == {
        "by": 5,
        "cc0": 1,
        "not stated": 1,
    }


def test_sizes_of_classes_are_medians_of_shorter_and_longer_sides():
    table = DATASET.table.assign(width=[10, 20, 30, 40, 50, 7, 9, 1, 1], height=8)
    looks = looks_of_classes(replace(DATASET, table=table)).set_index("class")
    assert looks.loc["amber"].tolist() == [8, 30]
    assert looks.loc["jade"].tolist() == [7.5, 8.5]


@pytest.fixture
def coloured(tmp_path: Path) -> Manifest:
    rng = np.random.default_rng(0)
    for name, colour in {"grey": (120, 120, 120), "red": (200, 40, 40)}.items():
        for index in range(12):
            path = tmp_path / "d" / name / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = rng.integers(-10, 11, (40, 40, 1))
            Image.fromarray(np.clip(noise + np.array(colour), 0, 255).astype(np.uint8)).save(path)
    return FolderSource(str(tmp_path / "d")).build(tmp_path / "cache")


def test_the_colours_of_a_class_are_those_of_its_pictures(coloured: Manifest):
    table = colours_of_classes(coloured).set_index("class")
    assert table.loc["red", ["red", "green", "blue"]].tolist() == pytest.approx([200, 40, 40], abs=2)
    assert table.loc["red", "saturation"] == pytest.approx(0.8, abs=0.02)
    assert table["grey"].to_dict() == {"grey": 1.0, "red": 0.0}
    assert table["pictures"].tolist() == [12, 12]


def test_a_class_of_one_picture_repeated_is_less_diverse_than_one_of_different_ones(coloured: Manifest):
    rng = np.random.default_rng(0)
    embeddings = np.where(coloured.labels[:, None] == 0, rng.normal(size=(1, 32)), rng.normal(size=(24, 32)))
    table = diversity(coloured, embeddings).set_index("name")
    assert table.loc["grey", "different images"] == pytest.approx(1)
    assert table.loc["red", "different images"] > 8
    assert table["of"].tolist() == ["class", "class"]


def test_classes_of_unlike_sizes_are_compared_at_the_size_of_the_smallest():
    rows = [(f"a{number}", "amber", "train") for number in range(400)]
    rows += [(f"j{number}", "jade", "train") for number in range(50)]
    embeddings = np.random.default_rng(0).normal(size=(450, 64))
    table = diversity(manifest_of(*rows), embeddings).set_index("name")
    assert table.loc["amber", "different images"] > 1.2 * table.loc["jade", "different images"]
    assert table.loc["amber", "of 50 images"] == pytest.approx(table.loc["jade", "of 50 images"], rel=0.1)


def test_a_sheet_shows_pictures_of_each_class_and_survives_a_missing_file(coloured: Manifest, tmp_path: Path):
    coloured.paths[0].unlink()
    assert write_class_sheet(tmp_path / "classes.png", coloured, name="colours")
    with Image.open(tmp_path / "classes.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB")).reshape(-1, 3).astype(int)
    red = (np.abs(pixels - [200, 40, 40]).max(axis=1) < 20).sum()
    grey = (np.abs(pixels - [120, 120, 120]).max(axis=1) < 20).sum()
    assert min(red, grey) > 8 * 84 * 84 * 0.9
    assert not write_class_sheet(tmp_path / "none.png", manifest_of(("x", "", "ood")), name="none")
