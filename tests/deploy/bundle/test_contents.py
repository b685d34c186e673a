from __future__ import annotations

import pickle
import shutil
from dataclasses import replace

import pytest

from assay.deploy.bundle.bundle import ABOUT, PREDICTOR, SCHEMA_VERSION, Bundle
from assay.deploy.bundle.contents import FileEntry, check_contents, entries
from assay.deploy.bundle.format import Format, Parity
from assay.errors import BundleError
from assay.evaluation.record import save_record
from assay.measurement import Measurement


@pytest.fixture
def packed(tmp_path):
    folder = tmp_path / "bundle"
    (folder / "predictor").mkdir(parents=True)
    (folder / "predictor/model.safetensors").write_bytes(b"weights")
    (folder / "evidence.json").write_text("{}")
    (folder / "bundle.json").write_text("{}")
    return folder, entries(folder, besides="bundle.json")


def test_a_whole_bundle_passes(packed):
    check_contents(*packed, besides="bundle.json")


def test_a_changed_byte_is_refused_with_the_files_name(packed):
    folder, files = packed
    (folder / "predictor/model.safetensors").write_bytes(b"weightz")
    with pytest.raises(BundleError, match=r"predictor/model\.safetensors is not what was exported"):
        check_contents(folder, files, besides="bundle.json")


def test_a_missing_file_is_refused_with_its_name(packed):
    folder, files = packed
    (folder / "evidence.json").unlink()
    with pytest.raises(BundleError, match=r"evidence\.json is missing"):
        check_contents(folder, files, besides="bundle.json")


def test_a_file_that_is_not_listed_is_refused_with_its_name(packed):
    folder, files = packed
    (folder / "more.json").write_text("{}")
    with pytest.raises(BundleError, match=r"more\.json does not belong"):
        check_contents(folder, files, besides="bundle.json")


@pytest.mark.parametrize("name", ["model.pkl", "model.pt", "model.ts", "code.py"])
def test_what_can_hold_code_is_neither_packed_nor_opened(packed, name):
    folder, files = packed
    (folder / name).write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(BundleError, match="can hold code"):
        entries(folder, besides="bundle.json")
    with pytest.raises(BundleError, match="can hold code"):
        check_contents(folder, {**files, name: FileEntry("", 0)}, besides="bundle.json")


@pytest.mark.parametrize("name", ["../evidence.json", "/etc/passwd", "predictor/../../x.json", "a\\b.json"])
def test_a_path_that_leaves_the_bundle_is_refused(packed, name):
    folder, files = packed
    entry = replace(files["evidence.json"])
    with pytest.raises(BundleError, match="not a path inside"):
        check_contents(folder, {**files, name: entry}, besides="bundle.json")


def test_a_link_is_refused(packed, tmp_path):
    folder, files = packed
    (tmp_path / "outside.json").write_text("{}")
    (folder / "evidence.json").unlink()
    (folder / "evidence.json").symlink_to(tmp_path / "outside.json")
    with pytest.raises(BundleError, match=r"evidence\.json is a link"):
        check_contents(folder, files, besides="bundle.json")


@pytest.mark.parametrize(
    ("file", "rules"), [("../model.onnx", PREDICTOR), ("model.onnx", PREDICTOR), ("evidence.json", "..")]
)
def test_a_format_whose_files_are_not_those_of_the_bundle_is_refused(tiny_bundle, tmp_path, file, rules):
    bundle = tiny_bundle()
    folder = tmp_path / "bundle"
    shutil.copytree(bundle.folder, folder)
    alike = Parity(1, 1.0, 0.0, 1.0, 1.0, Measurement(0.0, 0.0, 0.0, 1, "none"))
    about = replace(bundle.about, serves="onnx", formats={"onnx": Format(file, rules, 1, alike)})
    save_record(folder / ABOUT, about, schema=SCHEMA_VERSION)
    with pytest.raises(BundleError, match=r"its format onnx names .*, which is no file of the bundle"):
        Bundle.open(folder, cache_dir=tmp_path)
