"""Changes: what becomes of the rows of a manifest, each with its reason, before a new one is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from assay.data.manifest import LABELLED, Manifest

RANK = {"": 0, "ood": 1, **{split: rank for rank, split in enumerate(LABELLED, start=2)}}
"""Of splits, the later ones keep what is in several; what is outside of the classes never takes an image from them."""


@dataclass(frozen=True)
class Change:
    """One image that is not in the new manifest as it was in the former.

    Attributes:
        what: "excluded", "relabelled" or "joined" (to the group of another).
        path: its file.
        image: sha256 of its bytes.
        before: its split, label or group.
        after: its label or group; "" for what is excluded.
        reason: in words.
    """

    what: str
    path: str
    image: str
    before: str
    after: str
    reason: str


class WorkingManifest:
    """A manifest while it is changed; rows are numbers of its table.

    Attributes:
        manifest: as it was.
        labels: of each row, as they are now.
        groups: of each row, as they are now.
        changes: what was done, in order.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.labels: list[int] = manifest.labels.tolist()
        self.groups: list[str] = manifest.groups.tolist()
        self.changes: list[Change] = []
        # Plain lists: asking a table for a cell takes ten thousand times as long as asking a list.
        self._ids: list[str] = manifest.ids.tolist()
        self._paths: list[str] = manifest.table["path"].tolist()
        self._splits: list[str] = manifest.table["split"].tolist()
        self._rows = _places(self._ids)
        self._members = _places(self.groups)
        self._out: dict[int, str] = {}

    def rows(self, images: Iterable[str]) -> list[int]:
        """Rows with one of these pictures that are still in."""
        named = dict.fromkeys(images)
        return [row for image in named for row in self._rows.get(image, []) if row not in self._out]

    def path(self, row: int) -> str:
        """The file of a row."""
        return self._paths[row]

    def exclude(self, rows: Iterable[int], reason: str) -> None:
        """Take rows out; what is out keeps its first reason."""
        for row in rows:
            if row not in self._out:
                self._out[row] = reason
                self._note("excluded", row, self._splits[row], "", reason)

    def relabel(self, rows: Iterable[int], label: str, reason: str) -> None:
        """Give rows another class; those of the splits ood and unlabelled stay what they are."""
        names = self.manifest.class_names
        index = names.index(label)
        for row in rows:
            before = self.labels[row]
            if before < 0 or before == index:
                continue
            self.labels[row] = index
            self._note("relabelled", row, names[before], label, reason)

    def join(self, rows: Iterable[int], reason: str) -> None:
        """Give rows, and all others of their groups, one group: the first by name."""
        first, *others = sorted({self.groups[row] for row in rows}) or [""]
        for group in others:
            members = self._members.pop(group)
            for row in members:
                if row not in self._out:
                    self._note("joined", row, group, first, reason)
                self.groups[row] = first
            self._members[first] += members

    def one_split_each(self, reason: str) -> None:
        """Of a group in several splits, the later split keeps its images; the others are excluded.

        Test before calib before val before train, as in `assay.data.build`; then what is outside of the classes.
        """
        for members in self._members.values():
            inside = [row for row in members if row not in self._out and self._splits[row] in RANK]
            given = [row for row in inside if self._splits[row]]
            if len({self._splits[row] for row in given}) < 2:
                continue
            kept = max((self._splits[row] for row in given), key=RANK.__getitem__)
            leaving = [row for row in given if self._splits[row] != kept]
            self.exclude(leaving, f"belongs together with images of the split {kept}: {reason}")

    def result(self) -> Manifest:
        """The new manifest."""
        out = [(self._paths[row], reason) for row, reason in self._out.items()]
        excluded = pd.concat(
            [self.manifest.excluded, pd.DataFrame(out, columns=["path", "reason"], dtype="str")], ignore_index=True
        )
        table = self.manifest.table.assign(label=self.labels, group=self.groups).drop(list(self._out))
        return replace(self.manifest, table=table, excluded=excluded)

    def _note(self, what: str, row: int, before: str, after: str, reason: str) -> None:
        self.changes.append(Change(what, self._paths[row], self._ids[row], before, after, reason))


def _places(values: Iterable[str]) -> dict[str, list[int]]:
    """Value -> rows that have it."""
    places: dict[str, list[int]] = {}
    for row, value in enumerate(values):
        places.setdefault(value, []).append(row)
    return places
