"""From entries of `data.ood` to rows of the split ood: folders, tables, and sets that come with Assay."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from assay.config.ood import BUILT_IN, set_name
from assay.data.copies.among import are_among
from assay.data.copies.grouping import Copies
from assay.data.listing import list_images
from assay.data.manifest import Manifest
from assay.data.metadata import located, read_metadata
from assay.data.ood.appearance import Appearance
from assay.data.ood.pictures import parts, sources
from assay.data.scan import scan
from assay.data.sources.table import is_manifest
from assay.errors import DataError
from assay.files import digest_of, sha256_of_file
from assay.predictions import UNLABELLED

logger = logging.getLogger(__name__)

VERSION = 1  # of how the built-in sets are made


def with_ood(
    manifest: Manifest,
    reported: Sequence[str],
    chosen_on: Sequence[str] = (),
    *,
    cache_dir: Path,
    copies: Copies = "bytes",
) -> Manifest:
    """The manifest with the pictures of these sets as rows of the split ood.

    Their `source` is what a table says, else the name of the set. Labels are -1, but for tables that name a class of
    the manifest. Pictures that cannot be used, and copies of pictures that the manifest has already, are left out and
    recorded. The digest of the manifest stays as it is.

    Args:
        manifest: with its splits.
        reported: folders, tables, saved manifests, or names of `BUILT_IN`.
        chosen_on: sets that a detector may be chosen on; they may not share a picture with the others.
        cache_dir: where scans and built-in sets are kept.
        copies: "bytes" takes the same files alone for copies, all else also a picture of the dataset that was saved,
            scaled, cut, turned anew. Built-in sets are cut from others' pictures, or from the dataset's on purpose.

    Raises:
        DataError: a set without a usable picture, or a picture in both kinds of sets.
    """
    tables = [manifest.table]
    excluded = [manifest.excluded]
    inside = manifest.table[manifest.table["split"] != UNLABELLED]
    known = set(inside["id"])
    entries = [*reported, *chosen_on]
    appearance = cache(lambda: Appearance.of(manifest.only("train")))  # the same for all sets that are cut for it
    listed = [_listed(entry, manifest, cache_dir, appearance) for entry in entries]
    seen = scan([path for table in listed for path in table["path"]], cache_dir, samples=manifest.samples)
    ends = np.cumsum([len(table) for table in listed])
    for entry, table, end in zip(entries, listed, ends, strict=True):
        rows, faults = _rows(table, seen.iloc[end - len(table) : end], set_name(entry))
        copied = rows["id"].isin(known).to_numpy()
        if copies != "bytes" and entry not in BUILT_IN and len(rows):
            copied = copied | are_among(replace(manifest, table=rows), replace(manifest, table=inside), cache_dir)
        faults += [(path, "a copy of a picture of the dataset") for path in rows["path"][copied]]
        rows = rows[~copied]
        if faults:
            left_out = ": ".join(faults[0])
            logger.warning("OOD set %s: %d files are left out (first: %s)", set_name(entry), len(faults), left_out)
        if rows.empty:
            first = f" (first: {': '.join(faults[0])})" if faults else ""
            raise DataError(f"data.ood: {entry} has no usable picture{first}")
        tables.append(rows)
        excluded.append(pd.DataFrame(faults, columns=["path", "reason"], dtype="str"))
    _refuse_shared(tables[1 : len(reported) + 1], tables[len(reported) + 1 :])
    return replace(
        manifest, table=pd.concat(tables, ignore_index=True), excluded=pd.concat(excluded, ignore_index=True)
    )


def _refuse_shared(reported: list[pd.DataFrame], chosen_on: list[pd.DataFrame]) -> None:
    ids = [{image for table in tables for image in table["id"]} for tables in (reported, chosen_on)]
    shared = len(ids[0] & ids[1])
    if shared:
        raise DataError(
            f"data.ood and data.ood_val share {shared} pictures: a detector may not be chosen on what it is reported on"
        )


def _listed(entry: str, manifest: Manifest, cache_dir: Path, appearance: Callable[[], Appearance]) -> pd.DataFrame:
    """Columns path, label, group, license and maybe source of a set, before its pictures are read."""
    if entry in BUILT_IN:
        return _built_in(entry, manifest, cache_dir, appearance())
    path = Path(os.path.abspath(Path(entry).expanduser()))  # noqa: PTH100  # links are kept as they are
    if path.is_dir():
        return pd.DataFrame({"path": list_images(str(path)).images}, dtype="str").assign(label=-1, group="", license="")
    labels = {name: index for index, name in enumerate(manifest.class_names)}
    if is_manifest(path):
        saved = Manifest.load(path)
        names = [saved.class_names[label] if label >= 0 else "" for label in saved.labels]
        table = saved.table[["path", "group", "source", "license"]].assign(label=names)
    else:
        table = read_metadata(path)
        table["path"] = [located(name, str(path.parent)) for name in table["path"]]
        table = table.reindex(columns=["path", "label", "group", "source", "license"], fill_value="")
    return table.assign(label=table["label"].map(labels).fillna(-1).astype(int))


def _rows(table: pd.DataFrame, seen: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """What is listed of a set and what was seen of its pictures, in one; and what is wrong with the rest."""
    rows = pd.concat([table.reset_index(drop=True), seen.drop(columns="path").reset_index(drop=True)], axis=1)
    rows["group"] = rows["group"].where(rows["group"] != "", rows["id"])
    source = rows["source"].replace("", name) if "source" in rows else name
    rows = rows.assign(split="ood", source=source, ood_set=name, generator="")
    bad = rows["error"] != ""
    faults = list(zip(rows["path"][bad], rows["error"][bad], strict=True))
    return rows[~bad].drop(columns="error"), faults


def _built_in(name: str, manifest: Manifest, cache_dir: Path, appearance: Appearance) -> pd.DataFrame:
    """A set that comes with Assay, cut and written unless it was, whole or not at all."""
    depends = {
        "set": name,
        "version": VERSION,
        "appearance": asdict(appearance),
        "sources": [sha256_of_file(path) for path in sources(name)],
        "test": sorted(manifest.only("test").table["id"]) if name == "misframed" else [],
    }
    folder = cache_dir / "ood" / f"{name}-{digest_of(depends)[:16]}"
    if not folder.is_dir():
        temporary = folder.with_name(f".{folder.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
        temporary.mkdir(parents=True)
        try:
            rows = []
            for part in parts(name, appearance, manifest):
                appearance.write(part.image, temporary / f"{part.name}{appearance.suffix}")
                rows.append((f"{part.name}{appearance.suffix}", part.group, part.license))
            (temporary / "parts.json").write_text(json.dumps(rows), encoding="utf-8")
            _move(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    rows = json.loads((folder / "parts.json").read_text(encoding="utf-8"))
    table = pd.DataFrame(rows, columns=["path", "group", "license"], dtype="str").assign(label=-1)
    return table.assign(path=[f"{folder}/{file}" for file in table["path"]])


def _move(temporary: Path, folder: Path) -> None:
    try:
        temporary.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process has written the same pictures
            raise
