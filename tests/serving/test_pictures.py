"""What words name: files, folders, lists."""

from __future__ import annotations

import pytest

from assay.errors import AssayError
from assay.serving.pictures import named_pictures


def test_a_folder_is_all_that_is_below_it_sorted_without_what_systems_leave(photos_of_nobody):
    named = named_pictures([str(photos_of_nobody)])
    names = [path.removeprefix(f"{photos_of_nobody}/") for path in named.paths]
    assert names == [
        *(f"{i:02d}.png" for i in range(0, 11, 2)),
        *(f"more/{i:02d}.png" for i in range(1, 11, 2)),
        "torn.jpg",
    ]
    assert named.ignored == 2


def test_a_list_holds_paths_from_its_own_folder_on(photos_of_nobody):
    (photos_of_nobody / "list.txt").write_text("\ufeff00.png\n\n  more/01.png\n/else/where.png\n", "utf-8")
    named = named_pictures([str(photos_of_nobody / "list.txt"), str(photos_of_nobody / "torn.jpg")])
    assert named.paths == [
        str(photos_of_nobody / "00.png"),
        str(photos_of_nobody / "more/01.png"),
        "/else/where.png",
        str(photos_of_nobody / "torn.jpg"),
    ]


@pytest.mark.parametrize(("make", "said"), [(False, "there is no such file or folder"), (True, "holds no pictures")])
def test_what_names_no_picture_is_refused(tmp_path, make, said):
    if make:
        (tmp_path / "empty").mkdir()
    with pytest.raises(AssayError, match=said):
        named_pictures([str(tmp_path / "empty")])
