"""LabelSet: reviewed labels that were handed to training or to a new test set, recorded with the pictures in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from assay.errors import ServiceError
from assay.review.labels.label import ReviewedLabel
from assay.review.rows import items
from assay.store.ids import now
from assay.store.label_tables import LABEL_SET_PICTURES, LABEL_SETS
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.trail import Personal, append_lines

TRAIN, TEST = "train", "test"
AT_ONCE = 500


@dataclass(frozen=True)
class LabelSet:
    """A set of reviewed labels.

    Attributes:
        id: of its row.
        name: by which it is called, once.
        split: "train", or "test" for a new test set.
        folder: where its table lies.
        labels: how many.
        digest: hex sha256 of the table.
        time: UTC; set when it is written.
    """

    id: str
    name: str
    split: str
    folder: str
    labels: int
    digest: str
    time: str = ""


def label_sets(connection: Connection) -> list[LabelSet]:
    """All of them, in the order of their making."""
    asked = select(LABEL_SETS).order_by(LABEL_SETS.c.id)
    return [_read(row) for row in connection.execute(asked)]


def label_set_of(connection: Connection, set_id: str) -> LabelSet | None:
    """The set of an id; None where there is none."""
    row = connection.execute(select(LABEL_SETS).where(LABEL_SETS.c.id == set_id)).first()
    return None if row is None else _read(row)


def pictures_of(connection: Connection, split: str) -> dict[str, str]:
    """Picture -> name of a set of this split that names it."""
    asked = select(LABEL_SET_PICTURES.c.picture, LABEL_SETS.c.name).join(LABEL_SETS)
    return {row[0]: row[1] for row in connection.execute(asked.where(LABEL_SETS.c.split == split))}


def add_label_set(connection: Connection, made: LabelSet, labels: Sequence[ReviewedLabel], *, actor: str) -> LabelSet:
    """Record a set with its pictures and a line of the trail.

    Args:
        connection: in a transaction that may write.
        made: what it is.
        labels: in it.
        actor: who made it.

    Raises:
        ServiceError: the name is taken, or a picture was put on the other side meanwhile.
    """
    refuse_name(connection, made.name)
    taken = pictures_of(connection, other_split(made.split))
    if both := [label.picture for label in labels if label.picture in taken]:
        raise ServiceError(f"{made.name}: {len(both)} pictures are in {taken[both[0]]} since a moment ago; ask again")
    kept = LabelSet(made.id, made.name, made.split, made.folder, made.labels, made.digest, now())
    connection.execute(LABEL_SETS.insert().values(**vars(kept)))
    subjects: dict[str, str] = {}
    ids = [label.item for label in labels]
    for start in range(0, len(ids), AT_ONCE):
        some = items(connection, REVIEW_ITEMS.c.id.in_(ids[start : start + AT_ONCE]))
        subjects |= {item.id: item.subject for item in some}
    if subjects:
        rows = [{"set": kept.id, "picture": each.picture, "subject": subjects[each.item]} for each in labels]
        connection.execute(LABEL_SET_PICTURES.insert(), rows)
    content = {"set": kept.id, "split": kept.split, "labels": kept.labels, "digest": kept.digest}
    personal = Personal("", {"actor": actor, "name": kept.name, "folder": kept.folder})
    append_lines(connection, [("labels exported", content, personal)], at=kept.time)
    return kept


def refuse_name(connection: Connection, name: str) -> None:
    """Refuse a name that a set has already, or that is none.

    Raises:
        ServiceError: with what is there.
    """
    if not name.strip() or len(name) > 120:
        raise ServiceError(f"name={name}: a set of labels has a name of 1 to 120 characters")
    if same := [each for each in label_sets(connection) if each.name == name]:
        raise ServiceError(
            f"{name}: there is such a set of labels already ({same[0].split}, {same[0].time[:10]}); give it a name of "
            "its own by name=…"
        )


def other_split(split: str) -> str:
    """The one whose pictures this one must not have."""
    return TRAIN if split == TEST else TEST


def _read(row: Any) -> LabelSet:
    return LabelSet(**row._mapping)
