"""`assay review report` and `export`, as they are typed."""

from __future__ import annotations

import json

import pytest

from assay.review.acting import choose
from assay.review.item import ReviewItem
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.reviewers import create_reviewer
from assay.review.rows import add_items
from assay.store.service_store import ServiceStore

PLAIN = QueuePolicy(known_share=0.0, random_share=0.0)


@pytest.fixture
def reviewed(assay, tmp_path):
    """A store in which kim and lou have labelled four answers, of which they agree on three."""
    assay("review", "reviewers", "create", "kim")
    (file,) = tmp_path.rglob("service.db")
    with ServiceStore(f"sqlite:///{file}") as store:
        lou = store.write(lambda c: create_reviewer(c, "lou", ["reviewer"], actor="test"))
        with store.reading() as connection:
            from assay.review.reviewers import find_reviewer

            kim = find_reviewer(connection, "kim")
        about = {"classes": ("jade", "onyx"), "wanted": 2, "random_slice": True, "batch": "b"}
        wanted = [ReviewItem("label", "random", prediction=f"p{n}", **about) for n in range(4)]
        store.write(lambda c: add_items(c, wanted))
        for reviewer, said in ((kim, "jade jade onyx onyx"), (lou, "jade jade onyx jade")):
            for choice in said.split():
                given = store.write(lambda c, r=reviewer: next_assignment(c, r, "label", PLAIN))
                store.write(lambda c, r=reviewer, g=given, x=choice: choose(c, r, g.item.id, x, PLAIN))
    return file


def test_the_report_is_a_page_tables_and_text_that_agree(assay, reviewed, tmp_path):
    code, out, _ = assay("review", "report", f"output={tmp_path / 'report'}")
    assert code == 0
    assert "0.750 (0.301 to 0.954)" in out
    page = (tmp_path / "report" / "index.html").read_text()
    assert "0.301 to 0.954" in page
    document = json.loads(assay("review", "report", f"output={tmp_path / 'report'}", "format=json")[1])
    agreement = document["report"]["forms"][0]["agreement"][0]
    # Raw 3 of 4; by chance 1/2 * 3/4 + 1/2 * 1/4 = 1/2: kappa 1/2.
    assert agreement["kappas"]["kim · lou"]["value"] == pytest.approx(0.5, abs=1e-9)
    assert json.loads((tmp_path / "report" / "reviews.json").read_text())["forms"] == document["report"]["forms"]
    table = assay("review", "report", f"output={tmp_path / 'report'}", "format=csv")[1]
    assert "label,random,kappa,kim · lou,0.5" in table


def test_reviews_are_exported_with_who_and_when(assay, reviewed, tmp_path):
    code, out, _ = assay("review", "export", f"to={tmp_path / 'reviews.jsonl'}", "form=label")
    assert code == 0
    assert "8" in out
    lines = [json.loads(line) for line in (tmp_path / "reviews.jsonl").read_text().splitlines()]
    assert [line["reviewer"] for line in lines] == ["kim"] * 4 + ["lou"] * 4
    assert all(line["time"] and line["trail"] for line in lines)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("export",), "to=reviews.csv"),
        (("export", "to=reviews.xlsx"), "ends in .csv or .jsonl"),
        (("export", "to=reviews.csv", "form=labels"), "no such form"),
        (("report", "to=reviews.csv"), "goes with export"),
        (("report", "roles=[admin]"), "goes with reviewers"),
        (("reviewers", "list", "batch=b"), "goes with export and report"),
        (("report", "kim"), "takes keys alone"),
    ],
)
def test_what_does_not_fit_is_refused(assay, reviewed, words, message):
    code, out, err = assay("review", *words)
    assert code != 0
    assert message in out + err
