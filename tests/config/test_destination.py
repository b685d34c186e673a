"""Where a command is asked to write is looked at before it works."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from assay.cli import main
from assay.config.destination import check_destination, refuse_inside_dataset
from assay.errors import ConfigError


@pytest.mark.parametrize(
    ("place", "folder", "message"),
    [
        ("/proc/results", True, r"output=/proc/results: nothing can be written there \(.*\); name another place"),
        ("file", True, "is a file; name a folder"),
        ("file/below/it", None, "file is a file, and no folder can be made in it; name another place"),
        ("folder", False, "is a folder; name a file in it"),
        ("x" * 300, None, "nothing can be written there|File name too long"),
    ],
)
def test_a_place_that_nothing_can_be_written_to_is_refused(
    tmp_path: Path, monkeypatch, place: str, folder: bool | None, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match=message):
        check_destination(f"output={place}", place, folder=folder)


@pytest.mark.parametrize(("place", "folder"), [("new/below", True), ("folder", True), ("file", False), ("new", None)])
def test_a_place_that_can_be_written_to_is_left_as_it_is(
    tmp_path: Path, monkeypatch, place: str, folder: bool | None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    check_destination(f"output={place}", place, folder=folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_nothing_is_written_among_the_images_of_a_folder(tmp_path: Path) -> None:
    config = {"data": {"_target_": "assay.data.sources.folder.FolderSource", "root": str(tmp_path / "photos")}}
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    for place in ("photos", "photos/audit", "link/audit", "other/../photos/x.png"):
        with pytest.raises(ConfigError, match=r"lies in data.root=.*; name a place outside of it"):
            refuse_inside_dataset(f"output={place}", tmp_path / place, config)
    refuse_inside_dataset("output=photos-audit", tmp_path / "photos-audit", config)
    config["data"]["_target_"] = "assay.data.sources.torchvision.TorchvisionSource"  # a folder of its downloads
    refuse_inside_dataset("output=photos", tmp_path / "photos", config)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["audit", "data=folder", "data.root=photos", "output=photos/audit"],
            "output=photos/audit: lies in data.root=",
        ),
        (
            ["audit", "data=folder", "data.root=photos", "output=/proc/audit"],
            "output=/proc/audit: nothing can be written",
        ),
        (
            ["preview", "data=folder", "data.root=photos", "output=photos/x.png"],
            "output=photos/x.png: lies in data.root",
        ),
        (["preview", "data=folder", "data.root=."], "output=preview-none.png: lies in data.root=.,"),
        (["export", "run=ab12", "output=/proc/exported"], "output=/proc/exported: nothing can be written"),
        (["compare", "ab12", "cd34", "output=photos/cat/0.png"], "output=photos/cat/0.png: is a file; name a folder"),
        (["classify", "photos", "output=photos"], "output=photos: is a folder; name a file in it"),
        (["backup", "to=/proc/copy.db"], "to=/proc/copy.db: nothing can be written"),
    ],
)
def test_it_is_refused_before_the_work(tmp_path: Path, monkeypatch, capsys, words: list[str], message: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    Image.new("RGB", (20, 20)).save(tmp_path / "photos" / "cat" / "0.png")
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == ConfigError.exit_code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "mlruns").exists()
