from __future__ import annotations

from pathlib import Path

import pytest

from assay.deploy.bundle.packing import packed


def write(folder: Path, text: str) -> None:
    with packed(folder) as making:
        (making.folder / "one.json").write_text(text)


def test_a_new_folder_takes_the_place_of_the_former_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "bundle", "1")
    write(tmp_path / "bundle", "2")
    assert (tmp_path / "bundle" / "one.json").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_an_error_while_it_is_written_leaves_the_former_folder(tmp_path: Path) -> None:
    write(tmp_path / "bundle", "1")
    with pytest.raises(ZeroDivisionError), packed(tmp_path / "bundle"):
        raise ZeroDivisionError
    assert (tmp_path / "bundle" / "one.json").read_text() == "1"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_folder_that_cannot_take_its_place_brings_the_former_one_back(tmp_path: Path) -> None:
    write(tmp_path / "bundle", "1")
    with pytest.raises(OSError, match="No such file"), packed(tmp_path / "bundle") as making:
        making.folder.rename(tmp_path / "elsewhere")
    assert (tmp_path / "bundle" / "one.json").read_text() == "1"
