"""Changes: what becomes of the rows of a manifest, each with its reason, before a new one is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
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


class Working:
    """A manifest while it is changed.

    Attributes:
        manifest: as it was.
        table: its rows as they are now, none taken away.
        changes: what was done, in order.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.table = manifest.table.copy()
        self.changes: list[Change] = []
        self._rows: dict[str, list[int]] = {}
        for row, image in enumerate(manifest.ids.tolist()):
            self._rows.setdefault(image, []).append(row)
        self._out: dict[int, str] = {}
        self._labels: dict[int, int] = {}

    def rows(self, images: Iterable[str]) -> list[int]:
        """Rows with one of these pictures that are still in."""
        named = dict.fromkeys(images)
        return [row for image in named for row in self._rows.get(image, []) if row not in self._out]

    def exclude(self, rows: Iterable[int], reason: str) -> None:
        """Take rows out; what is out keeps its first reason."""
        for row in rows:
            if row not in self._out:
                self._out[row] = reason
                self._note("excluded", row, str(self.table.at[row, "split"]), "", reason)

    def relabel(self, rows: Iterable[int], label: str, reason: str) -> None:
        """Give rows another class; those of the splits ood and unlabelled stay what they are."""
        names = self.manifest.class_names
        index = names.index(label)
        labels = self.manifest.labels
        for row in rows:
            before = int(self._labels.get(row, labels[row]))
            if before < 0 or before == index:
                continue
            self.table.at[row, "label"] = self._labels[row] = index
            self._note("relabelled", row, names[before], label, reason)

    def join(self, rows: Iterable[int], reason: str) -> None:
        """Give rows, and all others of their groups, one group: the first by name."""
        groups = sorted({str(self.table.at[row, "group"]) for row in rows})
        if len(groups) < 2:
            return
        for row in np.flatnonzero(self.table["group"].isin(groups[1:]).to_numpy()).tolist():
            if row not in self._out:
                self._note("joined", row, str(self.table.at[row, "group"]), groups[0], reason)
            self.table.at[row, "group"] = groups[0]

    def one_split_each(self, reason: str) -> None:
        """Of a group in several splits, the later split keeps its images; the others are excluded.

        Test before calib before val before train, as in `assay.data.build`; then what is outside of the classes.
        """
        inside = self.table[~self.table.index.isin(list(self._out)) & ~self.table["split"].isin(("", "unlabelled"))]
        rank = inside["split"].map(RANK)
        latest = rank.groupby(inside["group"]).transform("max")
        for row in inside.index[rank < latest].tolist():
            kept = next(split for split, place in RANK.items() if place == latest[row])
            self.exclude([row], f"belongs together with images of the split {kept}: {reason}")

    def result(self) -> Manifest:
        """The new manifest."""
        out = [(str(self.table.at[row, "path"]), reason) for row, reason in self._out.items()]
        excluded = pd.concat(
            [self.manifest.excluded, pd.DataFrame(out, columns=["path", "reason"], dtype="str")], ignore_index=True
        )
        return replace(self.manifest, table=self.table.drop(list(self._out)), excluded=excluded)

    def _note(self, what: str, row: int, before: str, after: str, reason: str) -> None:
        path, image = str(self.table.at[row, "path"]), str(self.table.at[row, "id"])
        self.changes.append(Change(what, path, image, before, after, reason))
