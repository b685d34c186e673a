"""Writing what was imported: each line is held against its item as the desk would, and becomes a review."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from assay.errors import ServiceError
from assay.review.acting import hides_answer
from assay.review.forms import form_of
from assay.review.imports.table import Table, TableLine
from assay.review.item import CLOSED, DISPUTED, OPEN, ReviewItem
from assay.review.leases import end_lease, end_leases
from assay.review.review import REVIEW, Review, in_force
from assay.review.reviewers import ARBITER, REVIEWER, Reviewer, reviewers
from assay.review.rows import add_review, item_of, reviews_of


class _Refused(Exception):  # noqa: N818  # says what is wrong with a line
    """A line is not imported."""


@dataclass(frozen=True)
class Imported:
    """What became of a table.

    Attributes:
        reviews: that were written.
        known: lines that are in the store already.
        passed: lines that are no reviews that stand: skips, and what was taken back.
        refused: number of a line -> why.
    """

    reviews: int
    known: int
    passed: int
    refused: dict[int, str]


def import_table(connection: Connection, table: Table, *, actor: str) -> Imported:
    """Write the lines that can be written, in their order, each with a line of the trail that says who imported it.

    What is in the store already is not written again, so that the same file changes nothing the second time, also
    where what it brought was taken back since.

    Args:
        connection: in a transaction that may write; whoever wants all or nothing takes it back.
        table: that was read.
        actor: who imports it.
    """
    everybody = reviewers(connection)
    written = known = passed = 0
    refused = {}
    for line in table.lines:
        if line.refused:
            refused[line.number] = line.refused
        elif not line.stands:
            passed += 1
        else:
            try:
                review = _review(connection, line, everybody, table.digest)
            except (_Refused, ServiceError) as error:
                refused[line.number] = str(error)
                continue
            if review is None:
                known += 1
                continue
            _write(connection, review, line, everybody, actor)
            written += 1
    return Imported(written, known, passed, refused)


def _review(connection: Connection, line: TableLine, everybody: list[Reviewer], digest: str) -> Review | None:
    """The review of a line; None where it is there already."""
    values = line.values
    item = item_of(connection, values["item"])
    if item is None:
        raise _Refused(f"there is no item {values['item'][:40]}")
    reviewer = _reviewer(values["reviewer"], everybody)
    if values["form"] and values["form"] != item.form:
        raise _Refused(f"the item is of the form {item.form}, not {values['form'][:40]}")
    rows = [row for row in reviews_of(connection, item.id) if row.kind == REVIEW]
    mine = [row for row in rows if row.reviewer == reviewer.id]
    standing = [row for row in in_force(reviews_of(connection, item.id)) if row.kind == REVIEW]
    if any(row.final == values["final"] and (row in standing or row.imported == digest) for row in mine):
        return None
    if item.state == CLOSED:
        raise _Refused(f"the item is closed: {item.closed}")
    if any(row in standing for row in mine):
        raise _Refused(f"{reviewer.name} has reviewed the item already, and chose something else")
    if reviewer.disabled:
        raise _Refused(f"{reviewer.name} is disabled")
    arbiter = _arbitrates(item, reviewer, len(standing))
    form = form_of(item.form)
    final, hides = form.choice(item, values["final"]), hides_answer(form, item)
    blind = values["blind"] or ("" if hides else values["final"])
    if blind:
        form.choice(item, blind)
    details = form.checked(item, final.value, line.details)
    if {(name, text) for name, each in details.items() for text in each} != set(line.details):
        raise _Refused("details: the form has no such ones beside this choice")
    return Review(
        item.id,
        reviewer.id,
        item.form,
        blind=blind,
        final=final.value,
        override=hides and not final.abstains and final.value != item.answer,
        reason=values["reason"],
        comment=values["comment"],
        details=details,
        seconds=round(line.seconds, 3),
        arbiter=arbiter,
        guideline=values["guideline"],
        form_version=values["form_version"],
        imported=digest,
    )


def _reviewer(text: str, everybody: list[Reviewer]) -> Reviewer:
    for each in everybody:
        if text == each.id or text.casefold() == each.name.casefold():
            return each
    raise _Refused(f"there is no reviewer {text[:40]}")


def _arbitrates(item: ReviewItem, reviewer: Reviewer, standing: int) -> bool:
    """Whether this reviewer decides between others; refused where it is not his turn."""
    if item.state == DISPUTED:
        if not reviewer.may(ARBITER):
            raise _Refused(f"reviewers disagree about the item, and {reviewer.name} is no arbiter")
        return True
    if not reviewer.may(REVIEWER):
        raise _Refused(f"{reviewer.name} is no reviewer, and there is nothing to arbitrate")
    if item.state != OPEN or (item.wanted and standing >= item.wanted):
        raise _Refused("the item is decided, and asks nobody else")
    return False


def _write(connection: Connection, review: Review, line: TableLine, everybody: list[Reviewer], actor: str) -> None:
    (name,) = [each.name for each in everybody if each.id == review.reviewer]
    about = {
        "imported_by": actor,
        "line": line.number,
        **({"made": line.values["time"]} if line.values["time"] else {}),
    }
    add_review(connection, review, actor=name, about=about)
    end_lease(connection, review.item, review.reviewer)
    item = item_of(connection, review.item)
    if item is not None and item.state not in (OPEN, DISPUTED):
        end_leases(connection, item.id)  # whoever has it before him is asked no more
