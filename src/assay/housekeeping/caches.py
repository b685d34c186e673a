"""The shared cache: what is in it, and what of it may go by age and by size."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assay.disk import disk_use
from assay.embeddings.pruning import embedding_sets
from assay.housekeeping.removable import Removable

HEX32, HEX64 = r"[0-9a-f]{32}", r"[0-9a-f]{64}"
GROUPED = {
    "backbones": ("backbones", rf"({HEX32})\.(?:safetensors|\d+\.rng)", "backbone {}"),
    "exported networks": ("onnx", rf"({HEX32})\.(?:blank\.)?(?:onnx|[0-9a-f]+\.agrees\.json)", "network {}"),
    "maps of explanations": ("explain/maps", rf"({HEX64})", "maps {}"),
    "pictures scaled down": ("pixels", rf"({HEX32})", "pictures {}"),
    "drawn figures": ("figures", rf"({HEX64})\.png", "figure {}"),
    "measured predictions": ("evidence", rf"({HEX64})", "measurement {}"),
    "measured fidelity": ("fidelity", rf"({HEX64}|between-{HEX32})\.json", "measurement {}"),
    "fetched bundles": ("bundles", rf"({HEX64})", "bundle {}"),
    "searches for copies": ("scans/copies", rf"({HEX64})\.npy", "search {}"),
    "findings of audits": ("scans/findings", rf"({HEX64})\.json", "findings {}"),
    "empty stores": ("stores", rf"mlflow-[\w.]+\.({HEX64})\.db", "store {}"),
    "scans of images": ("scans/scan", r"(v\d+-pillow-[\w.]+)", "scans {}"),
}
"""Kind -> folder of the cache, the names of what it holds, and what one of them is called; other names are left alone.

What begins with the same name goes together.
"""
STAYS = {
    "pictures of datasets": ("scans/torchvision", "finished runs name these files as their images"),
    "pictures of OOD sets": ("scans/ood", "finished runs name these files as their images"),
    "pictures of pseudo-generators": ("pseudo", "finished runs name these files as their images"),
    "mirrors of addresses": ("mirrors", "mirror_limit says how much they take, and the oldest go by themselves"),
    "fetched weights": ("weights", "they cannot be made again without a network"),
}
"""Kind -> folder of the cache, and why nothing of it goes."""
DAY = 86400.0
GRACE = {"fetched bundles": DAY}
"""Seconds for which a use keeps something, where that is more than an hour: a bundle is read bit by bit."""
AGE, ROOM = "not used for {age}", "used longest ago"


def cache_entries(cache: Path) -> list[Removable]:
    """What of the cache can be made again when it is gone.

    Args:
        cache: folder; need not exist.
    """
    sets = embedding_sets(cache / "embeddings")
    entries = [Removable("embeddings", entry.what, (entry.folder,), entry.use) for entry in sets]
    for kind, (folder, names, what) in GROUPED.items():
        for name, paths in _groups(cache / folder, names).items():
            use = disk_use(*paths)
            entries.append(Removable(kind, what.format(name[:12]), paths, use, grace=GRACE.get(kind, 3600.0)))
    return entries


def cache_that_stays(cache: Path) -> list[Removable]:
    """What of the cache is not touched, and why."""
    entries = []
    for kind, (folder, why) in STAYS.items():
        if (use := disk_use(cache / folder)).size:
            entries.append(Removable(kind, folder, (cache / folder,), use, why=why))
    return entries


def prune(
    entries: Sequence[Removable], *, now: float, older: float, age: str, room: int | None, kept: int
) -> tuple[list[Removable], list[Removable]]:
    """What may go, and what stays.

    Args:
        entries: of the cache.
        now: seconds since 1970.
        older: seconds; what was not used for so long goes.
        age: the same as it was typed.
        room: bytes that the cache may keep; None for any.
        kept: bytes of the cache that stay in any case.

    Returns:
        What goes, with its reason, and what stays.
    """
    going, staying = [], []
    for entry in sorted(entries, key=lambda entry: entry.use.used):
        idle = now - entry.use.used
        if idle >= max(older, entry.grace):
            going.append(replace(entry, why=AGE.format(age=age)))
        else:
            staying.append(entry)
    if room is None:
        return going, staying
    left = kept + sum(entry.use.size for entry in staying)
    held = []
    for entry in staying:
        if left > room and now - entry.use.used >= entry.grace:
            left -= entry.use.size
            going.append(replace(entry, why=ROOM))
        else:
            held.append(entry)
    return going, held


def _groups(folder: Path, names: str) -> dict[str, tuple[Path, ...]]:
    grouped: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if (named := re.fullmatch(names, path.name)) is not None:
            grouped[named[1]].append(path)
    return {name: tuple(paths) for name, paths in grouped.items()}
