"""Difference of two manifests: what came, what went, what has another label or split, and how classes shifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from assay.data.manifest import SPLITS, Manifest


@dataclass(frozen=True)
class MovedImage:
    """An image that is in both, and not as it was.

    Attributes:
        image: sha256 of its bytes.
        path: its file now.
        before: its labels or splits; several files of the same bytes may have several.
        after: the same, now.
    """

    image: str
    path: str
    before: str
    after: str


@dataclass(frozen=True)
class ClassShift:
    """How often a class is.

    Attributes:
        name: of the class.
        before: labelled images of it.
        after: labelled images of it now.
        share_before: of all labelled images; 0 where there are none.
        share_after: of all labelled images now.
    """

    name: str
    before: int
    after: int
    share_before: float
    share_after: float


@dataclass(frozen=True)
class Difference:
    """What is not the same in two manifests; pictures are the same by their bytes.

    Attributes:
        before: digest of the former.
        after: digest of the latter.
        images_before: labelled and other images of the former.
        images_after: of the latter.
        added: files of pictures that only the latter has.
        gone: files of pictures that only the former has.
        relabelled: pictures of another class.
        moved: pictures in another split.
        new_classes: names that only the latter has.
        lost_classes: names that only the former has.
        classes: how often each is, in both.
        shift: half the sum of the differences of their shares (total variation distance), from 0 to 1.
    """

    before: str
    after: str
    images_before: int
    images_after: int
    added: tuple[str, ...]
    gone: tuple[str, ...]
    relabelled: tuple[MovedImage, ...]
    moved: tuple[MovedImage, ...]
    new_classes: tuple[str, ...]
    lost_classes: tuple[str, ...]
    classes: tuple[ClassShift, ...]
    shift: float

    def counts(self) -> dict[str, int]:
        """What -> how many of it, with those that there are none of."""
        names = ("added", "gone", "relabelled", "moved", "new_classes", "lost_classes")
        return {name: len(getattr(self, name)) for name in names}

    @property
    def same(self) -> bool:
        """Whether both hold the same pictures with the same labels and splits."""
        return not any(self.counts().values())


def difference(before: Manifest, after: Manifest) -> Difference:
    """What changed from one manifest to another."""
    old, new = _by_image(before), _by_image(after)
    both = [image for image in new.index if image in old.index]
    shifts = _shifts(before, after)
    return Difference(
        before=before.digest,
        after=after.digest,
        images_before=len(before),
        images_after=len(after),
        added=_files(after, set(new.index) - set(old.index)),
        gone=_files(before, set(old.index) - set(new.index)),
        relabelled=_moved(old, new, both, "label"),
        moved=_moved(old, new, both, "split"),
        new_classes=_only(after.class_names, before.class_names),
        lost_classes=_only(before.class_names, after.class_names),
        classes=shifts,
        shift=sum(abs(each.share_after - each.share_before) for each in shifts) / 2,
    )


def _only(names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in others)


def _by_image(manifest: Manifest) -> pd.DataFrame:
    """A row for each picture: its first file, and its labels and splits in words."""
    names = dict(enumerate(manifest.class_names))
    table = manifest.table[["id", "path", "split"]].assign(label=manifest.table["label"].map(names).fillna(""))
    once = table.drop_duplicates("id").set_index("id")
    several = table[table["id"].duplicated(keep=False)]
    for image, rows in several.groupby("id"):
        once.loc[image, "label"] = ", ".join(sorted(set(rows["label"])))
        once.loc[image, "split"] = ", ".join(sorted(set(rows["split"]), key=("", *SPLITS).index))
    return once


def _files(manifest: Manifest, images: set[str]) -> tuple[str, ...]:
    return tuple(manifest.table["path"][manifest.table["id"].isin(images)])


def _moved(old: pd.DataFrame, new: pd.DataFrame, both: list[str], column: str) -> tuple[MovedImage, ...]:
    before, after, paths = old[column][both], new[column][both], new["path"][both]
    changed = (before != after).to_numpy()
    rows = zip(paths.index[changed], paths[changed], before[changed], after[changed], strict=True)
    return tuple(MovedImage(str(image), str(path), str(was), str(now)) for image, path, was, now in rows)


def _shifts(before: Manifest, after: Manifest) -> tuple[ClassShift, ...]:
    counted = []
    for manifest in (before, after):
        counts = pd.Series(manifest.labelled.labels).value_counts()
        counted.append({name: int(counts.get(label, 0)) for label, name in enumerate(manifest.class_names)})
    names = dict.fromkeys([*before.class_names, *after.class_names])
    totals = [max(1, sum(counts.values())) for counts in counted]
    rows = [(name, counted[0].get(name, 0), counted[1].get(name, 0)) for name in names]
    return tuple(ClassShift(name, was, now, was / totals[0], now / totals[1]) for name, was, now in rows)
