"""`assay review reviewers`, as it is typed."""

from __future__ import annotations

import json
import re

import pytest

from assay.review.passwords import reviewer_of_link, signed_in
from assay.store.service_store import ServiceStore


def test_a_reviewer_is_made_let_in_by_link_or_password_listed_and_disabled(assay, tmp_path):
    code, out, _ = assay("review", "reviewers", "create", "kim", "address=https://assay.example", "format=json")
    made = json.loads(out)
    assert code == 0
    assert re.fullmatch(r"https://assay\.example/review/welcome/[\w-]{43}", made["link"])
    assert made["reviewers"][0]["state"] == "has no password yet"
    roles = ("roles=[arbiter,admin]", "password=true")
    other = json.loads(assay("review", "reviewers", "create", "max", *roles, "format=json")[1])
    assert "max" in assay("review", "reviewers", "list")[1]
    (file,) = tmp_path.rglob("service.db")
    with ServiceStore(f"sqlite:///{file}") as store, store.reading() as connection:
        assert reviewer_of_link(connection, made["link"].rpartition("/")[2]).name == "kim"
        assert signed_in(connection, "max", other["password"]).roles == ("arbiter", "admin")
    again = json.loads(assay("review", "reviewers", "link", "kim", "days=1", "format=json")[1])
    assert again["link"] != made["link"]
    assert assay("review", "reviewers", "disable", "max")[0] == 0
    listed = json.loads(assay("review", "reviewers", "format=json")[1])
    assert {row["name"]: row["state"] for row in listed["reviewers"]} == {
        "kim": "has no password yet",
        "max": "disabled",
    }
    assert "link" not in listed
    code, out, _ = assay("audit-trail", "verify", "format=json")
    assert json.loads(out)["findings"] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("reviewers", "list"), "no service has kept anything here yet"),
        (("reviewers", "create"), "one name: assay review reviewers create NAME"),
        (("reviewers", "create", "kim", "roles=[king]"), "there is no such role"),
        (("reviewers", "create", "kim", "address=localhost"), "is no address of a service"),
        (("reviewers", "list", "password=true"), "goes with create and link"),
        (("reviewers", "disable", "kim", "days=3"), "goes with create and link"),
        (("reviewer",), "reviewers"),
        (("reviewers", "remove", "kim"), "what is to be done comes first"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(assay, words, message):
    code, out, err = assay("review", *words)
    assert code != 0
    assert message in out + err


def test_who_is_not_there_is_refused_with_the_list(assay):
    assay("review", "reviewers", "create", "kim")
    out = "".join(map(str, assay("review", "reviewers", "disable", "lou")))
    assert "assay review reviewers list shows all" in out
    assert "kim" in assay("review", "reviewers", "list")[1]
    assert "is a reviewer already" in "".join(map(str, assay("review", "reviewers", "create", "Kim")))
