"""What waits, and what is imported, in each kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.review.conftest import PLAIN

from assay.review.enqueue import mark_random
from assay.review.imports.table import Table, TableLine, read_table
from assay.review.imports.write import import_table
from assay.review.item import SETTLED
from assay.review.queue import next_assignment
from assay.review.rows import items, reviews_of
from assay.review.waiting import waiting


def test_items_are_counted_by_form_reason_and_batch_with_the_leases_that_have_not_run_out(desk):
    drifted = desk.add(3, source="drift", batch="june", wanted=1)
    desk.add(2)
    now = datetime.now(UTC)
    desk.do(next_assignment, desk.kim, "label", PLAIN, at=now)
    (drift, unsure) = desk.look(waiting, now)
    assert (drift.form, drift.source, drift.batch, drift.items, drift.leases) == ("label", "drift", "june", 3, 1)
    assert drift.states == {"open": 3, "disputed": 0, "settled": 0, "closed": 0}
    assert drift.oldest == drifted[0].time
    assert (unsure.source, unsure.batch, unsure.items, unsure.leases) == ("low_confidence", "", 2, 0)
    assert [each.leases for each in desk.look(waiting, now + timedelta(days=1))] == [0, 0]


def test_lines_become_reviews_once(desk, tmp_path):
    (item,) = desk.add(wanted=2)
    file = tmp_path / "reviews.csv"
    file.write_text(f"item,reviewer,final,blind\n{item.id},kim,jade,jade\n{item.id},lou,jade,jade\nx,kim,jade,\n")
    table = read_table(file)
    made = desk.do(import_table, table, actor="ada")
    assert (made.reviews, made.known, made.passed) == (2, 0, 0)
    assert made.refused == {4: "there is no item x"}
    again = desk.do(import_table, table, actor="ada")
    assert (again.reviews, again.known) == (0, 2)
    assert len(desk.look(reviews_of, item.id)) == 2
    assert desk.item(item).state == SETTLED


def test_an_item_that_joins_the_random_slice_asks_as_many_as_the_slice_does_and_opens_again(desk):
    (item,) = desk.add(wanted=1)
    desk.do(import_table, _table(desk, item), actor="ada")
    assert desk.item(item).state == SETTLED
    desk.do(mark_random, replace(item, random_slice=True, wanted=2, priority=5.0))
    now = desk.item(item)
    assert (now.state, now.random_slice, now.wanted, now.outcome) == ("open", True, 2, "")
    assert len(desk.look(items)) == 1


def _table(desk, item):
    values = dict.fromkeys(("form", "blind", "comment", "reason", "guideline", "form_version", "kind", "time"), "")
    return Table("d" * 64, (TableLine(1, {**values, "item": item.id, "reviewer": "kim", "final": "jade"}),))
