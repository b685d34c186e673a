from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from assay.files import atomic_write, digest_of, sha256_of_file


def test_a_write_that_fails_leaves_the_former_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "value.txt"
    with atomic_write(path) as temporary:
        temporary.write_text("old")

    def write_on_a_full_disk() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("half of a n")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_on_a_full_disk()
    assert path.read_text() == "old"
    assert [entry.name for entry in path.parent.iterdir()] == ["value.txt"]


def test_digests_depend_on_content_and_not_on_the_order_of_keys(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"amulet")
    assert sha256_of_file(tmp_path / "a") == hashlib.sha256(b"amulet").hexdigest()
    assert digest_of({"a": 1, "b": [1, 2]}) == digest_of({"b": [1, 2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 1.5})


def test_what_a_library_in_rust_could_not_write_is_an_error_of_the_system_with_its_place(tmp_path: Path) -> None:
    from safetensors import SafetensorError

    # As safetensors says it on a full disk.
    told = SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
    with pytest.raises(OSError, match="No space left on device") as refused, atomic_write(tmp_path / "weights"):
        raise told
    assert refused.value.errno == errno.ENOSPC
    assert refused.value.filename == str(tmp_path / "weights")
    assert list(tmp_path.iterdir()) == []
