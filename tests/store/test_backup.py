"""A restore drill: a copy made while others write comes back whole, and nobody who was erased comes back with it."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from assay.errors import ServiceError
from assay.review.passwords import make_link, reviewer_of_link, set_password, signed_in
from assay.review.reviewers import create_reviewer, disable_reviewer, find_reviewer
from assay.store import backup
from assay.store.backup import Backup, Restored, back_up, restore
from assay.store.consents import Consent, give_consent, standing_consent, withdraw_consent
from assay.store.erase import Folders, erase_subject
from assay.store.kept_pictures import KeptPictures
from assay.store.keys import ApiKey, create_key, find_key, revoke_key
from assay.store.label_tables import LABEL_SET_PICTURES, LABEL_SETS
from assay.store.prediction_log import log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import DataSubject, add_subject, hold_subject, picture_id, secret_of, subjects
from assay.store.tables import PREDICTIONS
from assay.store.tombstones import buried
from assay.store.trail import trail_counts, trail_findings
from service_database import open_store

PIXELS = np.zeros((4, 4, 3), np.uint8)


class Drill:
    """A service's database with two subjects, each with a key, a consent and an answer about a kept picture."""

    def __init__(self, root: Path, record) -> None:
        self.root, self.record = root, record
        self.store = open_store(root)
        self.folders = Folders(KeptPictures(root / "pictures"), root / "exports", root / "erasures")
        self.subjects: dict[str, DataSubject] = {}
        self.keys: dict[str, ApiKey] = {}
        self.pictures: dict[str, str] = {}
        for name in ("ada", "eve"):
            subject = self.store.write(lambda c, name=name: add_subject(c, name))
            key = self.store.write(lambda c, s=subject: create_key(c, s.id, s.name, ["classify"], actor="test"))[0]
            with self.store.reading() as connection:
                picture = picture_id(secret_of(connection, subject.id), name.encode())
            self.folders.pictures.keep(picture, PIXELS)
            self.store.write(lambda c, s=subject, k=key: give_consent(c, Consent(s.id, "1", "c" * 64), key=k.id))
            self.subjects[name], self.keys[name], self.pictures[name] = subject, key, picture
            self.answer(name, kept=True)

    def answer(self, name: str, *, kept: bool = False) -> None:
        row = self.record(self.subjects[name].id, key=self.keys[name].id, picture=self.pictures[name], kept=kept)
        self.store.write(lambda c: log_predictions(c, [row]))

    def back_up(self) -> Backup:
        return back_up(self.store, self.root / "monday.db")

    def restore(self) -> Restored:
        return restore(self.store, self.folders, self.root / "monday.db", self.root / "before.db", actor="test")

    def rows(self) -> int:
        with self.store.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(PREDICTIONS)) or 0)


@pytest.fixture
def drill(tmp_path: Path, record):
    made = Drill(tmp_path, record)
    yield made
    made.store.close()


def test_a_copy_made_while_others_write_is_whole_and_comes_back(drill) -> None:
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            drill.answer("ada")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        made = drill.back_up()
    finally:
        ended.set()
        thread.join()
    assert sorted(path.name for path in drill.root.iterdir() if "monday" in path.name) == ["monday.db"]
    with closing(sqlite3.connect(made.file)) as copy:
        assert copy.execute("SELECT count(*) FROM predictions").fetchone()[0] == made.predictions >= 2
    for _ in range(3):
        drill.answer("eve")
    restored = drill.restore()
    assert (restored.backup.head, restored.erased, restored.carried, restored.missing) == (made.head, 0, 0, 0)
    assert drill.rows() == made.predictions
    with closing(sqlite3.connect(restored.before)) as before:
        assert before.execute("SELECT count(*) FROM predictions").fetchone()[0] > made.predictions
    with drill.store.reading() as connection:
        assert trail_findings(connection) == []
        lines, _ = trail_counts(connection)
    assert lines["restored"] == 1
    drill.answer("ada")  # the service goes on
    assert drill.rows() == made.predictions + 1


