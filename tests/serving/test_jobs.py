"""Jobs: many pictures at once, answered like any other, while whoever waits for an answer comes first."""

from __future__ import annotations

import io
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from assay.serving.jobs import runner
from assay.store.keys import create_key, revoke_key
from assay.store.subjects import add_subject
from assay.store.trail import trail_findings
from serving_jobs import ended, photos, results, status, submit, zipped
from serving_world import World, is_problem, png


@pytest.fixture
def held(world, monkeypatch):
    """Lets jobs of the world answer portions only when told to."""
    return hold(world, monkeypatch)


def hold(world: World, monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    allowed = threading.Semaphore(0)
    real = runner.Runner._room

    async def room(self: Any) -> None:
        while not allowed.acquire(blocking=False) and not self._closed.is_set():
            await runner.asyncio.sleep(0.01)
        await real(self)

    monkeypatch.setattr(runner.Runner, "_room", room)
    return allowed


def until(condition: Any) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_each_picture_of_a_job_gets_the_answer_of_the_bundle_and_its_row_in_log_and_trail(world, bundle):
    files = photos(9) | {"photos/notes.txt": b"no picture", "photos/torn.png": png(50)[:120]}
    response = submit(world, zipped(files))
    assert response.status_code == 202
    made = response.json()
    assert response.headers["location"] == f"/v1/jobs/{made['id']}"
    assert (made["state"], made["kind"], made["total"], made["done"]) == ("queued", "zip", 11, 0)
    done = ended(world, made["id"])
    assert (done["state"], done["done"], done["failed"], done["error"]) == ("done", 9, 2, "")
    assert made["created"] <= done["started"] <= done["ended"] < done["expires"]
    assert done["rate"] > 0
    lines = results(world, made["id"])
    assert [line["number"] for line in lines] == list(range(11))
    assert [line["name"] for line in lines] == list(files)
    expected = bundle.predict([png(n) for n in range(9)])
    assert [line["label"] for line in lines[:9]] == [answer.label for answer in expected]
    for line, answer in zip(lines, expected, strict=False):
        assert list(line["probabilities"].values()) == pytest.approx(list(map(float, answer.probabilities)), abs=1e-6)
    assert {line["bundle"] for line in lines[:9]} == {bundle.digest}
    assert [line["problem"]["type"] for line in lines[9:]] == ["/problems/format", "/problems/unreadable"]
    kept = world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"]
    assert {each["id"] for each in kept} == {line["id"] for line in lines[:9]}
    assert {each["request_id"] for each in kept} == {made["id"]}
    with world.store.reading() as connection:
        assert trail_findings(connection) == []


def test_results_are_a_table_of_parquet_where_that_is_asked_for(world):
    job = submit(world, zipped(photos(5) | {"x.txt": b"x"})).json()["id"]
    ended(world, job)
    address = f"/v1/jobs/{job}/results"
    by_accept = world.client.get(address, headers=world.headers(accept="application/vnd.apache.parquet"))
    by_query = world.client.get(f"{address}?format=parquet", headers=world.headers())
    assert by_accept.content == by_query.content
    assert by_query.headers["content-type"] == "application/vnd.apache.parquet"
    rows = pq.read_table(io.BytesIO(by_query.content)).to_pylist()
    for row, line in zip(rows, results(world, job), strict=True):
        assert (row["number"], row["name"], row["id"]) == (line["number"], line["name"], line["id"])
        assert row["label"] == line.get("label")
        assert row["possible"] == line.get("possible")
        assert row["problem"] == line.get("problem", {}).get("detail")
        assert row["probability_c d"] == line.get("probabilities", {}).get("c d")
    asked = world.client.get(f"{address}?format=jsonl", headers=world.headers(accept="application/vnd.apache.parquet"))
    assert asked.headers["content-type"] == "application/jsonl"
    assert is_problem(world.client.get(f"{address}?format=csv", headers=world.headers()), "request")


def test_the_archive_lies_beside_the_database_until_the_job_ends(world, held, tmp_path):
    job = submit(world, zipped(photos(3))).json()["id"]
    (file,) = [path for path in (tmp_path / "service-jobs").iterdir() if not path.name.startswith(".")]
    assert file.name == job
    assert file.stat().st_mode & 0o777 == 0o600
    held.release()
    ended(world, job)
    until(lambda: not file.exists())


def test_a_cancelled_job_answers_nothing_more_and_keeps_what_it_has(world, held, tmp_path):
    job = submit(world, zipped(photos(10))).json()["id"]
    held.release()
    until(lambda: status(world, job)["done"] == 4)
    cancelled = world.client.post(f"/v1/jobs/{job}/cancel", headers=world.headers()).json()
    assert (cancelled["state"], cancelled["done"]) == ("cancelled", 4)
    held.release(3)
    assert submit(world, zipped(photos(2, 20))).status_code == 202
    until(lambda: world.client.get("/v1/jobs", headers=world.headers()).json()["jobs"][0]["ended"])
    assert status(world, job) == cancelled
    assert len(results(world, job)) == 4
    assert not (tmp_path / "service-jobs" / job).exists()
    again = world.client.post(f"/v1/jobs/{job}/cancel", headers=world.headers())
    assert (again.status_code, again.json()) == (200, cancelled)


def test_a_deleted_job_is_gone_with_its_results_and_its_answers_stay_in_the_log(world, tmp_path):
    job = submit(world, zipped({"ada-lovelace.png": png()})).json()["id"]
    ended(world, job)
    assert world.client.delete(f"/v1/jobs/{job}", headers=world.headers()).status_code == 204
    for method, path in (("GET", ""), ("GET", "/results"), ("POST", "/cancel"), ("DELETE", "")):
        assert is_problem(world.client.request(method, f"/v1/jobs/{job}{path}", headers=world.headers()), "not-found")
    assert len(world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"]) == 1
    with sqlite3.connect(tmp_path / "service.db") as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"ada-lovelace" not in (tmp_path / "service.db").read_bytes()


def test_somebody_elses_job_is_not_there(world):
    job = submit(world, zipped(photos(1))).json()["id"]
    other = world.store.write(lambda c: add_subject(c, "eve")).id
    eve = world.store.write(lambda c: create_key(c, other, "eve", ["classify"], actor="test"))[1]
    theirs = {"Authorization": f"Bearer {eve}"}
    for method, path in (("GET", ""), ("GET", "/results"), ("POST", "/cancel"), ("DELETE", "")):
        assert is_problem(world.client.request(method, f"/v1/jobs/{job}{path}", headers=theirs), "not-found")
    assert world.client.get("/v1/jobs", headers=theirs).json()["jobs"] == []
    assert ended(world, job)["state"] == "done"


def test_jobs_are_listed_in_pages_the_newest_first(with_settings):
    world = with_settings(open_jobs=10)
    made = [submit(world, zipped(photos(1))).json()["id"] for _ in range(5)]
    first = world.client.get("/v1/jobs?limit=3", headers=world.headers()).json()
    second = world.client.get(f"/v1/jobs?limit=3&before={first['next']}", headers=world.headers()).json()
    assert [each["id"] for page in (first, second) for each in page["jobs"]] == made[::-1]
    assert second["next"] == ""


def test_whoever_waits_for_an_answer_comes_before_jobs(world, monkeypatch):
    order: list[str] = []
    real = world.service.dispatcher.submit

    def noted(engine: Any, image: Any, deadline: float) -> Any:
        order.append("job" if image.shape[0] == 24 else "asked")
        return real(engine, image, deadline)

    monkeypatch.setattr(world.service.dispatcher, "submit", noted)
    monkeypatch.setattr(runner, "PATIENCE", 3600.0)
    with world.service.admission.admitted(3, 60):
        job = submit(world, zipped(photos(8))).json()["id"]
        until(lambda: status(world, job)["state"] == "running")
        assert world.ask(png(900, (30, 30))).status_code == 200
        assert status(world, job)["done"] == 0
    assert ended(world, job)["done"] == 8
    assert order == ["asked"] + ["job"] * 8
    assert world.service.admission.inside == 0


def test_several_jobs_together_have_no_more_than_one_portion_inside(world, monkeypatch):
    inside: list[int] = []
    real = world.service.decoders.submit

    def noted(*arguments: Any) -> Any:
        inside.append(world.service.admission.inside)
        return real(*arguments)

    monkeypatch.setattr(world.service.decoders, "submit", noted)
    monkeypatch.setattr(runner, "ROOM", 0.0)
    monkeypatch.setattr(runner, "PATIENCE", 0.0)
    for job in [submit(world, zipped(photos(16, 20 * n))).json()["id"] for n in range(4)]:
        ended(world, job)
    assert len(inside) == 64
    assert max(inside) == 4


def test_where_somebody_always_waits_a_portion_goes_now_and_then_all_the_same(world, monkeypatch):
    monkeypatch.setattr(runner, "PATIENCE", 0.05)
    with world.service.admission.admitted(3, 60):
        assert ended(world, submit(world, zipped(photos(6))).json()["id"])["done"] == 6


def test_a_small_job_does_not_wait_for_the_end_of_a_large_one(world, held):
    large, small = (submit(world, zipped(photos(count))).json()["id"] for count in (40, 3))
    until(lambda: status(world, small)["state"] == status(world, large)["state"] == "running")
    held.release(4)
    assert ended(world, small)["done"] == 3
    assert status(world, large)["done"] <= 16
    held.release(20)
    assert ended(world, large)["done"] == 40


def test_a_key_has_so_many_open_jobs_pictures_of_a_day_and_bytes(with_settings, monkeypatch, tmp_path):
    world = with_settings(open_jobs=2, per_day=10, job_pictures=8, job_mb=0.05)
    held = hold(world, monkeypatch)
    first, second = (submit(world, zipped(photos(3))) for _ in range(2))
    third = submit(world, zipped(photos(1)))
    assert (first.status_code, second.status_code) == (202, 202)
    assert is_problem(third, "rate")
    assert int(third.headers["retry-after"]) >= 1
    assert "2 open jobs" in third.json()["detail"]
    held.release(10)
    for response in (first, second):
        ended(world, response.json()["id"])
    assert is_problem(submit(world, zipped(photos(5))), "rate"), "six of ten pictures are used"
    assert is_problem(submit(world, zipped(photos(9))), "too-large")
    assert is_problem(submit(world, zipped({"x.png": bytes(60_000)}, 0)), "too-large")
    assert submit(world, zipped(photos(4))).status_code == 202
    assert len([path for path in (tmp_path / "service-jobs").iterdir() if not path.name.startswith(".")]) <= 1


def test_a_body_without_a_length_is_read_no_further_than_it_may_reach(with_settings, tmp_path):
    world = with_settings(job_mb=0.01)
    parts = (bytes(1000) for _ in range(20))
    assert is_problem(world.client.post("/v1/jobs", content=parts, headers=world.headers()), "too-large")
    assert not [path for path in (tmp_path / "service-jobs").iterdir() if not path.name.startswith(".")]


def test_the_same_job_sent_again_is_the_same_job(world):
    content = zipped(photos(2))
    first, second = (submit(world, content, **{"Idempotency-Key": "job-1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotent-replayed"] == "true"
    assert is_problem(submit(world, zipped(photos(3)), **{"Idempotency-Key": "job-1"}), "key-used")
    ended(world, first.json()["id"])
    assert len(world.client.get("/v1/jobs", headers=world.headers()).json()["jobs"]) == 1
    assert len(world.client.get("/v1/predictions", headers=world.headers()).json()["predictions"]) == 2
    until(lambda: not [path for path in world.service.jobs.folder.path.iterdir() if path.name[0] != "."])


def test_a_revoked_key_ends_its_jobs(world, held):
    job = submit(world, zipped(photos(10))).json()["id"]
    held.release()
    until(lambda: status(world, job)["done"] == 4)
    subject = world.store.write(lambda c: revoke_key(c, world.ids["classify"], actor="test")).subject
    held.release(5)
    world.keys["classify"] = world.store.write(lambda c: create_key(c, subject, "next", ["classify"], actor="test"))[1]
    failed = ended(world, job)
    assert (failed["state"], failed["error"]) == ("failed", "the key was revoked")
    assert failed["done"] <= 8, "the portion that was at work is finished"


def test_a_picture_at_which_the_engine_fails_is_named_and_the_others_have_their_answers(world, monkeypatch):
    real = world.service.dispatcher.submit

    def failing(engine: Any, image: Any, deadline: float) -> Any:
        if image.shape[0] == 31:
            raise ZeroDivisionError("poison")
        return real(engine, image, deadline)

    monkeypatch.setattr(world.service.dispatcher, "submit", failing)
    files = {"a.png": png(1), "b.png": png(2, (31, 30)), "c.png": png(3)}
    done = ended(world, submit(world, zipped(files)).json()["id"])
    assert (done["state"], done["done"], done["failed"]) == ("done", 2, 1)
    lines = results(world, done["id"])
    assert lines[1]["problem"]["type"] == "/problems/fault"
    assert "poison" not in str(lines)


def test_a_store_that_is_away_for_a_while_delays_a_job_and_loses_nothing(world, monkeypatch, held):
    from assay.errors import ServiceError

    job = submit(world, zipped(photos(6))).json()["id"]
    until(lambda: status(world, job)["state"] == "running")
    real, tries = world.store.submit, []

    def away(work: Any) -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise ServiceError("the disk is full")
        return real(work)

    monkeypatch.setattr(runner, "PATIENCE", 0.01)
    monkeypatch.setattr(world.store, "submit", away)
    held.release(20)
    assert ended(world, job)["done"] == 6
    assert len(results(world, job)) == 6


def test_results_expire_and_are_deleted(with_settings, monkeypatch):
    monkeypatch.setattr(runner, "SWEEP", 0.0)
    monkeypatch.setattr(runner, "LOOK", 0.05)
    world = with_settings(results_days=0)
    job = submit(world, zipped(photos(2))).json()["id"]
    address = f"/v1/jobs/{job}"
    until(lambda: world.client.get(address, headers=world.headers()).status_code == 404)
    with world.store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM job_items").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM predictions").scalar() == 2


def test_files_that_no_job_is_of_are_deleted_once_nobody_can_be_sending_them(world, tmp_path):
    import os

    folder = world.service.jobs.folder
    folder.place()
    for name, age in (("old", 4000), ("new", 10), ("open", 4000)):
        folder.file(name).write_bytes(b"x")
        os.utime(folder.file(name), (time.time() - age,) * 2)
    folder.sweep({"open"})
    assert sorted(path.name for path in folder.path.iterdir() if path.name[0] != ".") == ["new", "open"]
    assert Path(folder.path) == tmp_path / "service-jobs"


def test_a_service_that_is_to_end_takes_no_job(world):
    world.service.admission.closed = True
    assert is_problem(submit(world, zipped(photos(1))), "draining")


def test_a_disk_that_is_full_is_said(world, monkeypatch):
    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assay.serving.jobs.folder.os.fsync", full)
    response = submit(world, zipped(photos(1)))
    assert is_problem(response, "no-room")
    assert response.status_code == 507
