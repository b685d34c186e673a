"""The prediction log: rows with their line in the trail, for the eyes of whose picture it was."""

from __future__ import annotations

import re
import time

import pytest

from assay.store.ids import new_id
from assay.store.prediction_log import log_counts, log_predictions, prediction_of, predictions_of
from assay.store.subjects import add_subject
from assay.store.trail import trail_findings


@pytest.fixture
def two(store):
    return [store.write(lambda c, name=name: add_subject(c, name)).id for name in ("ada", "eve")]


def test_rows_come_back_as_they_were_written_the_newest_first_for_their_subject_alone(store, two, record):
    ada, eve = two
    rows = [record(ada, label=f"l{n}") for n in range(5)]
    assert store.write(lambda c: log_predictions(c, rows)) == [1, 2, 3, 4, 5]
    mine = record(eve)
    store.write(lambda c: log_predictions(c, [mine]))
    with store.reading() as connection:
        assert {each.label for each in predictions_of(connection, ada)} == {row.label for row in rows}
        by_id = {row.id: row for row in rows}
        page = predictions_of(connection, ada, limit=3)
        rest = predictions_of(connection, ada, before=page[-1].id)
        assert [by_id[each.id] for each in [*page, *rest]] == [*page, *rest]
        assert len(page) + len(rest) == 5
        assert prediction_of(connection, eve, mine.id) == mine
        assert prediction_of(connection, ada, mine.id) is None
        assert trail_findings(connection) == []


def test_a_trail_that_was_cut_with_its_head_is_found_by_the_log(store, two, record):
    store.write(lambda c: log_predictions(c, [record(two[0]) for _ in range(3)]))

    def cut(connection):
        for table in ("audit_personal", "audit_trail"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE number = 3")
        connection.exec_driver_sql(
            "UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_trail WHERE number = 2)"
        )

    store.write(cut)
    with store.reading() as connection:
        assert trail_findings(connection) == ["a prediction names line 3, and the trail ends with line 2"]


def test_nothing_is_written_of_rows_of_which_one_cannot_be(store, two, record):
    twice = record(two[0])
    with pytest.raises(Exception, match=r"cannot be written"):
        store.write(lambda c: log_predictions(c, [record(two[0]), twice, twice]))
    with store.reading() as connection:
        assert log_counts(connection).predictions == 0
        assert trail_findings(connection) == []


def test_counts_add_up(store, two, record):
    rows = [
        record(two[n % 2], label="jade" if n else "onyx", for_a_person=n > 2, domain="out" if n == 4 else "in-domain")
        for n in range(5)
    ]
    store.write(lambda c: log_predictions(c, rows))
    with store.reading() as connection:
        counts = log_counts(connection)
    assert (counts.predictions, counts.for_a_person) == (5, 2)
    assert (counts.by_label, counts.by_domain) == ({"jade": 4, "onyx": 1}, {"in-domain": 4, "out": 1})
    assert counts.by_version == {"cells 3": 5}


def test_ids_are_uuids_of_version_7_that_sort_by_their_time():
    first = new_id()
    time.sleep(0.003)
    second = new_id()
    assert first < second
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", each)
        for each in (first, second)
    )
    assert abs(int(first.replace("-", "")[:12], 16) / 1000 - time.time()) < 5


def test_what_a_shadow_said_is_kept_and_shown_to_nobody_as_an_answer(store, two, record):
    given = record(two[0], experiment="new head")
    looked_on = record(two[0], experiment="new head", arm="shadow", pair=given.id, engine_ms=7.5, label="onyx")
    store.write(lambda c: log_predictions(c, [given, looked_on]))
    with store.reading() as connection:
        assert predictions_of(connection, two[0]) == [given]
        assert prediction_of(connection, two[0], looked_on.id) is None
        assert log_counts(connection).by_label == {"jade": 1}
        assert trail_findings(connection) == []
