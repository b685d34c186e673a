"""NoLeak: no test image is among those that the candidate learned from."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from assay.config.bounds import AtLeast
from assay.data.copies.between import copies_between
from assay.data.manifest import Manifest
from assay.gate.case import Case
from assay.gate.check import Check, Finding

SEEN = ("train", "val", "calib")
LISTED = 50


@dataclass(frozen=True)
class NoLeak(Check):
    """Test images against those of train, val and calib: the same bytes, the same group, the same picture.

    A picture that was compressed, scaled, cut, framed, turned, mirrored or lightened is the same; the search is the one
    by which copies are kept in one split, and how alike two pictures have to be is read from the run's own pictures.

    Attributes:
        at_most: pairs of the same picture in other bytes that are put up with.
    """

    stricter: ClassVar[dict[str, str]] = {"at_most": "lower"}
    at_most: Annotated[int, AtLeast(0)] = 0

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "No test image, and no copy of one, among the images of train, val and calib"

    def evaluate(self, case: Case) -> Finding:
        """Compare bytes and groups, then pictures."""
        manifest, test = case.run.manifest, case.run.test
        names = tuple(name for name in SEEN if name in manifest.splits)
        ids, groups = set(test.ids.tolist()), set(test.groups.tolist())
        for name in names:
            images = manifest.only(name)
            if same := len(ids & set(images.ids.tolist())):
                return Finding(False, f"{same:,} of {len(test):,} test images are in {name}, byte for byte")
            if shared := len(groups & set(images.groups.tolist())):
                return Finding(False, f"{shared:,} groups of test images are in {name} too")
        others = replace(manifest, table=manifest.table[manifest.table["split"].isin(names)])
        splits = others.table["split"].tolist()
        with tempfile.TemporaryDirectory() as own:
            kept = Path(own) if case.bundle is None else case.bundle.cache_dir
            pairs = copies_between(test, others, kept / "scans")
        if len(pairs) > self.at_most:
            return Finding(
                False,
                f"{len({row for row, _ in pairs}):,} pictures of test are in other splits in other bytes: "
                f"{_listed(test, others, splits, pairs)}",
            )
        more = f", {len(pairs)} the same picture" if pairs else ""
        return Finding(True, f"{len(test):,} test images against {len(others):,} others: none the same bytes{more}")


def _listed(test: Manifest, others: Manifest, splits: list[str], pairs: list[tuple[int, int]]) -> str:
    listed = [f"{test.paths[row].name} is {others.paths[other].name} in {splits[other]}" for row, other in pairs]
    more = f" and {len(listed) - LISTED:,} more" if len(listed) > LISTED else ""
    return "; ".join(listed[:LISTED]) + more