def test_who_was_erased_since_is_erased_again(drill) -> None:
    drill.store.write(lambda c: hold_subject(c, drill.subjects["ada"], "case 7", actor="test"))
    drill.back_up()
    drill.store.write(lambda c: hold_subject(c, drill.subjects["ada"], "", actor="test"))
    erase_subject(drill.store, drill.folders, drill.subjects["ada"], actor="test")
    restored = drill.restore()
    assert restored.erased == 1
    with drill.store.reading() as connection:
        assert [each.name for each in subjects(connection)] == ["eve"]
        assert trail_findings(connection) == []
    raw = b"".join(path.read_bytes() for path in drill.root.glob("service.db*"))
    for trace in (drill.subjects["ada"].id, drill.keys["ada"].id, drill.pictures["ada"]):
        assert trace.encode() not in raw


def test_who_was_erased_is_known_by_his_certificate_where_the_database_is_lost(drill) -> None:
    drill.back_up()
    erase_subject(drill.store, drill.folders, drill.subjects["ada"], actor="test")
    drill.store.close()
    for path in drill.root.glob("service.db*"):
        path.unlink()
    drill.store = ServiceStore(drill.store.url)
    assert drill.restore().erased == 1
    assert drill.rows() == 1


def test_revoked_keys_withdrawn_consents_and_holds_stand_as_they_do_now(drill) -> None:
    drill.back_up()
    drill.store.write(lambda c: revoke_key(c, drill.keys["ada"].id, actor="test"))
    gone = drill.store.write(lambda c: withdraw_consent(c, drill.subjects["ada"].id, key=drill.keys["ada"].id))
    drill.folders.pictures.remove(gone.pictures)
    drill.store.write(lambda c: hold_subject(c, drill.subjects["eve"], "case 7", actor="test"))
    restored = drill.restore()
    assert (restored.carried, restored.missing) == (3, 1)
    with drill.store.reading() as connection:
        assert find_key(connection, drill.keys["ada"].id).revoked
        assert not find_key(connection, drill.keys["eve"].id).revoked
        assert standing_consent(connection, drill.subjects["ada"].id) is None
        assert standing_consent(connection, drill.subjects["eve"].id) is not None
        assert {each.name: each.hold for each in subjects(connection)} == {"ada": "", "eve": "case 7"}


def test_no_reviewer_signs_in_as_before_whose_password_changed_or_whose_link_was_used_since(drill) -> None:
    def write(work, *arguments, **words):
        return drill.store.write(lambda c: work(c, *arguments, **words))

    kim, lou, max_ = (write(create_reviewer, name, ["reviewer"], actor="test") for name in ("kim", "lou", "max"))
    write(set_password, kim, "the old one, long", actor="test")
    write(set_password, max_, "that of max, long", actor="test")
    link = write(make_link, lou, days=3, actor="test")
    drill.back_up()
    write(set_password, kim, "the new one, long", actor="test")
    write(set_password, lou, "set by the link, long", actor="test")
    write(disable_reviewer, max_, actor="test")
    with drill.store.reading() as connection:
        epoch = find_reviewer(connection, "kim").epoch
    assert drill.restore().carried == 3
    assert write(signed_in, "kim", "the old one, long") is None
    assert write(signed_in, "kim", "the new one, long").epoch == epoch
    assert write(signed_in, "max", "that of max, long") is None
    with drill.store.reading() as connection:
        assert reviewer_of_link(connection, link) is None
        assert find_reviewer(connection, "max").disabled


def test_what_was_learned_from_tested_on_or_buried_since_stays_so(drill) -> None:
    drill.back_up()
    gone = drill.store.write(lambda c: withdraw_consent(c, drill.subjects["ada"].id, key=drill.keys["ada"].id))
    drill.folders.pictures.remove(gone.pictures)
    about = {"id": "s", "time": "2026", "name": "june", "split": "test", "folder": "f", "labels": 1, "digest": "d"}
    drill.store.write(lambda c: c.execute(LABEL_SETS.insert().values(**about)))
    row = {"set": "s", "picture": drill.pictures["eve"], "subject": drill.subjects["eve"].id}
    drill.store.write(lambda c: c.execute(LABEL_SET_PICTURES.insert().values(**row)))
    drill.restore()
    with drill.store.reading() as connection:
        assert buried(connection, drill.pictures.values()) == {drill.pictures["ada"]}
        assert connection.execute(select(LABEL_SETS)).one()._mapping == about
        assert connection.execute(select(LABEL_SET_PICTURES)).one()._mapping == row
    (drill.root / "before.db").unlink()
    assert drill.restore().carried == 1  # the withdrawal, in the same backup once more


