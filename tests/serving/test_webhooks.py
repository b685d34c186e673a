"""Webhooks: the end of a job is told over https, signed as Standard Webhooks has it, until somebody has heard it."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.serving.jobs import deliveries
from assay.serving.jobs.signing import signed_headers
from assay.serving.refusal import Refusal
from assay.store.erase import Folders, erase_subject
from assay.store.kept_pictures import KeptPictures
from assay.store.subjects import find_subject
from assay.store.tables import IDEMPOTENCY, JOB_WEBHOOKS, SERVICE_SECRETS
from serving_jobs import ended, photos, status, submit, zipped
from serving_world import World, is_problem
from stand_ins import PUBLIC, Internet, StandIn, answering, certificate

NAME = "hooks.example.org"
URL = f"https://{NAME}/assay?token=t"
DOCS = Path(__file__).parents[2] / "docs" / "how_to" / "serve.md"


class Receiver:
    """A server of https that keeps what it is sent, and answers with one status after the other, the last for ever."""

    def __init__(self, folder: Path, *statuses: str, **headers: str) -> None:
        theirs, self.context = certificate(folder, NAME)
        self.bodies: list[bytes] = []
        self._statuses, self._headers = list(statuses), headers
        self._server = StandIn(self._act, theirs)
        self.internet = Internet({NAME: [PUBLIC]}, {443: self._server})

    def _act(self, connection: socket.socket, head: str) -> None:
        lines, _, begun = head.partition("\r\n\r\n")
        length = int(re.search(r"content-length: (\d+)", lines, re.IGNORECASE)[1])
        body = begun.encode("latin-1")
        while len(body) < length:
            body += connection.recv(4096)
        self.bodies.append(body)
        answering(b"", self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0], **self._headers)(
            connection, head
        )

    def lead(self, world: World) -> None:
        world.service.jobs.deliveries.fetcher = self.internet.fetcher(context=self.context)

    @property
    def headers(self) -> list[dict[str, str]]:
        return [
            dict(line.split(": ", 1) for line in head.split("\r\n\r\n")[0].split("\r\n")[1:])
            for head in self._server.heads
        ]

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def receiver(tmp_path):
    made: list[Receiver] = []

    def make(*statuses: str, **headers: str) -> Receiver:
        made.append(Receiver(tmp_path, *statuses, **headers))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(deliveries, "LOOK", 0.02)
    monkeypatch.setattr(deliveries, "WAITS", (0.05, 0.05, 0.05))


def verified() -> Callable[[str, dict[str, str], bytes], bool]:
    """What the documentation gives receivers."""
    scope: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(import base64.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    exec(code, scope)
    return scope["is_ours"]  # type: ignore[no-any-return]


def told(world: World, job: str, state: str = "delivered") -> dict[str, Any]:
    until = time.monotonic() + 60
    while (webhook := status(world, job)["webhook"])["state"] != state:
        assert time.monotonic() < until, webhook
        time.sleep(0.02)
    return webhook  # type: ignore[no-any-return]


def test_it_signs_as_the_published_example_does():
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_end_of_a_job_is_told_and_the_code_of_the_documentation_knows_it_for_ours(world, receiver):
    heard = receiver("204 No Content")
    heard.lead(world)
    made = submit(world, zipped(photos(3)), query=f"?webhook={URL}").json()
    assert made["webhook"]["state"] == "waiting"
    webhook = told(world, made["id"])
    assert (webhook["attempts"], webhook["error"], webhook["next"]) == (1, "", "")
    assert webhook["delivered"] >= status(world, made["id"])["ended"]
    (body,), (headers,) = heard.bodies, heard.headers
    message = json.loads(body)
    assert (message["type"], message["timestamp"]) == ("job.done", status(world, made["id"])["ended"])
    assert (message["data"]["id"], message["data"]["done"]) == (made["id"], 3)
    assert world.client.get(message["data"]["results"], headers=world.headers()).status_code == 200
    is_ours = verified()
    assert headers["webhook-id"] == made["id"]
    assert is_ours(made["webhook_secret"], headers, body)
    assert not is_ours(made["webhook_secret"], headers, body.replace(b"3", b"4"))
    assert not is_ours("whsec_" + "A" * 43 + "=", headers, body)
    late = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 400)}
    assert not is_ours(made["webhook_secret"], late, body)
    assert heard.internet.connected == [(PUBLIC, 443)]


def test_what_a_webhook_is_signed_with_is_shown_once_and_kept_nowhere(world, receiver, tmp_path):
    receiver("200 OK").lead(world)
    again, sent = {"Idempotency-Key": '"one"'}, zipped(photos(1))  # an archive holds the time at which it was made
    first = submit(world, sent, query=f"?webhook={URL}", **again).json()
    second = submit(world, sent, query=f"?webhook={URL}", **again)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.json()["webhook_secret"] == first["webhook_secret"]
    assert first["webhook_secret"].startswith("whsec_")
    other = submit(world, zipped(photos(1)), query=f"?webhook={URL}").json()
    assert other["webhook_secret"] != first["webhook_secret"]
    assert "webhook_secret" not in status(world, first["id"])
    assert submit(world, zipped(photos(1))).json()["webhook_secret"] == ""
    told(world, first["id"])
    with world.store.reading() as connection:
        kept = [row for table in (IDEMPOTENCY, JOB_WEBHOOKS) for row in connection.execute(table.select())]
        assert connection.execute(SERVICE_SECRETS.select()).all()
    assert first["webhook_secret"] not in repr(kept)


@pytest.mark.parametrize(
    ("statuses", "attempts"), [(("500 Oops", "302 Found", "200 OK"), 3), (("503 Later", "200 OK"), 2)]
)
def test_it_is_told_again_until_somebody_has_heard_it_under_the_same_id(world, receiver, statuses, attempts):
    heard = receiver(*statuses, Location="https://elsewhere.example.org/")
    heard.lead(world)
    job = submit(world, zipped(photos(1)), query=f"?webhook={URL}").json()
    assert told(world, job["id"])["attempts"] == attempts
    assert len(set(heard.bodies)) == 1
    assert {headers["webhook-id"] for headers in heard.headers} == {job["id"]}
    is_ours = verified()
    assert all(is_ours(job["webhook_secret"], each, heard.bodies[0]) for each in heard.headers)
    assert heard.internet.asked == [NAME] * attempts, "no redirect is followed"


@pytest.mark.parametrize(("answer", "attempts"), [("500 Oops", 4), ("410 Gone", 1)])
def test_in_the_end_it_is_given_up_and_said_so(world, receiver, answer, attempts):
    receiver(answer).lead(world)
    job = submit(world, zipped(photos(1)), query=f"?webhook={URL}").json()["id"]
    webhook = told(world, job, "failed")
    assert (webhook["attempts"], webhook["next"]) == (attempts, "")
    assert webhook["error"] == f"the receiver answered with status {answer[:3]}"


def test_a_start_of_the_service_tells_what_the_one_before_has_not(with_settings, receiver, monkeypatch):
    monkeypatch.setattr(deliveries, "WAITS", (0.3, 60))
    world = with_settings()
    heard = receiver("500 Oops", "200 OK")
    heard.lead(world)
    job = submit(world, zipped(photos(1)), query=f"?webhook={URL}").json()
    until = time.monotonic() + 60
    while status(world, job["id"])["webhook"]["attempts"] < 1:
        assert time.monotonic() < until
        time.sleep(0.01)
    keys = world.keys
    world.close()
    again = with_settings()
    again.keys = keys
    heard.lead(again)
    again.service.jobs.start()
    assert told(again, job["id"])["attempts"] == 2
    assert verified()(job["webhook_secret"], heard.headers[1], heard.bodies[1])


def test_a_cancelled_job_is_told_as_cancelled_and_one_that_is_deleted_not_at_all(world, receiver, monkeypatch):
    heard = receiver("200 OK")
    heard.lead(world)
    monkeypatch.setattr(deliveries, "LOOK", 60)
    job = submit(world, zipped(photos(40)), query=f"?webhook={URL}").json()["id"]
    world.client.post(f"/v1/jobs/{job}/cancel", headers=world.headers())
    gone = submit(world, zipped(photos(1)), query=f"?webhook={URL}").json()["id"]
    ended(world, gone)
    assert world.client.delete(f"/v1/jobs/{gone}", headers=world.headers()).status_code == 204
    world.service.jobs.deliveries.look()
    assert told(world, job)["attempts"] == 1
    assert [json.loads(body)["type"] for body in heard.bodies] in (["job.cancelled"], ["job.done"])
    with world.store.reading() as connection:
        assert [row.job for row in connection.execute(JOB_WEBHOOKS.select())] == [job]


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "https://user:word@example.org/", "https://example.org:8443/", "ftp://example.org", "x"],
)
def test_other_addresses_are_refused_before_anything_is_taken(world, url):
    assert is_problem(submit(world, zipped(photos(1)), query=f"?webhook={url}"), "address")
    assert world.client.get("/v1/jobs", headers=world.headers()).json()["jobs"] == []


def test_no_webhook_reaches_what_is_not_of_the_public_internet(world, tmp_path):
    internet = Internet({NAME: ["10.0.0.1"], "mixed.example.org": [PUBLIC, "127.0.0.1"]}, {})
    world.service.jobs.deliveries.fetcher = internet.fetcher()
    for url in (URL, "https://mixed.example.org/", "https://127.0.0.1/", "https://169.254.169.254/latest"):
        job = submit(world, zipped(photos(1)), query=f"?webhook={url}").json()["id"]
        assert "no address of the public internet" in told(world, job, "failed")["error"]
    assert internet.connected == []


def test_a_service_that_connects_to_nobody_takes_no_webhook(with_settings):
    assert is_problem(submit(with_settings(fetch=False), zipped(photos(1)), query=f"?webhook={URL}"), "no-fetch")


def test_nothing_is_sent_but_over_https(receiver):
    heard = receiver("200 OK")
    with pytest.raises(Refusal) as refused:
        heard.internet.fetcher(context=heard.context).post(f"http://{NAME}/", b"x", {})
    assert refused.value.name == "address"
    assert heard.internet.asked == []


def test_an_erased_subject_leaves_no_address(world, receiver, tmp_path):
    receiver("500 Oops").lead(world)
    job = submit(world, zipped(photos(1)), query=f"?webhook={URL}").json()["id"]
    ended(world, job)
    with world.store.reading() as connection:
        subject = find_subject(connection, "classify")
    folders = Folders(KeptPictures(tmp_path / "p"), tmp_path / "e", tmp_path / "c", tmp_path / "service-jobs")
    world.service.jobs.close()
    certificate_ = erase_subject(world.store, folders, subject, actor="test")
    assert certificate_["rows"]["job_webhooks"] == 1
    assert NAME.encode() not in (tmp_path / "service.db").read_bytes()
