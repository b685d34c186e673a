"""Enqueue: answers of the log, files of a study and known pictures become items for review."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from assay.errors import ServiceError
from assay.review.forms import form_of
from assay.review.item import CLOSED, COLLECTED, ReviewItem
from assay.review.policy import PRIORITY, QueuePolicy
from assay.review.rows import AT_ONCE, add_items, items, settle
from assay.store.prediction_log import GIVEN, PredictionRecord, read_prediction
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.tables import PREDICTIONS


@dataclass(frozen=True)
class Enqueued:
    """What became of what was to be queued.

    Attributes:
        items: that are new.
        unkept: answers whose picture was not kept with consent, so that nobody can look at it.
        known: that are queued already.
    """

    items: tuple[ReviewItem, ...]
    unkept: int
    known: int


def in_random_slice(prediction: str, share: float) -> bool:
    """Whether an answer belongs to the random slice, whatever was answered: by a digest of its random id."""
    return int(hashlib.sha256(prediction.encode()).hexdigest()[:13], 16) < share * 16**13


def sources_of(record: PredictionRecord, policy: QueuePolicy) -> list[str]:
    """Why an answer is to be reviewed, the most urgent reason first; [] where nothing speaks for it."""
    answers = {
        "random": in_random_slice(record.id, policy.random_share),
        "flip": record.answer.get("probe", {}).get("stable") is False,
        "ood": record.domain == "unsure",
        "low_confidence": record.confidence < policy.below,
    }
    return sorted((name for name, holds in answers.items() if holds), key=lambda name: -PRIORITY[name])


def prediction_item(
    record: PredictionRecord, source: str, policy: QueuePolicy, *, form: str = "label", batch: str = ""
) -> ReviewItem:
    """The item of an answer whose picture is kept.

    Args:
        record: from the log.
        source: why.
        policy: of the queue.
        form: in which it is asked.
        batch: that it belongs to.
    """
    drawn = source == "random" or (form == "label" and in_random_slice(record.id, policy.random_share))
    unsure = 1.0 - record.confidence
    return ReviewItem(
        form,
        source,
        random_slice=drawn,
        batch=batch,
        subject=record.subject,
        prediction=record.id,
        picture=record.picture,
        classes=tuple(record.answer.get("probabilities", {})),
        hidden={"label": record.label, "confidence": record.confidence, "domain": record.domain},
        wanted=policy.wanted(source, random_slice=drawn),
        priority=max(PRIORITY[source], PRIORITY["random"] if drawn else 0.0) + unsure,
        model=record.model,
        version=record.version,
        bundle=record.bundle,
    )


def queue_predictions(
    connection: Connection,
    ids: Iterable[str],
    source: str,
    policy: QueuePolicy,
    *,
    form: str = "label",
    batch: str = "",
    count: int | None = None,
    seed: int = 0,
) -> Enqueued:
    """Queue answers: those that are named, or so many of them, drawn at random among those that can be looked at.

    Args:
        connection: in a transaction that may write.
        ids: of answers that were given.
        source: why, of `SOURCES`: "drift", "feedback", "random".
        policy: of the queue.
        form: in which they are asked.
        batch: name of what is queued together.
        count: of them; None for all.
        seed: of the draw.
    """
    form_of(form)
    wanted, records, unkept = sorted(set(ids)), [], 0
    for start in range(0, len(wanted), AT_ONCE):
        asked = select(PREDICTIONS).where(PREDICTIONS.c.id.in_(wanted[start : start + AT_ONCE]), GIVEN)
        rows = [read_prediction(row) for row in connection.execute(asked.order_by(PREDICTIONS.c.id))]
        records += [row for row in rows if row.kept]
        unkept += sum(not row.kept for row in rows)
    if count is not None and count < len(records):
        records = random.Random(seed).sample(records, count)
    wishes = [prediction_item(record, source, policy, form=form, batch=batch) for record in records]
    return _added(connection, wishes, unkept)


def queue_files(
    connection: Connection,
    form: str,
    files: Sequence[Mapping[str, str]],
    *,
    batch: str,
    source: str = "study",
    wanted: int = 2,
    classes: Sequence[str] = (),
    hidden: Sequence[Mapping[str, Any]] = (),
) -> Enqueued:
    """Queue files of this machine: samples of a study, findings of an audit.

    Args:
        connection: in a transaction that may write.
        form: in which they are asked.
        files: of each item by what they are to the form ("picture", "heat", "other"); absolute paths.
        batch: name of what is queued together.
        source: why: "study" or "audit".
        wanted: reviewers that look at each.
        classes: that a reviewer may choose from.
        hidden: of each item, what is said of it: "label"; () for nothing.

    Raises:
        ServiceError: there is no such form, or a file that it shows is missing.
    """
    needed = form_of(form).shows
    wishes = []
    for number, shows in enumerate(files):
        for name in needed:
            path = Path(shows.get(name, ""))
            if not (path.is_absolute() and path.is_file()):
                raise ServiceError(
                    f"{path}: is no file (the {name} of item {number} of {batch}); name files by whole paths"
                )
        about = hidden[number] if hidden else {}
        item = ReviewItem(form, source, batch=batch, shows=dict(shows), classes=tuple(classes), hidden=dict(about))
        wishes.append(replace(item, wanted=wanted, priority=PRIORITY[source]))
    return _added(connection, wishes, 0)


def queue_collected(
    connection: Connection, files: Iterable[Path], classes: Sequence[str], *, batch: str, most: int | None = None
) -> Enqueued:
    """Queue pictures of a collection: their class is asked of people, who do not see what they were collected for.

    Args:
        connection: in a transaction that may write.
        files: whole paths; those that were queued before are passed over.
        classes: that a reviewer may choose from, as the model has them.
        batch: name of the collection.
        most: new ones at most; None for all.
    """
    wishes = [
        ReviewItem("label", COLLECTED, batch=batch, shows={"picture": str(file)}, classes=tuple(classes))
        for file in files
    ]
    queued = set(connection.scalars(select(REVIEW_ITEMS.c.mark).where(REVIEW_ITEMS.c.source == COLLECTED)))
    fresh = [replace(each, priority=PRIORITY[COLLECTED]) for each in wishes if each.mark not in queued]
    return Enqueued(tuple(add_items(connection, fresh[:most])), 0, len(wishes) - len(fresh))


def queue_known(
    connection: Connection, pictures: Iterable[tuple[Path, str]], classes: Sequence[str], *, batch: str
) -> Enqueued:
    """Queue pictures whose class is known, which measure reviewers; each is asked of everybody once.

    Args:
        connection: in a transaction that may write.
        pictures: (absolute path, class) of each.
        classes: that a reviewer may choose from, as the model has them.
        batch: where they come from, such as a digest of the manifest.
    """
    known = [
        ReviewItem(
            "label",
            "known",
            batch=batch,
            shows={"picture": str(path)},
            classes=tuple(classes),
            known=label,
            wanted=0,
            priority=PRIORITY["known"],
        )
        for path, label in pictures
    ]
    return _added(connection, known, 0)


def raise_priority(connection: Connection, item: ReviewItem) -> None:
    """Where an item is queued for another reason already, let it come as early as this one would."""
    table = REVIEW_ITEMS.c
    lower = table.mark == item.mark, table.priority < item.priority, table.state != CLOSED
    connection.execute(REVIEW_ITEMS.update().where(*lower).values(priority=item.priority))


def mark_random(connection: Connection, item: ReviewItem) -> None:
    """Where an item of the random slice is queued for another reason already, let it belong to the slice all the same.

    Somebody may have queued it by hand before the sweep has seen it; a slice that lacks such items is not random.
    """
    table = REVIEW_ITEMS.c
    same = table.mark == item.mark, table.random_slice.is_(False), table.state != CLOSED
    values = {"random_slice": True, "wanted": item.wanted, "priority": item.priority}
    if connection.execute(REVIEW_ITEMS.update().where(*same).values(**values)).rowcount:
        for each in items(connection, table.mark == item.mark):
            settle(connection, each)  # more reviewers may be wanted than have looked at it


def _added(connection: Connection, wishes: list[ReviewItem], unkept: int) -> Enqueued:
    made = add_items(connection, wishes)
    return Enqueued(tuple(made), unkept, len(wishes) - len(made))
