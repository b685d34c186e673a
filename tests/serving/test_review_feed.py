"""From an answer of the service to the desk: what is kept with consent and unsure is queued by a thread beside it."""

from __future__ import annotations

import time

from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.reviewers import create_reviewer
from assay.review.rows import items
from assay.review.sweep import close_without_picture, sweep
from assay.serving import review_feed
from assay.serving.review_feed import ReviewFeed, queue_policy
from serving_world import png

ALL = QueuePolicy(below=1.0, random_share=0.0, known_share=0.0)


def everything(world):
    with world.store.reading() as connection:
        return items(connection)


def test_an_unsure_answer_about_a_kept_picture_comes_to_a_reviewer_with_that_picture(world):
    kept = world.ask(png(1), **{"X-Consent": "1"}).json()["results"][0]
    unkept = world.ask(png(2)).json()["results"][0]
    done = sweep(world.store, ALL)
    assert (done.queued, done.unkept) == (1, 1)
    kim = world.store.write(lambda c: create_reviewer(c, "kim", ["reviewer"], actor="test"))
    given = world.store.write(lambda c: next_assignment(c, kim, "label", ALL))
    assert given.item.prediction == kept["id"] != unkept["id"]
    assert given.item.classes == tuple(kept["probabilities"])
    assert given.item.bundle == world.service.holder.engine.digest
    assert world.service.keeping.pictures.has(given.item.picture)


def test_a_running_service_queues_by_itself_and_ends_with_it(world, monkeypatch):
    monkeypatch.setattr(review_feed, "EVERY", 0.05)
    feed = ReviewFeed(world.store, ALL, world.service.keeping.pictures)
    world.ask(png(1), **{"X-Consent": "1"})
    until = time.monotonic() + 60
    while not everything(world) and time.monotonic() < until:
        time.sleep(0.05)
    feed.close()
    assert len(everything(world)) == 1


def test_what_is_asked_of_the_service_is_the_policy_of_the_queue(with_settings):
    world = with_settings(review_below=0.9, review_random=0.5, review_known=0.1)
    policy = queue_policy(world.service.settings, "d" * 64)
    asked = (policy.below, policy.random_share, policy.known_share, policy.guideline)
    assert asked == (0.9, 0.5, 0.1, "d" * 64)


def test_withdrawn_consent_closes_the_item(world):
    world.ask(png(1), **{"X-Consent": "1"})
    sweep(world.store, ALL)
    assert world.client.delete("/v1/consent", headers=world.headers()).status_code == 200
    assert close_without_picture(world.store, world.service.keeping.pictures) == 1
    assert [item.closed for item in everything(world)] == ["the picture is kept no longer"]
