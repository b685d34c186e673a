"""API keys: shown once, recognised, refused when they have expired or were revoked."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from assay.errors import ServiceError
from assay.store.keys import create_key, find_key, keys, note_use, recognised, revoke_key, rotate_key
from assay.store.subjects import add_subject, picture_id, secret_of
from assay.store.trail import trail_findings


@pytest.fixture
def subject(store):
    return store.write(lambda connection: add_subject(connection, "museum")).id


@pytest.fixture
def made(store, subject):
    return store.write(lambda c: create_key(c, subject, "phone", ["classify"], actor="Ada"))


def test_a_key_is_recognised_by_what_was_shown_and_by_nothing_near_it(store, made):
    key, shown = made
    with store.reading() as connection:
        assert recognised(connection, shown) == key
        assert key.refusal() == ""
        other = ("A" if shown[-1] != "A" else "B") + shown[:-1][::-1]
        near = [shown[:-1], shown + "A", shown.upper(), shown.replace("assay.", "assey."), "", "x", other]
        near += [
            shown[:-1] + ("A" if shown[-1] != "A" else "B"),
            shown.replace(key.id, key.id[:-1] + ("0" if key.id[-1] != "0" else "1")),
            shown + "\n",
        ]
        assert [recognised(connection, text) for text in near] == [None] * len(near)


def test_the_secret_is_nowhere_in_the_database(store, made, tmp_path, url):
    secret = made[1].rpartition(".")[2]
    with store.reading() as connection:
        rows = connection.execute(text("SELECT * FROM api_keys")).all()
    assert secret not in repr(rows)
    if url.startswith("sqlite"):
        assert all(secret.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_revoked_key_opens_nothing_at_once_and_revoking_again_changes_nothing(store, made):
    key, shown = made
    first = store.write(lambda c: revoke_key(c, key.id[:20], actor="Ada"))
    again = store.write(lambda c: revoke_key(c, key.id, actor="Eve"))
    assert first == again
    with store.reading() as connection:
        assert recognised(connection, shown).refusal() == "the key was revoked"
        assert trail_findings(connection) == []
        kinds = list(connection.scalars(text("SELECT kind FROM audit_trail ORDER BY number")))
    assert kinds == ["key created", "key revoked"]


def test_a_key_expires_at_its_time(store, subject):
    key, _ = store.write(lambda c: create_key(c, subject, "day", ["classify", "review"], actor="Ada", days=1))
    assert key.refusal(key.created) == ""
    assert key.refusal(key.expires) == "the key has expired"


def test_a_rotated_key_opens_for_the_overlap_and_its_successor_for_good(store, made):
    key, shown = made
    newer, newly_shown = store.write(lambda c: rotate_key(c, key.id, actor="Ada", overlap_days=2))
    with store.reading() as connection:
        former = recognised(connection, shown)
        assert recognised(connection, newly_shown) == newer
    assert (former.refusal(), newer.refusal()) == ("", "")
    assert former.expires > former.created
    assert former.refusal("2999-01-01T00:00:00.000Z") == "the key has expired"
    assert (newer.subject, newer.scopes, newer.name, newer.expires) == (key.subject, key.scopes, key.name, "")
    store.write(lambda c: revoke_key(c, key.id, actor="Ada"))
    with pytest.raises(ServiceError, match="was revoked"):
        store.write(lambda c: rotate_key(c, key.id, actor="Ada"))


@pytest.mark.parametrize(("scopes", "said"), [(["clasify"], "did you mean classify"), ([], "needs a scope")])
def test_a_scope_that_there_is_not_is_refused(store, subject, scopes, said):
    with pytest.raises(ServiceError, match=said):
        store.write(lambda c: create_key(c, subject, "x", scopes, actor="Ada"))
    with store.reading() as connection:
        assert keys(connection) == []


def test_a_key_that_there_is_not_is_said(store, made):
    for words in ("zzz", ""):
        with pytest.raises(ServiceError, match="there is no such key"), store.reading() as connection:
            find_key(connection, words)


def test_the_use_of_a_key_is_noted_to_the_minute(store, made):
    store.write(lambda c: note_use(c, made[0].id))
    with store.reading() as connection:
        assert find_key(connection, made[0].id).last_used.endswith(":00.000Z")


def test_a_picture_has_another_id_for_each_subject(store, subject):
    other = store.write(lambda c: add_subject(c, "zoo")).id
    with store.reading() as connection:
        secrets = [secret_of(connection, each) for each in (subject, other)]
        with pytest.raises(ServiceError, match="not known"):
            secret_of(connection, "nobody")
    ids = [picture_id(secret, b"picture") for secret in secrets]
    assert len({*ids}) == 2
    assert picture_id(bytes(20).replace(b"\0", b"\x0b"), b"Hi There") == (
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ), "RFC 4231, test case 1"
