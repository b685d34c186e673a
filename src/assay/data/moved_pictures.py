"""Pictures of a saved manifest in the folder that they have moved to with their project."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from assay.files import sha256_of_file

_log = logging.getLogger(__name__)
LOOKED_FOR, READ = 16, 3
"""Of the pictures of a manifest: so many are looked for, and so many of these are read, to see whether any moved."""


def follow_pictures(table: pd.DataFrame, manifest: Path) -> pd.DataFrame:
    """A manifest's table with the paths of its pictures as they are now, where they came along with their project.

    A manifest keeps paths absolute. A folder is taken for the former one when pictures lie there by the same names
    with the bytes that the manifest names. What is found nowhere keeps its path.

    Args:
        table: with the columns path and id (sha256 of the file).
        manifest: file that the table was read from; its project lies in a folder above it, or in the working folder.
    """
    here = manifest.absolute()
    places = list(dict.fromkeys([*here.parents, Path.cwd()]))
    firsts = table.drop_duplicates([name for name in ("split", "source", "ood_set") if name in table])
    probes = [*_spread(table, LOOKED_FOR), *_spread(firsts, LOOKED_FOR)]
    if all(Path(path).is_file() for path, _ in probes) and all(_holds(*entry) for entry in _spread(table, READ)):
        return table
    away, paths = table[_away(table["path"].tolist())], set(table["path"])
    for path, image in [*_spread(away, LOOKED_FOR), *_spread(table, READ)]:
        if path in paths and not _holds(path, image):
            # A folder that the manifest still lies in did not move.
            moves = [move for move in _moves(Path(path), places) if not here.is_relative_to(move[0])]
            followed = _followed(table, Path(path), moves)
            if followed is not table:
                table, paths = followed, set(followed["path"])
    return table


def _away(paths: Sequence[str]) -> list[bool]:
    """Whether a file is not there, [N]; each folder is read once, because a million files are many to ask for."""
    places = [path.rpartition(os.sep) for path in paths]
    names = {folder: _files_in(folder) for folder in {folder for folder, _, _ in places}}
    return [name not in names[folder] for folder, _, name in places]


def _files_in(folder: str) -> set[str]:
    try:
        with os.scandir(folder or os.sep) as entries:
            return {entry.name for entry in entries if entry.is_file()}
    except OSError:
        return set()


def _followed(table: pd.DataFrame, path: Path, moves: Sequence[tuple[Path, Path]]) -> pd.DataFrame:
    """The table with the folder moved that a picture came along with; the same where it is found nowhere."""
    image = table["id"][table["path"] == str(path)].iloc[0]
    for before, now in moves:
        if not _holds(str(now / path.relative_to(before)), image):
            continue
        moved = {
            old: str(new)
            for old in table["path"]
            if Path(old).is_relative_to(before) and (new := now / Path(old).relative_to(before)).is_file()
        }
        came = table[table["path"].isin(moved)]
        if all(_holds(moved[old], expected) for old, expected in _spread(came, LOOKED_FOR)):
            _log.info("pictures that lay in %s are read in %s", before, now)
            return table.assign(path=table["path"].map(lambda old, moved=moved: moved.get(old, old)))
    return table


def _moves(path: Path, places: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """A former folder and the one that may have taken its place; those first that keep most of the path."""
    for before in reversed(path.parents):
        yield from ((before, now) for now in places if now != before)


def _spread(rows: pd.DataFrame, count: int) -> list[tuple[str, str]]:
    """Path and id of so many rows, from the first to the last."""
    chosen = sorted({round(step * (len(rows) - 1) / max(1, count - 1)) for step in range(count)}) if len(rows) else []
    return [(str(path), str(image)) for path, image in rows[["path", "id"]].iloc[chosen].itertuples(index=False)]


def _holds(path: str, image: str) -> bool:
    try:
        return sha256_of_file(Path(path)) == image
    except OSError:
        return False