def test_what_is_no_backup_changes_nothing(drill) -> None:
    monday = drill.root / "monday.db"
    with pytest.raises(ServiceError, match="no such file"):
        drill.restore()
    monday.write_bytes(b"no database" * 500)
    with pytest.raises(ServiceError, match="damaged, or no database"):
        drill.restore()
    monday.unlink()
    with closing(sqlite3.connect(monday)) as other:
        other.execute("CREATE TABLE runs (id)")
    with pytest.raises(ServiceError, match="no database of a service"):
        drill.restore()
    with pytest.raises(ServiceError, match="not written over"):
        drill.back_up()
    monday.unlink()
    drill.back_up()
    with closing(sqlite3.connect(monday)) as edited:
        edited.execute("UPDATE audit_trail SET content = replace(content, 'jade', 'onyx')")
        edited.commit()
    with pytest.raises(ServiceError, match="audit trail does not hold"):
        drill.restore()
    assert drill.rows() == 2
    assert not [path for path in drill.root.iterdir() if path.name.startswith((".service.db.restored", "before"))]


def test_a_restore_that_breaks_off_leaves_the_database_as_it_was(drill, monkeypatch) -> None:
    drill.back_up()
    erase_subject(drill.store, drill.folders, drill.subjects["ada"], actor="test")
    drill.answer("eve")

    def broken(*arguments: object, **words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assay.store.backup.erase_again", broken)
    with pytest.raises(KeyboardInterrupt):
        drill.restore()
    assert drill.rows() == 2
    with drill.store.reading() as connection:
        assert [each.name for each in subjects(connection)] == ["eve"]
    assert not [path for path in drill.root.iterdir() if "restored" in path.name]


@pytest.mark.parametrize("times", [1, 2])
def test_a_key_that_is_revoked_in_the_moment_of_the_copy_opens_nothing_afterwards(drill, monkeypatch, times) -> None:
    drill.back_up()
    real, keys = backup._copy, ["ada", "eve"][:times]

    def copy(source: Path, target: Path, *more: object) -> None:
        if target.name == "service.db" and keys:
            name = keys.pop(0)
            drill.store.write(lambda c: revoke_key(c, drill.keys[name].id, actor="test"))
        real(source, target, *more)

    monkeypatch.setattr(backup, "_copy", copy)
    restored = drill.restore()
    assert restored.carried == times
    with drill.store.reading() as connection:
        refusals = [find_key(connection, drill.keys[name].id).refusal() for name in ("ada", "eve")]
        assert refusals == (["the key was revoked"] * times + [""])[:2]
        assert trail_findings(connection) == []
        assert trail_counts(connection)[0]["restored"] == 1


def test_who_is_erased_in_the_moment_of_the_copy_does_not_come_back_with_it(drill, monkeypatch) -> None:
    drill.back_up()
    real, erased = backup._copy, []

    def copy(source: Path, target: Path, *more: object) -> None:
        if target.name == "service.db" and not erased:
            erased.append(erase_subject(drill.store, drill.folders, drill.subjects["ada"], actor="test"))
        real(source, target, *more)

    monkeypatch.setattr(backup, "_copy", copy)
    assert drill.restore().erased == 1
    with drill.store.reading() as connection:
        assert [each.name for each in subjects(connection)] == ["eve"]


def test_a_database_in_which_something_is_said_again_and_again_is_left_as_it_was(drill, monkeypatch) -> None:
    drill.back_up()
    real, rows = backup._copy, drill.rows()
    drill.answer("ada")

    def copy(source: Path, target: Path, *more: object) -> None:
        if target.name == "service.db":
            made = drill.store.write(
                lambda c: create_key(c, drill.subjects["ada"].id, "more", ["classify"], actor="test")
            )[0]
            drill.store.write(lambda c: revoke_key(c, made.id, actor="test"))
        real(source, target, *more)

    monkeypatch.setattr(backup, "_copy", copy)
    with pytest.raises(ServiceError, match="change faster than a backup comes back"):
        drill.restore()
    assert drill.rows() == rows + 1
