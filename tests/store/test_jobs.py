"""Jobs in the store: each picture has one item, written with its answer or not at all."""

from __future__ import annotations

import pytest

from assay.store.ids import new_id, now
from assay.store.jobs import (
    Job,
    JobEnded,
    JobItem,
    add_items,
    add_job,
    begin_job,
    delete_expired_jobs,
    end_job,
    job_of,
    jobs_of,
    open_jobs_at,
    open_jobs_of_key,
    results_of,
)
from assay.store.prediction_log import log_predictions
from assay.store.subjects import add_subject
from assay.store.trail import trail_counts, trail_findings


@pytest.fixture
def job(store):
    subject = store.write(lambda connection: add_subject(connection, "Ada")).id
    made = Job(new_id(), subject, new_id(), new_id(), "zip", "queued", 5, 0, 0, now())
    store.write(lambda connection: add_job(connection, made))
    return made


def items(*numbers: int, failed: tuple[int, ...] = ()) -> list[JobItem]:
    return [
        JobItem(
            number, f"{number}.png", "" if number in failed else new_id(), {"title": "no"} if number in failed else {}
        )
        for number in numbers
    ]


def test_a_job_goes_from_queued_to_done_with_its_last_picture(store, job):
    assert store.write(lambda c: begin_job(c, job.id)).state == "running"
    begun = store.write(lambda c: begin_job(c, job.id))
    assert store.write(lambda c: add_items(c, job.id, items(0, 1, failed=(1,)), days=7)).looked_at == 2
    done = store.write(lambda c: add_items(c, job.id, items(2, 3, 4), days=7))
    assert (done.state, done.done, done.failed, done.started) == ("done", 4, 1, begun.started)
    assert done.ended < done.expires
    with store.reading() as connection:
        assert job_of(connection, job.subject, job.id) == done
        assert job_of(connection, new_id(), job.id) is None
        assert jobs_of(connection, job.subject) == [done]
        assert open_jobs_at(connection, job.place) == []
        assert trail_counts(connection)[0] == {"job created": 1, "job done": 1}
        assert trail_findings(connection) == []


@pytest.mark.parametrize("numbers", [(0, 1), (1, 2), (3,), (2, 2), (4, 3)])
def test_items_that_are_not_the_next_ones_are_refused_with_their_answers(store, job, record, numbers):
    store.write(lambda c: begin_job(c, job.id))
    store.write(lambda c: add_items(c, job.id, items(0, 1), days=7))

    def again(connection):
        log_predictions(connection, [record(job.subject)])
        add_items(connection, job.id, items(*numbers), days=7)

    with pytest.raises(JobEnded):
        store.write(again)
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM predictions").scalar() == 0
        assert [result.item.number for result in results_of(connection, job.id)] == [0, 1]


def test_a_job_that_has_ended_takes_nothing_more(store, job):
    store.write(lambda c: begin_job(c, job.id))
    ended = store.write(lambda c: end_job(c, job.id, "cancelled", days=7))
    for work in (
        lambda c: add_items(c, job.id, items(0), days=7),
        lambda c: begin_job(c, job.id),
        lambda c: end_job(c, job.id, "failed", days=7, error="x"),
        lambda c: begin_job(c, new_id()),
    ):
        with pytest.raises(JobEnded):
            store.write(work)
    with store.reading() as connection:
        assert job_of(connection, job.subject, job.id) == ended


def test_results_are_read_in_pages_with_their_answers_as_long_as_the_log_has_them(store, job, record):
    kept = record(job.subject)
    known = JobItem(0, "0.png", kept.id, {})

    def answer(connection):
        log_predictions(connection, [kept])
        add_items(connection, job.id, [known, *items(1, 2, 3, failed=(2,))], days=7)

    store.write(answer)
    with store.reading() as connection:
        first = results_of(connection, job.id, limit=3)
        second = results_of(connection, job.id, after=2, limit=3)
    assert [result.item.number for result in (*first, *second)] == [0, 1, 2, 3]
    assert (first[0].answer, first[0].bundle) == (kept.answer, kept.bundle)
    assert (first[1].answer, first[1].time) == ({}, "")
    assert first[2].item.problem == {"title": "no"}


def test_jobs_of_a_key_are_counted_until_they_end_and_deleted_once_they_expire(store, job):
    other = Job(new_id(), job.subject, job.key, job.place, "zip", "queued", 5, 0, 0, now())
    store.write(lambda c: add_job(c, other))
    store.write(lambda c: add_items(c, job.id, items(0, 1), days=7))
    with store.reading() as connection:
        assert open_jobs_of_key(connection, job.key) == 2
        assert open_jobs_at(connection, job.place)[1] == other
        assert open_jobs_at(connection, new_id()) == []
    store.write(lambda c: end_job(c, job.id, "cancelled", days=0))
    store.write(lambda c: end_job(c, other.id, "cancelled", days=1))
    assert store.write(delete_expired_jobs) == 1
    with store.reading() as connection:
        assert [each.id for each in jobs_of(connection, job.subject)] == [other.id]
        assert results_of(connection, job.id) == []
        assert open_jobs_of_key(connection, job.key) == 0
