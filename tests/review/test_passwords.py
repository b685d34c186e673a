"""Reviewers sign in by a password that nobody can read, and not as often as they like."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from assay.errors import ServiceError
from assay.review import passwords
from assay.review.passwords import (
    Attempts,
    TooOftenError,
    make_link,
    new_password,
    reviewer_of_link,
    set_password,
    signed_in,
)
from assay.review.reviewers import create_reviewer, disable_reviewer, find_reviewer
from assay.store.ids import now
from assay.store.review_tables import REVIEWERS
from assay.store.service_store import ServiceStore
from assay.store.tables import TRAIL_PERSONAL

WORDS = "correct horse battery"


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/service.db"


@pytest.fixture
def store(url):
    with ServiceStore(url) as opened:
        yield opened


@pytest.fixture
def kim(desk):
    desk.do(set_password, desk.kim, WORDS, actor="test")
    return desk.look(find_reviewer, "kim")


def test_a_password_is_kept_as_argon2id_and_stands_nowhere_in_the_clear(desk, kim):
    with desk.store.reading() as connection:
        row = connection.execute(select(REVIEWERS).where(REVIEWERS.c.id == kim.id)).one()
        lines = " ".join(connection.scalars(select(TRAIL_PERSONAL.c.content)))
    assert row.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert WORDS not in row.password + lines
    assert "kim" in lines


def test_only_name_and_password_together_open_whatever_the_case_of_the_name(desk, kim):
    assert desk.look(signed_in, " KIM ", WORDS) == kim
    for name, password in (("kim", "wrong words here"), ("nobody", WORDS), ("kim", ""), ("lou", WORDS), ("lou", "")):
        assert desk.look(signed_in, name, password) is None, name
    desk.do(disable_reviewer, kim, actor="test")
    assert desk.look(signed_in, "kim", WORDS) is None


def test_names_in_other_scripts_open_in_either_case(desk):
    for name in ("ÄLICE", "กานดา"):
        made = desk.do(create_reviewer, name, [], actor="test")
        desk.do(set_password, made, WORDS, actor="test")
        assert desk.look(signed_in, name, WORDS).id == made.id
    assert desk.look(signed_in, "älice", WORDS).name == "ÄLICE"


def test_the_hash_of_nobody_is_computed_like_any_other():
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords._NOBODYS, WORDS)


def test_a_name_that_nobody_has_costs_a_hash_too(desk, kim, monkeypatch):
    verified = []
    right = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda known, word: verified.append(known) or right(known, word))
    desk.look(signed_in, "kim", "wrong words here")
    desk.look(signed_in, "nobody", "wrong words here")
    assert [each.rpartition("$")[0].rpartition("$")[0] for each in verified] == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


def test_a_new_password_and_disabling_end_what_was_signed_in(desk, kim):
    desk.do(set_password, kim, new_password(), actor="test")
    later = desk.look(find_reviewer, "kim")
    assert later.epoch == kim.epoch + 1
    assert desk.do(disable_reviewer, later, actor="test").epoch == kim.epoch + 2


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaa"])
def test_a_weak_password_is_refused(desk, password):
    with pytest.raises(ServiceError):
        desk.do(set_password, desk.kim, password, actor="test")


def test_a_link_opens_once_and_only_for_its_time(desk):
    first = desk.do(make_link, desk.kim, days=1, actor="test")
    second = desk.do(make_link, desk.kim, days=1, actor="test")
    assert desk.look(reviewer_of_link, first) is None
    assert desk.look(reviewer_of_link, second) == desk.kim
    assert desk.look(reviewer_of_link, "") is None
    desk.do(set_password, desk.kim, WORDS, actor="kim")
    assert desk.look(reviewer_of_link, second) is None
    late = desk.do(make_link, desk.kim, days=1, actor="test")
    past = REVIEWERS.update().where(REVIEWERS.c.name == "kim").values(link_expires=now())
    desk.store.write(lambda c: c.execute(past))
    assert desk.look(reviewer_of_link, late) is None


def test_the_sixth_attempt_for_a_name_waits_whoever_makes_it_and_another_name_does_not():
    attempts = Attempts()
    for _ in range(5):
        attempts.begin("kim")
    with pytest.raises(TooOftenError) as refused:
        attempts.begin(" KIM")
    assert 0 < refused.value.seconds <= 900
    attempts.begin("lou")
    attempts.succeeded("kim")
    attempts.begin("kim")


def test_all_names_together_have_a_limit_too():
    attempts = Attempts(of_account=5, of_all=8)
    for number in range(8):
        attempts.begin(f"reviewer {number}")
    with pytest.raises(TooOftenError):
        attempts.begin("another")


def test_a_reviewers_name_is_taken_once_whatever_its_case(desk):
    with pytest.raises(ServiceError, match="is a reviewer already"):
        desk.do(create_reviewer, "KIM", [], actor="test")
    with pytest.raises(ServiceError, match="no such role"):
        desk.do(create_reviewer, "eve", ["king"], actor="test")
    with pytest.raises(ServiceError, match="1 to 100"):
        desk.do(create_reviewer, "  ", [], actor="test")
