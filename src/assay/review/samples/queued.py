"""Queued: a sample as a batch of the form plausibility, with a line of the audit trail that says what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from assay.errors import ServiceError
from assay.files import digest_of
from assay.review.enqueue import queue_files
from assay.review.item import ReviewItem
from assay.review.rows import items
from assay.review.samples.drawn import Drawn, drawn_of
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.trail import Personal, append_lines

FORM = "plausibility"
LINE = "sample queued"
"""Kind of the line of the audit trail."""
LONGEST = 120


@dataclass(frozen=True)
class QueuedSample:
    """What became of a sample.

    Attributes:
        batch: name of what was queued together.
        added: images that are new in it.
        known: that were queued before.
    """

    batch: str
    added: int
    known: int


def queue_sample(
    connection: Connection, drawn: Sequence[Drawn], *, batch: str, wanted: int = 2, actor: str = ""
) -> QueuedSample:
    """Queue a sample; called again with a larger one of the same images and seed, it adds the rest.

    Args:
        connection: in a transaction that may write.
        drawn: by `assay.review.samples.drawn.draw_sample`.
        batch: name of what is queued together.
        wanted: reviewers that look at each.
        actor: who asks.

    Raises:
        ServiceError: the batch stands for other images already, or a file is not there.
    """
    if not 0 < len(batch) <= LONGEST:
        raise ServiceError(f"batch={batch[:40]}…: a name of a batch has 1 to {LONGEST} characters")
    _refuse_another(connection, drawn, batch)
    queued = queue_files(
        connection,
        FORM,
        [{"picture": each.path} for each in drawn],
        batch=batch,
        wanted=wanted,
        hidden=[each.hidden() for each in drawn],
    )
    if queued.items:
        strata = {each.stratum: sum(image.stratum == each.stratum for image in drawn) for each in drawn}
        content = {
            "batch": batch,
            "seed": drawn[0].stratum.seed,
            "added": len(queued.items),
            "images": digest_of(sorted(each.image for each in drawn)),
            "of": [[key.generator, key.name, key.sets[0], count, key.images] for key, count in strata.items()],
        }
        append_lines(connection, [(LINE, content, Personal("", {"actor": actor}))])
    return QueuedSample(batch, len(queued.items), queued.known)


def sample_items(connection: Connection, batch: str) -> list[tuple[ReviewItem, Drawn]]:
    """The items of a batch that stand for generated images.

    Raises:
        ServiceError: there is no such batch, or it is no sample.
    """
    listed = items(connection, REVIEW_ITEMS.c.batch == batch, REVIEW_ITEMS.c.form == FORM)
    pairs = [(item, drawn) for item in listed if (drawn := drawn_of(item)) is not None]
    if not pairs:
        known = sorted({item.batch for item in items(connection, REVIEW_ITEMS.c.form == FORM) if drawn_of(item)})
        known_batches = (
            f"there are {', '.join(known)}" if known else "none was drawn yet: assay review sample draws one"
        )
        raise ServiceError(f"batch={batch}: is no sample of generated images; {known_batches}")
    return pairs


def _refuse_another(connection: Connection, drawn: Sequence[Drawn], batch: str) -> None:
    before = [drawn_of(item) for item in items(connection, REVIEW_ITEMS.c.batch == batch)]
    asked = {(each.stratum.generator, each.stratum.name): each.stratum for each in drawn}
    for kept in {each.stratum if each is not None else None for each in before}:
        if kept is None:
            raise ServiceError(f"batch={batch}: holds something else than a sample of generated images; name another")
        if any(each.seed != kept.seed for each in asked.values()):
            raise ServiceError(f"batch={batch}: was drawn with seed={kept.seed}; draw more of it with the same seed")
        same = asked.get((kept.generator, kept.name), kept)
        if same.sets != kept.sets:
            raise ServiceError(f"batch={batch}: stands for other images of {kept.title}; name another batch")
