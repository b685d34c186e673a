"""Feedback in the store: one row for each answer, whoever writes at the same time."""

from __future__ import annotations

import threading

from assay.store.feedback import Feedback, feedback_of, keep_feedback
from assay.store.prediction_log import log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from assay.store.trail import trail_findings


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
