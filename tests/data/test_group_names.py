"""A missing group is no group of many images, and what a class may be called is taken with a word."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from assay.data.group_names import group_names
from assay.data.manifest import Manifest
from assay.data.sources.table import TableSource


@pytest.fixture
def listed(tmp_path: Path):
    """Six pictures and a table with the groups, and with the labels if there are any."""

    def build(groups: list[str], labels: list[str] | None = None) -> Manifest:
        lines = ["file_name,label,group"]
        for index, group in enumerate(groups):
            pixels = np.random.default_rng(index).integers(0, 256, (34, 36, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"{index}.png")
            lines.append(f"{index}.png,{labels[index] if labels else ('cat', 'dog')[index % 2]},{group}")
        (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
        return TableSource(str(tmp_path / "list.csv")).build(tmp_path / "cache")

    return build


@pytest.mark.parametrize("missing", ["nan", "NaN", "NA", "null", "None", "<NA>", "#N/A"])
def test_images_whose_group_is_missing_are_each_a_group_of_their_own(listed, missing: str, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        manifest = listed([missing, missing, missing, "p1", "p1", ""])
    assert manifest.table["group"].nunique() == 5
    assert (manifest.groups[:3] == manifest.ids[:3]).all()
    assert manifest.groups[3] == manifest.groups[4] == "p1"
    assert f"3 images have the group '{missing}'" in caplog.text


def test_spaces_around_a_group_are_no_part_of_its_name(listed) -> None:
    manifest = listed(["p1", "p1 ", " p1", "p2", "cafe\u0301", "caf\u00e9"])
    assert manifest.groups.tolist() == ["p1", "p1", "p1", "p2", "caf\u00e9", "caf\u00e9"]


def test_groups_that_are_nearly_equal_stay_apart_and_are_named(caplog) -> None:
    with caplog.at_level(logging.WARNING):
        named = group_names(pd.Series(["P1", "p1", "01", "1", "2", ""]), "list.csv")
    assert named.tolist() == ["P1", "p1", "01", "1", "2", ""]
    assert "2 groups have names that are nearly equal ('P1' and 'p1', '01' and '1')" in caplog.text


def test_groups_of_a_saved_manifest_are_what_they_were(listed, tmp_path: Path) -> None:
    manifest = listed(["p1", "p1", "p2", "p2", "p3", "p3"])
    table = manifest.table.assign(group=["nan", "nan", "p2", "p2", "P2", "p3"])
    saved = Manifest(table, manifest.class_names)
    saved.save(tmp_path / "manifest.parquet")
    assert TableSource(str(tmp_path / "manifest.parquet")).build(tmp_path / "cache").digest == saved.digest


@pytest.mark.parametrize("name", ["NA", "null", "None"])
def test_a_class_that_is_called_like_a_missing_value_is_taken_with_a_word(listed, name: str, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        manifest = listed([""] * 6, [name, "cat"] * 3)
    assert manifest.class_names == tuple(sorted((name, "cat")))
    assert f"3 images have the label '{name}'" in caplog.text
