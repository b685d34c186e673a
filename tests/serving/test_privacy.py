"""`assay privacy` beside a running service: what was erased is in no byte of any file, and in no memory."""

from __future__ import annotations

import io
import json
import logging
import re
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from assay.store import erase
from assay.store.erase import Folders
from assay.store.ids import new_id, now
from assay.store.jobs import Job, add_job
from assay.store.keys import create_key
from assay.store.retention import last_applied, limits_of
from assay.store.subjects import add_subject, picture_id, secret_of, subjects
from assay.store.tables import ERASURES
from assay.store.tombstones import tombstone_of
from assay.store.trail import trail_findings
from serving_world import World, is_problem, png


@pytest.fixture
def assay(assay, tmp_path):
    """Runs a command beside the service's database; gives exit code, stdout and stderr."""
    return lambda *words: assay(*words, f"store={tmp_path}/service.db")


def within_a_second(holds) -> bool:
    until = time.monotonic() + 1
    while not (true := holds()) and time.monotonic() < until:
        time.sleep(0.02)
    return true


def found(root: Path, needles: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which of these is in which file, raw."""
    return [
        (name, str(path.relative_to(root)))
        for path in root.rglob("*")
        if path.is_file()
        for content in [path.read_bytes()]
        for name, needle in needles.items()
        if needle in content
    ]


def use(world: World, key: str, seed: int) -> list[bytes]:
    """Whatever a client can do, with pictures of his own; gives their bytes."""
    headers = {"Authorization": f"Bearer {key}"}
    pictures = [png(seed + n, (40, 30)) for n in range(6)]
    world.client.put("/v1/consent", json={"version": "1"}, headers=headers)
    for n, picture in enumerate(pictures):
        extra = {"Idempotency-Key": f"key-{seed}-{n}", "X-Request-Id": f"of-{seed}-{n}"}
        answered = world.client.post("/v1/classify", content=picture, headers={**headers, **extra})
        identifier = answered.json()["results"][0]["id"]
        said = {"kind": "wrong", "comment": f"CommentOf{seed}"}
        world.client.post(f"/v1/predictions/{identifier}/feedback", json=said, headers=headers)
    world.client.post("/v1/classify", content=b"\xff\xd8\xff", headers=headers)
    return pictures


def traces(world: World, name: str, seed: int, pictures: list[bytes]) -> dict[str, bytes]:
    """What would show that somebody was here."""
    with world.store.reading() as connection:
        (subject,) = [each for each in subjects(connection) if each.name == name]
        secret = secret_of(connection, subject.id)
    needles = {"subject": subject.id.encode(), "secret": secret, "comment": f"CommentOf{seed}".encode()}
    needles["name"] = name.encode()
    needles["idempotency"] = f"key-{seed}".encode()
    for n, content in enumerate(pictures):
        hmac = picture_id(secret, content)
        needles[f"hmac {n}"] = hmac.encode()
        needles[f"bytes {n}"] = content[100:140]
        file = world.service.keeping.pictures.path(hmac)
        needles[f"kept {n}"] = file.read_bytes()[200:240]
        needles[f"pixels {n}"] = np.asarray(Image.open(io.BytesIO(content))).tobytes()[:24]
    return needles


def test_after_an_erasure_no_byte_of_the_subject_is_in_any_file_and_everybody_else_is_served_on(
    world, assay, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG)
    made, needles = {}, {}
    for name, seed in (("NameOfAda", 100), ("NameOfEve", 200)):
        subject = world.store.write(lambda c, name=name: add_subject(c, name)).id
        key, shown = world.store.write(
            lambda c, s=subject, name=name: create_key(c, s, name, ["classify"], actor="test")
        )
        pictures = use(world, shown, seed)
        needles[name] = {**traces(world, name, seed, pictures), "key": key.id.encode(), "shown": shown[-43:].encode()}
        made[name] = (subject, shown, pictures)
    assert assay("privacy", "export", "NameOfAda")[0] == 0
    ada, shown, pictures = made["NameOfAda"]
    before = {name for name, _ in found(tmp_path, needles["NameOfAda"])}
    assert {"subject", "name", "key", "secret", "comment", "hmac 0", "kept 5"} <= before, (
        "the search finds what is there"
    )
    assert len(world.service.cache) == 12

    assert "would be erased" in assay("privacy", "erase", "NameOfAda")[1]
    assert {name for name, _ in found(tmp_path, needles["NameOfAda"])} == before, "it was only counted"
    code, out, err = assay("privacy", "erase", "NameOfAda", "apply=true", "by=officer")
    assert (code, "Certificate of erasure" in out) == (0, True), err
    assert found(tmp_path, needles["NameOfAda"]) == []
    assert (tmp_path / "service.db-wal").stat().st_size in range(200_000)
    assert within_a_second(lambda: len(world.service.cache) == 0)
    refused = world.client.post("/v1/classify", content=pictures[0], headers={"Authorization": f"Bearer {shown}"})
    assert is_problem(refused, "bad-key")
    assert not [needle for needle in needles["NameOfAda"].values() if needle in caplog.text.encode()]

    _, shown, pictures = made["NameOfEve"]
    headers = {"Authorization": f"Bearer {shown}"}
    assert len(world.client.get("/v1/predictions", headers=headers).json()["predictions"]) == 6
    assert world.client.post("/v1/classify", content=pictures[0], headers=headers).json()["results"][0]["kept"] is True
    assert "kept 0" in {name for name, _ in found(tmp_path, needles["NameOfEve"])}
    assert found(tmp_path, needles["NameOfAda"]) == [], "what is written after it brings nothing back"
    code, out, _ = assay("audit-trail", "verify", "format=json")
    assert (code, json.loads(out)["findings"]) == (0, [])
    report = json.loads(assay("privacy", "report", "format=json")[1])["report"]
    assert (report["erasures"], report["unfinished"], report["tombstones"]) == (1, 0, 6)
    (certificate,) = (tmp_path / "service-erasures").glob("*.json")
    assert json.loads(certificate.read_text())["subject"] == tombstone_of(ada)


def test_somebody_who_is_erased_while_he_is_answered_gets_no_answer_and_leaves_no_picture(world, assay, monkeypatch):
    world.client.put("/v1/consent", json={"version": "1"}, headers=world.headers())
    keep = world.service.keeping.pictures.keep
    with world.store.reading() as connection:
        subject = subjects(connection)[0]

    def slow(picture, pixels):
        keep(picture, pixels)
        assert assay("privacy", "erase", subject.id, "apply=true")[0] == 0
        keep(picture, pixels)

    monkeypatch.setattr(world.service.keeping.pictures, "keep", slow)
    refused = world.ask()
    assert refused.status_code in (409, 503)
    assert list(world.service.keeping.pictures.all()) == []
    assert len(world.service.cache) == 0
    with world.store.reading() as connection:
        assert trail_findings(connection) == []


def test_a_hold_is_placed_stops_an_erasure_and_is_ended(world, assay):
    world.ask()
    assert assay("privacy", "hold", "classify", "reason=case-7")[0] == 0
    code, _, err = assay("privacy", "erase", "classify", "apply=true")
    assert (code, "case-7" in err) == (1, True)
    printed = re.search(r"assay (privacy release \w+)", err)[1]
    assert assay(*printed.split())[0] == 0
    assert assay("privacy", "erase", "classify", "apply=true")[0] == 0


def test_an_export_is_written_where_it_is_asked_for(world, assay, tmp_path):
    world.ask(**{"X-Consent": "1"})
    assert assay("privacy", "export", "classify", f"to={tmp_path}/mine.zip")[0] == 0
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert [name for name in archive.namelist() if name.startswith("pictures/")]


def test_retention_counts_and_deletes_and_prints_the_limits(world, assay):
    world.ask(**{"X-Consent": "1"})
    counted = json.loads(assay("privacy", "retention", "pictures=0d", "format=json")[1])
    assert counted["counts"]["pictures"] == 1
    assert (counted["limits"]["pictures"], counted["limits"]["predictions"]) == (0, 365)
    assert len(list(world.service.keeping.pictures.all())) == 1
    deleted = json.loads(assay("privacy", "retention", "pictures=0d", "apply=true", "format=json")[1])
    assert deleted["counts"]["pictures"] == 1
    assert list(world.service.keeping.pictures.all()) == []
    assert "pictures 90 d" in assay("privacy", "report")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("erase",), "takes the name or id"),
        (("erase", "nobody"), "no such subject"),
        (("report", "ada"), "takes no subject"),
        (("forget", "ada"), "what is to be done comes first"),
        (("hold", "classify"), "a reason is needed"),
        (("retention", "pictures=soon"), "give days"),
        (("erase", "classify", "pictures=3d"), "goes with retention"),
        (("report", "apply=true"), "goes with erase"),
    ],
)
def test_what_cannot_be_done_is_said(world, assay, words, said):
    code, _, err = assay("privacy", *words)
    assert code in (1, 2)
    assert said in err


def test_a_service_applies_retention_once_a_day_however_many_there_are_and_notes_it(world, tmp_path):
    world.ask(**{"X-Consent": "1"})
    folders = Folders(world.service.keeping.pictures, tmp_path / "exports", tmp_path / "erasures")
    assert world.service.upkeep.apply_due() is False, "nothing was scheduled"
    world.service.upkeep.schedule(folders, limits_of({"pictures": "0d"}))
    assert world.service.upkeep.apply_due() is True
    assert list(world.service.keeping.pictures.all()) == []
    with world.store.reading() as connection:
        first = last_applied(connection)
        assert first
    assert world.service.upkeep.apply_due() is False
    with world.store.reading() as connection:
        assert last_applied(connection) == first
        assert trail_findings(connection) == []


def test_a_copy_of_the_database_is_made_beside_a_running_service_and_comes_back_without_who_was_erased(
    world, assay, tmp_path
):
    code, _, err = assay("backup")
    assert (code, "assay backup to=service-monday.db" in err) == (2, True)
    assert world.ask(png(1)).status_code == 200
    assert assay("backup", "to=service-monday.db")[0] == 0
    assert assay("privacy", "erase", "classify", "apply=true")[0] == 0
    assert within_a_second(lambda: world.ask(png(1)).status_code == 401)
    code, out, _ = assay("backup", "restore=service-monday.db")
    assert (code, "1 subjects erased" in out) == (0, True)
    assert world.ask(png(1)).status_code == 401
    assert len(list(tmp_path.glob("service-before-*.db"))) == 1
    assert assay("audit-trail", "verify")[0] == 0


class Killed(BaseException):
    """Stands for a signal that nobody survives."""


@pytest.mark.parametrize("again", ["command", "start"])
def test_what_was_sent_as_a_job_goes_also_where_the_erasure_was_killed_behind_its_rows(
    world, assay, tmp_path, monkeypatch, again
):
    subject = world.store.write(lambda c: add_subject(c, "ada"))
    key, _ = world.store.write(lambda c: create_key(c, subject.id, "ada", ["classify"], actor="test"))
    jobs = [Job(new_id(), subject.id, key.id, new_id(), "zip", "queued", 1, 0, 0, now()) for _ in range(2)]
    folder = tmp_path / "service-jobs"
    folder.mkdir()
    for job in jobs:
        world.store.write(lambda c, job=job: add_job(c, job))
        (folder / job.id).write_bytes(b"x")
    (folder / new_id()).write_bytes(b"somebody else's, who is sending it")
    folders = Folders(world.service.keeping.pictures, tmp_path / "exports", tmp_path / "erasures", folder)

    def killed(*arguments: object) -> object:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(erase, "finish_erasures", killed)
        with pytest.raises(Killed):
            erase.erase_subject(world.store, folders, subject, actor="test")
    assert len(list(folder.iterdir())) == 3
    if again == "command":
        code, out, err = assay("privacy", "erase", "ada", "apply=true")
        assert code == 0, err
        assert "2  files: jobs" in out
    else:
        world.service.upkeep.schedule(folders, limits_of({}))
        end = time.monotonic() + 30
        while len(list(folder.iterdir())) > 1:
            assert time.monotonic() < end
            time.sleep(0.02)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"somebody else's, who is sending it"]
    end = time.monotonic() + 30
    while True:
        with world.store.reading() as connection:
            (row,) = connection.execute(select(ERASURES)).all()
        if row.finished:
            break
        assert time.monotonic() < end
        time.sleep(0.02)
    assert not [job for job in jobs if job.id in row.certificate]


def test_what_was_sent_as_a_job_goes_from_whatever_folder_it_is_in(world, assay, tmp_path):
    subject = world.store.write(lambda c: add_subject(c, "ada"))
    key, _ = world.store.write(lambda c: create_key(c, subject.id, "ada", ["classify"], actor="test"))
    job = Job(new_id(), subject.id, key.id, new_id(), "zip", "queued", 1, 0, 0, now())
    world.store.write(lambda c: add_job(c, job))
    sent = tmp_path / "elsewhere" / f"{job.id}.zip"
    sent.parent.mkdir()
    sent.write_bytes(b"x")
    assert assay("privacy", "erase", "ada", "apply=true", f"jobs={sent.parent}")[0] == 0
    assert not sent.exists()
