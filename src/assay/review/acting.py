"""Acting: what a reviewer does about an item: choose, decide against or for the answer, skip, undo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from assay.review.forms import form_of
from assay.review.forms.form import Form
from assay.review.item import CLOSED, DISPUTED, ReviewItem
from assay.review.leases import end_lease, end_leases, lease_of, write_lease
from assay.review.policy import QueuePolicy
from assay.review.queue import Assignment, free_for, lend
from assay.review.refused import ReviewRefused
from assay.review.review import SKIP, UNDO, Review, in_force
from assay.review.reviewers import Reviewer
from assay.review.rows import add_review, item_of, reviews
from assay.store.ids import as_time
from assay.store.review_tables import REVIEWS

LONGEST = 2000
"""Characters of a comment or a reason."""


@dataclass(frozen=True)
class Chosen:
    """What became of a choice.

    Attributes:
        item: what it was about.
        review: that was written; None where the answer is to be seen and decided about first.
    """

    item: ReviewItem
    review: Review | None


def hides_answer(form: Form, item: ReviewItem) -> bool:
    """Whether there is an answer that a reviewer may only see once he has chosen."""
    return bool(item.answer) and not form.shows_answer


def choose(
    connection: Connection,
    reviewer: Reviewer,
    item_id: str,
    choice: str,
    policy: QueuePolicy,
    *,
    details: Iterable[tuple[str, str]] = (),
    comment: str = "",
    seconds: float | None = None,
    at: datetime | None = None,
) -> Chosen:
    """A choice, made before the answer was seen. What agrees with the answer, or leaves the question open, is a review.

    Whatever else is kept in the lease, so that it stays as it was made, and the answer may be shown.

    Args:
        connection: in a transaction that may write.
        reviewer: who chooses.
        item_id: of what.
        choice: value of a choice of its form.
        policy: of the queue.
        details: (name, value) of what was ticked beside it.
        comment: in his words.
        seconds: that he looked, as his browser says; None takes the time since the item was lent.
        at: the present.

    Raises:
        Refused: the item is not his to decide (any more), or has no such choice.
    """
    moment = at or datetime.now(UTC)
    mine = held(connection, reviewer, item_id, policy, moment)
    form, lease = form_of(mine.item.form), mine.lease
    if lease.blind:
        raise ReviewRefused("chosen", "you have chosen already; decide now what holds")
    picked = form.choice(mine.item, choice)
    kept = form.checked(mine.item, choice, details)
    lease = replace(lease, details=kept, comment=comment.strip()[:LONGEST])
    agrees = picked.abstains or choice == mine.item.answer
    if hides_answer(form, mine.item) and not agrees:
        write_lease(connection, replace(lease, blind=choice))
        return Chosen(mine.item, None)
    mine = replace(mine, lease=lease)
    return _reviewed(connection, reviewer, mine, choice, choice, "", seconds, moment, policy.guideline)


def decide(
    connection: Connection,
    reviewer: Reviewer,
    item_id: str,
    final: str,
    policy: QueuePolicy,
    *,
    reason: str = "",
    seconds: float | None = None,
    at: datetime | None = None,
) -> Chosen:
    """What a reviewer says once he has seen the answer; another class than the model's needs a reason.

    Args:
        connection: in a transaction that may write.
        reviewer: who decides.
        item_id: of what.
        final: value of a choice.
        policy: of the queue.
        reason: for an override.
        seconds: as of `choose`.
        at: the present.

    Raises:
        Refused: he has not chosen blind, the item is not his (any more), or the reason is missing.
    """
    moment = at or datetime.now(UTC)
    mine = held(connection, reviewer, item_id, policy, moment)
    if not mine.lease.blind:
        raise ReviewRefused("blind", "choose first, before the answer is shown")
    picked = form_of(mine.item.form).choice(mine.item, final)
    overrides = not picked.abstains and final != mine.item.answer
    if overrides and not reason.strip():
        raise ReviewRefused("reason", "say why you decide against the model's answer")
    why = reason.strip()[:LONGEST] if overrides else ""
    return _reviewed(connection, reviewer, mine, mine.lease.blind, final, why, seconds, moment, policy.guideline)


def skip(connection: Connection, reviewer: Reviewer, item_id: str, policy: QueuePolicy) -> Chosen:
    """Leave an item to others; it does not come again unless that is undone.

    Raises:
        Refused: the item is not his (any more).
    """
    mine = held(connection, reviewer, item_id, policy, datetime.now(UTC))
    skipped = Review(item_id, reviewer.id, mine.item.form, SKIP, blind=mine.lease.blind)
    return _written(connection, reviewer, mine.item, skipped)


def undo(connection: Connection, reviewer: Reviewer, policy: QueuePolicy, *, form: str = "") -> Assignment | None:
    """Take back the last thing that a reviewer did, and have the item before him as it was; None where there is none.

    Whoever has seen the answer cannot choose blind once more: his choice of before stays the blind one.

    Args:
        connection: in a transaction that may write.
        reviewer: whose.
        policy: of the queue.
        form: that he works on; "" for any.
    """
    rows = reviews(connection, REVIEWS.c.reviewer == reviewer.id)
    standing = [row for row in in_force(rows) if form in ("", row.form)]
    if not standing:
        return None
    last, moment = standing[-1], datetime.now(UTC)
    item = item_of(connection, last.item)
    if item is None or item.state == CLOSED:
        raise ReviewRefused("stays", "the picture can be looked at no longer, so what was said of it stays as it is")
    add_review(connection, Review(item.id, reviewer.id, last.form, UNDO, supersedes=last.id), actor=reviewer.name)
    was, item = item, item_of(connection, last.item)
    assert item is not None
    if was.state == DISPUTED and item.state != DISPUTED:
        end_leases(connection, item.id)  # there is nothing to arbitrate any more
    assignment = lend(connection, item, reviewer, policy, moment)
    shape, seen = form_of(item.form), last.blind or last.final  # of an imported one nobody knows what was blind
    if last.kind != SKIP and (not hides_answer(shape, item) or shape.choice(item, seen).abstains):
        seen = ""
    lease = replace(assignment.lease, blind=seen, details=last.details, comment=last.comment, redo=last.id)
    return Assignment(item, write_lease(connection, lease), last.arbiter)


def held(connection: Connection, reviewer: Reviewer, item_id: str, policy: QueuePolicy, at: datetime) -> Assignment:
    """An item that a reviewer has before him; one whose lease has run out is his again while nobody else has it.

    Raises:
        Refused: it is not.
    """
    item, lease = item_of(connection, item_id), lease_of(connection, item_id, reviewer.id)
    if item is None or item.state == CLOSED:
        raise ReviewRefused("gone", "this item can be looked at no longer")
    if lease is None:
        raise ReviewRefused("lost", "this item is not before you: it was decided, or somebody else has it now")
    if lease.until > as_time(at):
        return Assignment(item, lease, item.state == DISPUTED)
    free = free_for(connection, item_id, reviewer, at)
    if free is None:
        end_lease(connection, item_id, reviewer.id)
        raise ReviewRefused("late", "it took so long that somebody else has this item now")
    return lend(connection, free, reviewer, policy, at)


def _reviewed(
    connection: Connection,
    reviewer: Reviewer,
    mine: Assignment,
    blind: str,
    final: str,
    reason: str,
    seconds: float | None,
    at: datetime,
    guideline: str,
) -> Chosen:
    item, lease = mine.item, mine.lease
    form = form_of(item.form)
    overrides = hides_answer(form, item) and final != item.answer and not form.choice(item, final).abstains
    since = max(0.0, (at - datetime.fromisoformat(lease.taken)).total_seconds())
    review = Review(
        item.id,
        reviewer.id,
        item.form,
        blind=blind,
        final=final,
        override=overrides,
        reason=reason,
        comment=lease.comment,
        details=lease.details,
        seconds=round(since if seconds is None else min(max(seconds, 0.0), since), 3),
        arbiter=mine.arbiter,
        guideline=guideline,
    )
    return _written(connection, reviewer, item, review)


def _written(connection: Connection, reviewer: Reviewer, item: ReviewItem, review: Review) -> Chosen:
    kept = add_review(connection, review, actor=reviewer.name)
    end_lease(connection, item.id, reviewer.id)
    settled = item_of(connection, item.id)
    assert settled is not None
    return Chosen(settled, kept)
