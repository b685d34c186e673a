"""A bundle that was put together wrongly, with a list of files that fits, is refused and never answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.deploy.bundle.bundle import ABOUT, Bundle
from assay.deploy.bundle.contents import entries
from assay.errors import AssayError, BundleError

RULES = "predictor/predictor.json"
Edit = Callable[[dict[str, Any]], object]
PICTURE = np.zeros((32, 32, 3), np.uint8)


def spoiled(bundle: Bundle, folder: Path, edits: dict[str, Edit | str | bytes]) -> Path:
    """A copy with edited files, whose list says what they hold now, as a careless or hostile writer leaves it."""
    shutil.copytree(bundle.folder, folder)
    for name, edit in edits.items():
        file = folder / name
        if callable(edit):
            values = json.loads(file.read_text())
            edit(values)
            file.write_text(json.dumps(values))
        elif isinstance(edit, str):
            file.write_text(edit)
        else:
            file.write_bytes(edit)
    if not isinstance(edits.get(ABOUT), str):
        about = json.loads((folder / ABOUT).read_text())
        listed = entries(folder, besides=ABOUT)
        about["files"] = {name: {"sha256": one.sha256, "bytes": one.bytes} for name, one in listed.items()}
        (folder / ABOUT).write_text(json.dumps(about))
    return folder


def names(*those: object) -> Edit:
    return lambda values: values.update(class_names=list(those))


AT_OPENING: dict[str, dict[str, Edit | str | bytes]] = {
    "a nested list": {ABOUT: "[" * 100_000},
    "nested rules": {RULES: '{"a":' * 100_000},
    "not JSON": {ABOUT: "{"},
    "a list": {ABOUT: "[]"},
    "no names": {ABOUT: lambda values: values.pop("class_names")},
    "fewer names": {ABOUT: names("a", "b")},
    "more names in both": {ABOUT: names("a", "a", "b"), RULES: names("a", "a", "b")},
    "one name": {ABOUT: names("a"), RULES: names("a")},
    "other names": {RULES: names("x", "y", "z")},
    "numbers for names": {ABOUT: names(1, 2, 3), RULES: names(1, 2, 3)},
    "a seed of text": {ABOUT: lambda values: values.update(seed="zero")},
    "a name of a number": {ABOUT: lambda values: values.update(name=7)},
    "a form that is not there": {ABOUT: lambda values: values.update(serves="int8")},
    "NaN in the rules": {RULES: lambda values: values.update(calibrator={"temperature": float("nan")})},
    "rules of another type": {RULES: "[]"},
    "truncated rules": {RULES: '{"class_names": ["a"'},
}
WHEN_LOADED: dict[str, dict[str, Edit | str | bytes]] = {
    "four classes in both": {ABOUT: names("a", "b", "c", "d"), RULES: names("a", "b", "c", "d")},
    "no calibrator": {RULES: lambda values: values.pop("calibrator")},
    "a calibrator of text": {RULES: lambda values: values.update(calibrator="none")},
    "no preprocessing": {RULES: lambda values: values.pop("preprocessing")},
    "preprocessing of a list": {RULES: lambda values: values.update(preprocessing=[1])},
    "no head": {RULES: lambda values: values.update(head=None)},
    "an unknown backbone": {RULES: lambda values: values.update(backbone="nobody")},
    "a backbone of a number": {RULES: lambda values: values.update(backbone=7)},
    "truncated weights": {"predictor/model.safetensors": b"\x10\x00\x00"},
    "empty weights": {"predictor/model.safetensors": b""},
}


@pytest.mark.parametrize("edit", AT_OPENING)
def test_is_refused_at_opening(tiny_bundle: Any, tmp_path: Path, edit: str) -> None:
    folder = spoiled(tiny_bundle(), tmp_path / "bundle", AT_OPENING[edit])
    with pytest.raises(BundleError):
        Bundle.open(folder, cache_dir=tmp_path)


@pytest.mark.parametrize("edit", WHEN_LOADED)
def test_is_refused_before_it_answers(tiny_bundle: Any, tmp_path: Path, edit: str) -> None:
    folder = spoiled(tiny_bundle(), tmp_path / "bundle", WHEN_LOADED[edit])
    with pytest.raises(AssayError):
        Bundle.open(folder, cache_dir=tmp_path).predict([PICTURE])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(tiny_bundle: Any, tmp_path: Path, value: float) -> None:
    from safetensors.numpy import load_file, save

    made = tiny_bundle()
    weights = load_file(made.folder / "predictor/model.safetensors")
    last = sorted(weights)[-1]
    weights[last] = np.full_like(weights[last], value)
    folder = spoiled(made, tmp_path / "bundle", {"predictor/model.safetensors": save(weights)})
    with pytest.raises(AssayError, match="no finite number"):
        Bundle.open(folder, cache_dir=tmp_path).predict([PICTURE])


def test_an_unspoiled_copy_answers(tiny_bundle: Any, tmp_path: Path) -> None:
    folder = spoiled(tiny_bundle(), tmp_path / "bundle", {})
    assert len(Bundle.open(folder, cache_dir=tmp_path).predict([PICTURE])) == 1
