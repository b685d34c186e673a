import importlib.util
import sys
from pathlib import Path

import pytest

from assay.data.sources.elpv import ElpvSource
from assay.data.splits import assign_splits
from assay.errors import DataError

pytestmark = pytest.mark.skipif(importlib.util.find_spec("elpv_dataset") is None, reason="the extra elpv is missing")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scans")


@pytest.mark.slow
def test_the_cells_have_four_ordered_grades(cache: Path) -> None:
    manifest = ElpvSource().build(cache)
    assert manifest.class_names == ("functional", "likely functional", "likely defective", "defective")
    assert manifest.ordered
    assert manifest.table["label"].value_counts().sort_index().tolist() == [1508, 295, 106, 715]
    assert set(manifest.table["source"]) == {"elpv/mono", "elpv/poly"}
    assert set(manifest.table["license"]) == {"CC-BY-NC-SA-4.0"}
    assert set(manifest.table["width"]) == set(manifest.table["height"]) == {300}
    assert manifest.table["id"].nunique() == 2624
    assert manifest.excluded.empty


@pytest.mark.slow
def test_a_cell_is_defective_when_its_probability_is_above_one_half(cache: Path) -> None:
    manifest = ElpvSource("binary").build(cache)
    assert manifest.class_names == ("functional", "defective")
    assert not manifest.ordered
    assert manifest.table["label"].value_counts().sort_index().tolist() == [1508 + 295, 106 + 715]
    assert assign_splits(manifest).splits == ("train", "val", "calib", "test")


def test_without_the_package_the_error_says_what_to_install(cache: Path, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install .*elpv"):
        ElpvSource().build(cache)


def test_a_manifest_needs_no_torch(tmp_path: Path) -> None:
    import subprocess

    code = "import sys, assay.data.sources.elpv, assay.data.sources.folder, assay.data.sources.torchvision, " + (
        "assay.data.sources.table, assay.data.splits, assay.audit.tables; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'sklearn', 'matplotlib', 'timm', 'rich')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
