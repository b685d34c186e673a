"""Pictures of jobs are kept by consent alone: of the job itself, or of its owner before it was sent."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assay.serving.jobs import runner
from assay.store.tables import CONSENTS, PREDICTIONS
from serving_jobs import ended, photos, status, submit, zipped
from serving_world import World, is_problem


def files(world: World) -> list[Path]:
    return [path for path in world.service.keeping.pictures.folder.rglob("*") if path.is_file()]


def kept(world: World) -> list[bool]:
    with world.store.reading() as connection:
        return list(connection.scalars(select(PREDICTIONS.c.kept).order_by(PREDICTIONS.c.id)))


@pytest.fixture
def held(world: World, monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Lets jobs answer a portion each time it is released."""
    allowed = threading.Semaphore(0)

    async def room(self: Any) -> None:
        while not allowed.acquire(blocking=False) and not self._closed.is_set():
            await runner.asyncio.sleep(0.01)

    monkeypatch.setattr(runner.Runner, "_room", room)
    return allowed


def test_pictures_of_a_job_are_kept_by_its_own_consent_which_is_written_once(world):
    without = submit(world, zipped(photos(2))).json()["id"]
    ended(world, without)
    assert (kept(world), files(world)) == ([False] * 2, [])
    job = submit(world, zipped(photos(6, 10)), **{"X-Consent": "1 improve"}).json()["id"]
    ended(world, job)
    assert kept(world) == [False] * 2 + [True] * 6
    assert len(files(world)) == 6
    with world.store.reading() as connection:
        (row,) = connection.execute(select(CONSENTS)).all()
    assert (row.request, row.version, row.uses) == (job, "1", "keep improve")


def test_another_version_is_refused_before_anything_is_taken(world):
    assert is_problem(submit(world, zipped(photos(1)), **{"X-Consent": "0"}), "consent")
    assert world.client.get("/v1/jobs", headers=world.headers()).json()["jobs"] == []


def test_consent_that_is_withdrawn_while_a_job_is_at_work_keeps_nothing_of_the_rest_which_is_answered(world, held):
    job = submit(world, zipped(photos(8)), **{"X-Consent": "1"}).json()["id"]
    held.release()
    until = time.monotonic() + 60
    while status(world, job)["done"] < 4:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert len(files(world)) == 4
    assert world.client.delete("/v1/consent", headers=world.headers()).json()["pictures"] == 4
    held.release(5)
    assert ended(world, job)["done"] == 8
    assert (kept(world), files(world)) == ([False] * 8, [])


def test_what_was_agreed_to_for_all_holds_for_jobs_that_are_sent_afterwards(world, held):
    before = submit(world, zipped(photos(2))).json()["id"]
    time.sleep(0.01)
    agreed = world.client.put("/v1/consent", json={"version": "1"}, headers=world.headers())
    assert agreed.status_code == 200
    held.release(2)
    ended(world, before)
    assert kept(world) == [False] * 2
    after = submit(world, zipped(photos(2, 10))).json()["id"]
    held.release(2)
    ended(world, after)
    assert kept(world) == [False] * 2 + [True] * 2
    assert len(files(world)) == 2


def test_the_same_job_with_another_consent_is_another_request(world):
    again = {"Idempotency-Key": '"one"'}
    first = submit(world, zipped(photos(1)), **again, **{"X-Consent": "1"})
    assert first.status_code == 202
    assert is_problem(submit(world, zipped(photos(1)), **again), "key-used")
