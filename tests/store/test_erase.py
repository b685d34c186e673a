"""Erasure and retention in the store, on each kind of database."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from assay.errors import ConfigError, ServiceError
from assay.monitoring.alert import Alert
from assay.monitoring.look import DONE, Look
from assay.review.item import ReviewItem
from assay.review.review import Review
from assay.review.rows import add_items, add_review
from assay.store.consents import Consent, give_consent
from assay.store.erase import Folders, erase_again, erase_subject, erased_digests, finish_erasures, held_rows
from assay.store.export_subject import export_subject
from assay.store.feedback import Feedback, keep_feedback
from assay.store.holdings import HOLDINGS
from assay.store.ids import as_time, new_id
from assay.store.kept_pictures import KeptPictures
from assay.store.keys import create_key, keys, revoke_key
from assay.store.label_tables import LABEL_SET_PICTURES, LABEL_SETS
from assay.store.prediction_log import log_predictions, predictions_of
from assay.store.privacy_report import privacy_report
from assay.store.retention import apply_retention, last_applied, limits_of, overdue
from assay.store.review_tables import REVIEW_ITEMS, REVIEW_LEASES, REVIEWERS
from assay.store.subjects import add_subject, find_subject, hold_subject, picture_id, secret_of, subjects
from assay.store.tables import API_KEYS, ERASURES, METADATA, SUBJECTS, TRAIL_PERSONAL
from assay.store.tombstones import buried, tombstone_of
from assay.store.trail import trail_findings
from assay.store.visitors import visitor_name
from assay.store.watch_tables import ALERT_PICTURES, ALERTS, WATCH_LOOKS

PIXELS = np.zeros((4, 4, 3), np.uint8)


def days_ago(days: float) -> str:
    return as_time(datetime.now(UTC) - timedelta(days=days))


REVIEWER = {
    "id": "r" * 36,
    "name": "kim",
    "roles": "reviewer",
    "created": "2026",
    "epoch": 0,
    **dict.fromkeys(("password", "disabled", "link", "link_expires"), ""),
}


LABEL_SET = {
    "id": "s",
    "time": "2026",
    "name": "june",
    "split": "train",
    "folder": "f",
    "labels": 2,
    "digest": "d" * 64,
}


ALERT = {
    "id": "a",
    "count": 1,
    "missed": 0,
    **dict.fromkeys(("mark", "cause", "kind", "state", "opened", "last", "owner", "muted_until", "resolved"), ""),
    **dict.fromkeys(("reason", "model", "version", "bundle", "look", "evidence", "next_step"), ""),
}


def review(connection, row) -> None:
    """Have kim review an answer, look at it again, train with it, and be alerted by it."""
    if connection.execute(select(REVIEWERS)).first() is None:
        connection.execute(REVIEWERS.insert().values(**REVIEWER))
        connection.execute(LABEL_SETS.insert().values(**LABEL_SET))
        connection.execute(ALERTS.insert().values(**ALERT))
    alerting = {"alert": "a", "prediction": row.id, "subject": row.subject, "place": 0, "score": 1.0}
    connection.execute(ALERT_PICTURES.insert().values(**alerting))
    connection.execute(LABEL_SET_PICTURES.insert().values(set="s", picture=row.picture, subject=row.subject))
    about = {"subject": row.subject, "prediction": row.id, "picture": row.picture}
    (item,) = add_items(connection, [ReviewItem("label", "random", **about)])
    add_review(connection, Review(item.id, REVIEWER["id"], "label", final="jade", comment="sees onyx"), actor="kim")
    lease = {"taken": "2026", "until": "2027", "blind": "", "details": "{}", "comment": "", "redo": ""}
    connection.execute(REVIEW_LEASES.insert().values(item=item.id, reviewer=REVIEWER["id"], **lease))


class People:
    """Two subjects with a key, a consent, three answers, feedback and a review; two of the pictures were kept."""

    def __init__(self, store, record, root: Path) -> None:
        self.store, self.record = store, record
        self.folders = Folders(KeptPictures(root / "pictures"), root / "exports", root / "erasures")
        self.subjects, self.pictures, self.rows, self.keys = {}, {}, {}, {}
        for name in ("ada", "eve"):
            subject = store.write(lambda c, name=name: add_subject(c, name))
            key = store.write(lambda c, s=subject: create_key(c, s.id, s.name, ["classify"], actor="test"))[0]
            with store.reading() as connection:
                secret = secret_of(connection, subject.id)
            pictures = [picture_id(secret, bytes([n])) for n in range(3)]
            rows = [record(subject.id, key=key.id, picture=each, kept=n < 2) for n, each in enumerate(pictures)]
            for each in pictures[:2]:
                self.folders.pictures.keep(each, PIXELS)
            store.write(lambda c, s=subject, k=key: give_consent(c, Consent(s.id, "1", "c" * 64), key=k.id))
            store.write(lambda c, rows=rows: log_predictions(c, rows))
            said = Feedback(rows[0].id, subject.id, key.id, "wrong", comment=f"says {name}")
            store.write(lambda c, said=said: keep_feedback(c, said))
            store.write(lambda c, row=rows[0]: review(c, row))
            self.subjects[name], self.pictures[name], self.rows[name] = subject, pictures, rows
            self.keys[name] = key

    def files(self) -> set[str]:
        return set(self.folders.pictures.all())

    def dump(self) -> str:
        """All rows of all tables as text."""
        with self.store.reading() as connection:
            return "\n".join(
                repr(tuple(row)) for table in METADATA.sorted_tables for row in connection.execute(select(table))
            )


@pytest.fixture
def people(store, record, tmp_path):
    return People(store, record, tmp_path)


def test_who_is_erased_is_in_no_table_and_folder_and_everybody_else_is_as_before(people, store):
    with store.reading() as connection:
        before = held_rows(connection, people.subjects["eve"].id)
        secret = secret_of(connection, people.subjects["ada"].id)
        assert set(held_rows(connection, people.subjects["ada"].id)) == {h.name for h in HOLDINGS} - {
            "idempotency",
            "jobs",
            "job_items",
            "job_webhooks",
        }
    certificate = erase_subject(store, people.folders, people.subjects["ada"], actor="test")
    dump = people.dump()
    for gone in (people.subjects["ada"].id, people.keys["ada"].id, *people.pictures["ada"], "'ada'", "says ada"):
        assert gone not in dump
    assert repr(secret) not in dump
    for row in people.rows["ada"]:
        assert row.id not in dump
    assert people.files() == set(people.pictures["eve"][:2])
    with store.reading() as connection:
        assert held_rows(connection, people.subjects["eve"].id) == before
        assert [row.id for row in predictions_of(connection, people.subjects["eve"].id)]
        assert buried(connection, people.pictures["ada"] + people.pictures["eve"]) == set(people.pictures["ada"])
        assert trail_findings(connection) == []
    assert certificate["finished"]
    assert (certificate["rows"]["predictions"], certificate["files"]["pictures"], certificate["tombstones"]) == (
        3,
        2,
        3,
    )
    written = people.folders.certificates / certificate["erasure"]
    assert json.loads(written.with_suffix(".json").read_text()) == certificate
    text = written.with_suffix(".txt").read_text()
    assert "tombstones" in text
    assert not [gone for gone in (people.subjects["ada"].id, "ada\n") if gone in text + json.dumps(certificate)]


def test_who_is_held_is_neither_erased_nor_deleted_by_age_until_released(people, store, record):
    ada = people.subjects["ada"]
    old = [record(each.id, time=days_ago(500)) for each in people.subjects.values()]
    store.write(lambda c: log_predictions(c, old))
    held = store.write(lambda c: hold_subject(c, ada, "case 7", actor="judge"))
    with pytest.raises(ServiceError, match=r"held by law \(case 7\)"):
        erase_subject(store, people.folders, held, actor="test")
    assert apply_retention(store, people.folders, limits_of({}))["predictions"] == 1
    with store.reading() as connection:
        assert len(predictions_of(connection, ada.id)) == 4
        assert len(predictions_of(connection, people.subjects["eve"].id)) == 3
    store.write(lambda c: hold_subject(c, held, "", actor="judge"))
    assert apply_retention(store, people.folders, limits_of({}))["predictions"] == 1
    with store.reading() as connection:
        assert trail_findings(connection) == []


def test_an_erasure_that_was_interrupted_is_finished_by_whatever_comes_next(people, store, monkeypatch):
    def killed(*arguments: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("assay.store.erase.finish_erasures", killed)
    with pytest.raises(KeyboardInterrupt):
        erase_subject(store, people.folders, people.subjects["ada"], actor="test")
    monkeypatch.undo()
    assert len(people.files()) == 4
    with store.reading() as connection:
        assert privacy_report(connection, people.folders).unfinished == 1
    apply_retention(store, people.folders, limits_of({}))
    assert people.files() == set(people.pictures["eve"][:2])
    with store.reading() as connection:
        (row,) = connection.execute(select(ERASURES))
    assert row.finished
    assert json.loads(row.certificate)["files"]["pictures"] == 2
    assert finish_erasures(store, people.folders) == 0


def test_a_subject_that_comes_back_with_a_backup_is_erased_again(people, store):
    digest = tombstone_of(people.subjects["ada"].id)
    people.folders.certificates.mkdir()
    (people.folders.certificates / "x.json").write_text(json.dumps({"subject": digest}))
    assert erased_digests(people.folders.certificates, store) == {digest}
    (certificate,) = erase_again(store, people.folders, {digest, "f" * 64}, actor="test")
    assert certificate["subject"] == digest
    with store.reading() as connection:
        assert [each.name for each in subjects(connection)] == ["eve"]
    assert erase_again(store, people.folders, {digest}, actor="test") == []


def test_what_is_too_old_is_counted_first_and_deleted_when_it_is_said(people, store, record):
    ada, eve = (people.subjects[name] for name in ("ada", "eve"))
    old = record(ada.id, time=days_ago(366), picture="d" * 64)
    aging = [
        record(ada.id, time=days_ago(100), picture=each, kept=True) for each in ("e" * 64, people.pictures["ada"][0])
    ]
    store.write(lambda c: log_predictions(c, [old]))
    store.write(lambda c: log_predictions(c, aging))
    store.write(lambda c: keep_feedback(c, Feedback(old.id, ada.id, old.key, "right")))
    people.folders.pictures.keep("e" * 64, PIXELS)
    revoked = store.write(lambda c: create_key(c, eve.id, "old", ["classify"], actor="test"))[0]
    store.write(lambda c: revoke_key(c, revoked.id, actor="test"))
    year = API_KEYS.update().where(API_KEYS.c.id == revoked.id).values(revoked=days_ago(400))
    store.write(lambda c: c.execute(year))
    ancient = REVIEW_ITEMS.update().where(REVIEW_ITEMS.c.subject == eve.id).values(time=days_ago(1100))
    store.write(lambda c: c.execute(ancient))
    expected = {"pictures": 1, "predictions": 1, "reviews": 1, "consents": 0, "keys": 1, "trail": 0}
    expected |= {"visitors": 0, "alerts": 0, "looks": 0, "left over": 0}
    before = people.dump()
    assert overdue(store, people.folders, limits_of({})) == expected
    assert people.dump() == before
    assert "e" * 64 in people.files()
    assert apply_retention(store, people.folders, limits_of({})) == expected
    assert people.files() == {*people.pictures["ada"][:2], *people.pictures["eve"][:2]}, "one that was sent again stays"
    with store.reading() as connection:
        assert old.id not in [row.id for row in predictions_of(connection, ada.id)]
        kept = {row.picture for row in predictions_of(connection, ada.id) if row.kept}
        assert kept == set(people.pictures["ada"][:2])
        assert [key.name for key in keys(connection)] == ["ada", "eve"]
        assert trail_findings(connection) == []
        assert last_applied(connection) > days_ago(0.01)
    assert set(overdue(store, people.folders, limits_of({})).values()) == {0}


def test_a_visitor_goes_with_the_last_that_was_kept_of_him_once_he_comes_no_more(people, store, record):
    def visitor(name: str, used: int, answered: int | None, **more: str) -> str:
        made = store.write(lambda c: add_subject(c, name))
        key = store.write(lambda c: create_key(c, made.id, name, ["classify"], actor="page"))[0]
        store.write(
            lambda c: c.execute(SUBJECTS.update().where(SUBJECTS.c.id == made.id).values(created=days_ago(800), **more))
        )
        noted = API_KEYS.update().where(API_KEYS.c.id == key.id).values(last_used=days_ago(used)[:16])
        store.write(lambda c: c.execute(noted))
        if answered is not None:
            store.write(lambda c: log_predictions(c, [record(made.id, key=key.id, time=days_ago(answered))]))
        return made.id

    gone = [visitor(visitor_name(), 400, 400), visitor(visitor_name(), 400, None)]
    stay = [
        visitor(visitor_name(), 3, None),
        visitor(visitor_name(), 400, 300),
        visitor(visitor_name(), 400, 400, hold="case 7"),
        visitor("visitor centre", 400, None),
    ]
    agreed = visitor(visitor_name(), 400, None)
    store.write(lambda c: give_consent(c, Consent(agreed, "1", "c" * 64), key="k"))
    assert overdue(store, people.folders, limits_of({}))["visitors"] == 1, "the other has an answer until it is deleted"
    assert apply_retention(store, people.folders, limits_of({}))["visitors"] == 2
    with store.reading() as connection:
        assert {each.id for each in subjects(connection)} == {*(s.id for s in people.subjects.values()), *stay, agreed}
        assert trail_findings(connection) == []
    assert not [each for each in gone if each in people.dump()]
    assert apply_retention(store, people.folders, limits_of({"visitors": "never"})).get("visitors") is None


def test_looks_and_resolved_alerts_go_when_they_are_old_and_the_newest_look_stays(people, store):
    def look(days: int) -> str:
        made = Look(new_id(), f"slot {days}", days_ago(days), days_ago(days), state=DONE)
        store.write(lambda c: c.execute(WATCH_LOOKS.insert().values({**vars(made), "report": "{}"})))
        return made.id

    def alert(**other: str) -> str:
        made = Alert(new_id(), "drift/pictures", "drift", "resolved", days_ago(2000), days_ago(1999), **other)
        row = {**vars(made), "mark": made.id, "evidence": "{}", "next_step": "{}"}
        store.write(lambda c: c.execute(ALERTS.insert().values(row)))
        pictures = {"alert": made.id, "prediction": new_id(), "subject": new_id(), "place": 0, "score": 1.0}
        store.write(lambda c: c.execute(ALERT_PICTURES.insert().values(pictures)))
        return made.id

    looks = [look(days) for days in (800, 400, 366)]
    resolved = alert(resolved=days_ago(1100), owner="ada", reason="the lamp was changed")
    open_one = alert(resolved="")
    assert overdue(store, people.folders, limits_of({"looks": "500d"}))["looks"] == 1
    deleted = apply_retention(store, people.folders, limits_of({}))
    assert (deleted["looks"], deleted["alerts"]) == (2, 1)
    with store.reading() as connection:
        assert list(connection.scalars(select(WATCH_LOOKS.c.id))) == looks[2:]
        assert {"a", open_one} == set(connection.scalars(select(ALERTS.c.id)))
        assert resolved not in set(connection.scalars(select(ALERT_PICTURES.c.alert)))


def test_the_trail_forgets_who_and_still_holds(people, store):
    with store.reading() as connection:
        lines = len(connection.execute(select(TRAIL_PERSONAL)).all())
    assert apply_retention(store, people.folders, limits_of({"trail": "0d"}))["trail"] == lines > 0
    with store.reading() as connection:
        assert connection.execute(select(TRAIL_PERSONAL)).all() == []
        assert trail_findings(connection) == []


def test_what_is_kept_for_ever_is_not_even_counted(people, store):
    limits = limits_of(dict.fromkeys(limits_of({}), "never"))
    assert apply_retention(store, people.folders, limits) == {"left over": 0}


def test_a_file_without_a_row_is_left_over_once_its_row_can_not_be_on_its_way(people, store, tmp_path):
    import os

    people.folders.pictures.keep("9" * 64, PIXELS)
    assert overdue(store, people.folders, limits_of({}))["left over"] == 0
    torn = people.folders.pictures.path("9" * 64).with_name(".99999999-x.new")
    torn.write_bytes(b"half")
    for path in (torn, people.folders.pictures.path("9" * 64), people.folders.pictures.path(people.pictures["ada"][0])):
        os.utime(path, (0, 0))
    assert apply_retention(store, people.folders, limits_of({}))["left over"] == 2
    assert not torn.exists()
    assert people.pictures["ada"][0] in people.files()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"photos": "3d"}, "did you mean|nothing of this kind"),
        ({"pictures": "soon"}, "give days"),
        ({"pictures": "-1d"}, "give days"),
    ],
)
def test_what_is_no_limit_is_refused(asked, said):
    with pytest.raises(ConfigError, match=said):
        limits_of(asked)


def test_an_export_holds_all_of_one_subject_and_nothing_of_another_nor_any_secret(people, store, tmp_path):
    ada, path = people.subjects["ada"], tmp_path / "ada.zip"
    counts = export_subject(store, people.folders.pictures, ada, path, actor="test")
    assert path.stat().st_mode & 0o777 == 0o600
    with store.reading() as connection:
        assert {name.removesuffix(".jsonl"): n for name, n in counts.items() if n and name.endswith(".jsonl")} == {
            **held_rows(connection, ada.id),
            "trail": held_rows(connection, ada.id)["audit_personal"],
        }
        secret = secret_of(connection, ada.id)
        hashes = list(connection.scalars(select(API_KEYS.c.secret_hash)))
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    rows = [json.loads(line) for line in content["predictions.jsonl"].splitlines()]
    assert {row["id"] for row in rows} == {row.id for row in people.rows["ada"]}
    assert rows[0]["answer"]["label"] == "jade"
    assert {Path(name).stem for name in content if name.startswith("pictures/")} == set(people.pictures["ada"][:2])
    everything = b"\n".join(content.values())
    assert b"says ada" in everything
    foreign = (people.subjects["eve"].id, people.keys["eve"].id, *people.pictures["eve"], *hashes, secret.hex(), "salt")
    assert not [text for text in foreign if text.encode() in everything]


def test_a_subject_is_known_by_name_id_and_the_beginning_of_one(people, store):
    ada = people.subjects["ada"]
    store.write(lambda c: add_subject(c, "eve"))
    with store.reading() as connection:
        assert find_subject(connection, "ada") == find_subject(connection, ada.id) == ada
        with pytest.raises(ServiceError, match="2 subjects are called like this"):
            find_subject(connection, "eve")
        with pytest.raises(ServiceError, match="no such subject"):
            find_subject(connection, "ad")
