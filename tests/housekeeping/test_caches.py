"""What of a cache goes, by age and by size, on real files with times of their own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from assay.disk import DiskUse
from assay.housekeeping.caches import cache_entries, cache_that_stays, prune
from assay.housekeeping.removable import Removable

DAY = 86400.0
HEX = "0123456789abcdef" * 4


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """One thing of each kind, of 100 bytes a file, unused for 10 days, and a stranger beside each."""
    files = [
        f"backbones/{HEX[:32]}.safetensors",
        f"backbones/{HEX[:32]}.0.rng",
        f"onnx/{HEX[:32]}.onnx",
        f"onnx/{HEX[:32]}.blank.onnx",
        f"onnx/{HEX[:32]}.0123456789ab.agrees.json",
        f"explain/maps/{HEX}/1-0.npy",
        f"evidence/{HEX}/evidence.json",
        f"figures/{HEX}.png",
        f"pixels/{HEX[:32]}/{HEX[:2]}/{HEX}.npy",
        f"fidelity/{HEX}.json",
        f"fidelity/between-{HEX[:32]}.json",
        f"bundles/{HEX}/bundle.json",
        f"scans/copies/{HEX}.npy",
        f"scans/findings/{HEX}.json",
        f"scans/scan/v2-pillow-12.0.0/{HEX}.parquet",
        "scans/torchvision/FashionMNIST/test-0123/00000/0.png",
        "scans/ood/textures-0123/a.png",
        f"pseudo/{HEX[:32]}/00000.png",
        "weights/inception.pth",
    ]
    strangers = ["backbones/mine.safetensors", "onnx/mine.onnx", "fidelity/mine.json", "mine/file"]
    for name in files + strangers:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 100)
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        os.utime(path, (time.time() - 10 * DAY,) * 2)
    return tmp_path


def test_what_belongs_together_is_one_entry_and_what_is_a_strangers_is_none(cache: Path) -> None:
    entries = cache_entries(cache)
    assert sorted((entry.kind, entry.use.size, len(entry.paths)) for entry in entries) == [
        ("backbones", 200, 2),
        ("drawn figures", 100, 1),
        ("exported networks", 300, 3),
        ("fetched bundles", 100, 1),
        ("findings of audits", 100, 1),
        ("maps of explanations", 100, 1),
        ("measured fidelity", 100, 1),
        ("measured fidelity", 100, 1),
        ("measured predictions", 100, 1),
        ("pictures scaled down", 100, 1),
        ("scans of images", 100, 1),
        ("searches for copies", 100, 1),
    ]
    assert {entry.kind: entry.use.size for entry in cache_that_stays(cache)} == {
        "pictures of datasets": 100,
        "pictures of OOD sets": 100,
        "pictures of pseudo-generators": 100,
        "fetched weights": 100,
    }
    assert not any("mine" in str(path) for entry in entries for path in entry.paths)
    assert cache_entries(cache / "missing") == []


def entry(name: str, size: int, hours: float, *, grace: float = 3600.0) -> Removable:
    return Removable("kind", name, (Path(name),), DiskUse(size, 1e9 - hours * 3600), grace=grace)


ENTRIES = [entry("b", 20, 30), entry("c", 30, 2), entry("a", 10, 24 * 50), entry("now", 1000, 0.5)]


@pytest.mark.parametrize(
    ("days", "room", "kept", "gone"),
    [
        (30, None, 0, {"a": "not used for AGE"}),
        (1, None, 0, {"a": "not used for AGE", "b": "not used for AGE"}),
        (0, None, 0, {"a": "not used for AGE", "b": "not used for AGE", "c": "not used for AGE"}),
        (99, 1060, 0, {}),
        (99, 1059, 0, {"a": "used longest ago"}),
        (99, 1050, 1, {"a": "used longest ago", "b": "used longest ago"}),
        (30, 1050, 0, {"a": "not used for AGE"}),
        (99, 0, 0, {"a": "used longest ago", "b": "used longest ago", "c": "used longest ago"}),
    ],
)
def test_age_takes_what_is_old_and_room_what_was_used_longest_ago_but_nothing_in_use(
    days: float, room: int | None, kept: int, gone: dict[str, str]
) -> None:
    going, staying = prune(ENTRIES, now=1e9, older=days * DAY, age="AGE", room=room, kept=kept)
    assert {entry.what: entry.why for entry in going} == gone
    assert {entry.what for entry in staying} == {"a", "b", "c", "now"} - set(gone)


def test_a_bundle_that_is_read_bit_by_bit_stays_for_a_day(cache: Path) -> None:
    (bundle,) = (entry for entry in cache_entries(cache) if entry.kind == "fetched bundles")
    going, _ = prune([bundle], now=bundle.use.used + 0.9 * DAY, older=0, age="0d", room=0, kept=0)
    assert going == []
    going, _ = prune([bundle], now=bundle.use.used + 1.1 * DAY, older=0, age="0d", room=0, kept=0)
    assert going != []
