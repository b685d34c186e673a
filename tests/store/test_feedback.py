"""Feedback in the store: one row for each answer, whoever writes at the same time."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine

from assay.database.url import with_driver
from assay.store.feedback import Feedback, feedback_of, keep_feedback
from assay.store.prediction_log import log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from assay.store.tables import PREDICTIONS
from assay.store.trail import hold_trail, trail_findings


def test_of_two_processes_that_tell_at_once_one_stands_and_the_trail_has_both(url, record):
    with ServiceStore(url) as one, ServiceStore(url) as other:
        ada = one.write(lambda c: add_subject(c, "ada")).id
        row = record(ada)
        one.write(lambda c: log_predictions(c, [row]))

        def tell(store, kind):
            for number in range(10):
                said = Feedback(row.id, ada, row.key, "wrong", comment=f"{kind} {number}")
                assert store.write(lambda c, f=said: keep_feedback(c, f))[1]

        threads = [threading.Thread(target=tell, args=pair) for pair in ((one, "a"), (other, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with one.reading() as connection:
            stands = feedback_of(connection, ada, row.id)
            assert (stands.trail, stands.comment[2:]) == (21, "9")
            assert feedback_of(connection, row.key, row.id) is None
            assert trail_findings(connection) == []


def test_who_tells_holds_nothing_that_another_process_waits_for(store, url, record):
    """Another process has the end of the trail and then wants the answer that feedback is about."""
    if not url.startswith("postgresql"):
        pytest.skip("SQLite lets one transaction write at a time")
    ada = store.write(lambda c: add_subject(c, "ada")).id
    row = record(ada)
    store.write(lambda c: log_predictions(c, [row]))
    engine = create_engine(with_driver(url))
    with engine.connect() as other, other.begin():
        hold_trail(other)
        told = store.submit(lambda c: keep_feedback(c, Feedback(row.id, ada, row.key, "wrong")))
        with pytest.raises(TimeoutError):
            told.result(1.0)
        other.execute(PREDICTIONS.update().where(PREDICTIONS.c.id == row.id).values(for_a_person=True))
    assert told.result(10.0)[1]
    engine.dispose()
