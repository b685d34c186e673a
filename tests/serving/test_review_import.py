"""`assay review import`, as it is typed: reviews made elsewhere are held against the items line by line."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assay.review.acting import undo
from assay.review.forms import form_of
from assay.review.item import DISPUTED, OPEN, SETTLED, ReviewItem
from assay.review.labels.gather import gather_labels
from assay.review.leases import lease_of
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.report.assemble import review_report
from assay.review.reviewers import create_reviewer, disable_reviewer, find_reviewer
from assay.review.rows import add_items, close_items, item_of, reviews_of
from assay.store.tables import TRAIL, TRAIL_PERSONAL
from assay.store.trail import trail_findings
from labelled_world import LabelledWorld
from service_database import open_store

POLICY = QueuePolicy(random_share=0.0, known_share=0.0)
ABOUT: dict[str, Any] = {"classes": ("jade", "=onyx"), "hidden": {"label": "jade", "confidence": 0.6}, "wanted": 2}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LabelledWorld]:
    with open_store(tmp_path) as store:
        yield LabelledWorld(store)


@pytest.fixture
def items(world: LabelledWorld) -> list[ReviewItem]:
    """Three items of the form label that ask two, and one of the form plausibility."""
    made = [ReviewItem("label", "low_confidence", prediction=f"p{n}", **ABOUT) for n in range(3)]
    made.append(ReviewItem("plausibility", "study", batch="b", shows={"picture": "/a.png"}, wanted=1))
    return list(world.do(add_items, made))


@pytest.fixture
def imported(assay: Any, world: LabelledWorld, tmp_path: Path) -> Any:
    """Writes a file and imports it; gives exit code and all that was said."""

    def do(content: str | bytes, *words: str, name: str = "reviews.csv") -> tuple[int, str]:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        code, out, err = assay("review", "import", str(tmp_path / name), f"store={tmp_path / 'service.db'}", *words)
        return code, out + err

    return do


def table(*rows: str, head: str = "item,reviewer,final") -> str:
    return "\n".join((head, *rows)) + "\n"


def state(world: LabelledWorld, item: ReviewItem) -> tuple[str, str]:
    now = world.look(item_of, item.id)
    return now.state, now.outcome


def test_a_simple_table_becomes_reviews_with_a_line_in_the_trail_that_says_who_imported_them_from_which_file(
    world, items, imported
):
    content = table(f"{items[0].id},kim,jade,sharp,2026-11-01T12:00:00Z", head="item,reviewer,final,comment,time")
    code, out = imported(content, "by=ada")
    assert code == 0
    assert "1  imported" in out
    (row,) = world.look(reviews_of, items[0].id)
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert (row.final, row.comment, row.imported, row.reviewer) == ("jade", "sharp", digest, world.ids["kim"])
    assert row.form_version == form_of("label").version
    assert row.blind == ""  # nobody says that the model's answer was not seen
    line = world.look(lambda c: c.execute(select(TRAIL).where(TRAIL.c.number == row.trail)).one())
    assert json.loads(line.content)["imported"] == digest
    personal = world.look(
        lambda c: c.scalars(select(TRAIL_PERSONAL.c.content).where(TRAIL_PERSONAL.c.number == row.trail)).one()
    )
    about = json.loads(personal)
    assert (about["imported_by"], about["line"], about["actor"]) == ("ada", 2, "kim")
    assert about["made"] == "2026-11-01T12:00:00Z"
    assert world.look(trail_findings) == []


def test_two_agree_two_differ_and_an_arbiter_decides_as_at_the_desk_and_a_second_time_changes_nothing(
    world, items, imported
):
    rows = [f"{items[0].id},kim,jade", f"{items[0].id},LOU,jade", f"{items[1].id},kim,jade", f"{items[1].id},lou,=onyx"]
    rows += [f"{items[1].id},max,=onyx", f"{items[2].id},{world.ids['kim']},(cannot tell)", f"{items[3].id},lou,not"]
    code, out = imported(table(*rows))
    assert code == 0, out
    assert "7  imported" in out
    assert [state(world, item) for item in items] == [
        (SETTLED, "jade"),
        (SETTLED, "=onyx"),
        (OPEN, ""),
        (SETTLED, "not"),
    ]
    before = [world.look(reviews_of, item.id) for item in items]
    assert [row.arbiter for row in before[1]] == [False, False, True]
    assert before[3][0].blind == "not"  # nothing was hidden there
    code, out = imported(table(*rows))
    assert code == 0
    assert "0  imported" in out
    assert "7  in the store already" in out
    assert [world.look(reviews_of, item.id) for item in items] == before
    lou = world.look(find_reviewer, "lou")
    world.do(undo, lou, POLICY, form="plausibility")
    assert "7  in the store already" in imported(table(*rows))[1]  # what was taken back does not come again
    assert state(world, items[3]) == (OPEN, "")


def test_what_is_exported_is_read_again_cells_that_would_be_formulas_and_all(world, items, imported, assay, tmp_path):
    rows = [
        f"{items[0].id},kim,=onyx,jade,=1+1,look",
        f"{items[1].id},kim,jade,jade,,",
        f"{items[1].id},lou,=onyx,=onyx,a crack,",
    ]
    assert imported(table(*rows, head="item,reviewer,final,blind,reason,comment"))[0] == 0
    lou = world.look(find_reviewer, "lou")
    given = world.do(next_assignment, lou, "label", POLICY)
    from assay.review.acting import skip

    world.do(skip, lou, given.item.id, POLICY)
    store = f"store={tmp_path / 'service.db'}"
    assert "as assay review export writes them" in imported(b"x", name="reviews.xlsx")[1]
    for name in ("out.csv", "out.jsonl"):
        assert assay("review", "export", f"to={tmp_path / name}", store)[0] == 0
        code, out = imported((tmp_path / name).read_bytes(), name=name)
        assert code == 0, out
        assert "0  imported" in out
        assert "3  in the store already" in out
        assert "1  skips, and what was taken back" in out
    with open_store(tmp_path, "other.db") as other:
        elsewhere = LabelledWorld(other)
        for item in items[:2]:
            elsewhere.do(add_items, [replace(item, id="")])
        known = {each.prediction: each.id for each in elsewhere.look(_all)}
        new = (tmp_path / "out.csv").read_text("utf-8-sig")
        for item in items[:2]:
            new = new.replace(item.id, known[item.prediction])
        (tmp_path / "new.csv").write_text(new, "utf-8-sig")
        code, out, _ = assay("review", "import", str(tmp_path / "new.csv"), f"store={tmp_path / 'other.db'}")
        assert code == 0
        assert "3  imported" in out
        copied = elsewhere.look(reviews_of, known["p0"])[0]
        original = world.look(reviews_of, items[0].id)[0]
        assert (copied.blind, copied.final, copied.reason, copied.override) == ("jade", "=onyx", "=1+1", True)
        assert (copied.comment, copied.form_version) == (original.comment, original.form_version)
        assert elsewhere.look(item_of, known["p1"]).state == DISPUTED


def _all(connection: Any) -> list[ReviewItem]:
    from assay.review.rows import items

    return items(connection)


def test_every_line_that_does_not_fit_is_refused_with_its_reason_and_nothing_is_written_unless_partial(
    world, items, imported
):
    world.do(close_items, [items[2].id], "the picture is kept no longer")
    world.do(lambda c: create_reviewer(c, "eve", ["reviewer"], actor="test"))
    eve = world.look(find_reviewer, "eve")
    world.do(disable_reviewer, eve, actor="test")
    rows = {
        f"{items[0].id},kim,jade,,,": "",
        "no-such-item,kim,jade,,,": "there is no item no-such-item",
        f"{items[0].id},nobody,jade,,,": "there is no reviewer nobody",
        f"{items[0].id},eve,jade,,,": "eve is disabled",
        f"{items[0].id},max,jade,,,": "max is no reviewer",
        f"{items[1].id},kim,ruby,,,": "'ruby' is none of the choices",
        f"{items[1].id},kim,jade,ruby,,": "'ruby' is none of the choices",
        f"{items[2].id},kim,jade,,,": "the item is closed: the picture is kept no longer",
        f"{items[0].id},kim,=onyx,,,": "kim has reviewed the item already, and chose something else",
        f"{items[0].id},lou,jade,,soon,": "seconds is no number",
        f"{items[0].id},lou,jade,,-1,": "seconds is no number from 0 on",
        f"{items[0].id},lou,jade,,nan,": "seconds is no number",
        f"{items[0].id},lou,jade,,,{{": "details are no JSON",
        f'{items[3].id},lou,not,,,"{{""defects"": [""colour""]}}"': "details: the form has no such ones",
        f"{items[0].id},lou": "has 2 cells, and the head has 6",
        ",lou,jade,,,": "item is empty",
        f"{items[0].id},lou,,,,": "final is empty",
    }
    content = table(*rows, head="item,reviewer,final,blind,seconds,details").encode()
    content += f"{items[0].id},lou,jade\xff,,,\n".encode("latin-1")
    code, out = imported(content)
    assert code != 0
    assert "17 lines are refused, so nothing was imported" in out
    assert world.look(reviews_of, items[0].id) == []
    code, out = imported(content, "dry_run=true", "format=csv")
    assert code == 0
    assert world.look(reviews_of, items[0].id) == []
    listed = {int(row["line"]): row["reason"] for row in csv.DictReader(out.splitlines())}
    reasons = {number: why for number, why in enumerate(rows.values(), 2) if why}
    assert {number: why for number, why in reasons.items() if why not in listed.get(number, "")} == {}
    assert "final is not UTF-8" in listed[len(rows) + 2]
    code, out = imported(content, "partial=true")
    assert code == 0
    assert "1  imported" in out
    assert "17  refused" in out
    assert "line 3: there is no item no-such-item" in out
    assert len(world.look(reviews_of, items[0].id)) == 1


def test_a_line_of_json_that_is_none_is_refused_and_the_others_are_read(world, items, imported):
    good = {"item": items[0].id, "reviewer": "kim", "final": "jade", "blind": "jade", "seconds": 2.5, "stands": True}
    lines = [json.dumps(good), "{", "[1]", json.dumps({**good, "final": 3}), json.dumps({**good, "form": "audit"})]
    lines += [json.dumps({**good, "reviewer": "lou", "stands": False}), json.dumps({**good, "time": "yesterday"})]
    code, out = imported("\n".join(lines), "partial=true", name="reviews.jsonl")
    assert code == 0
    for text in (
        "1  imported",
        "1  skips",
        "line 2: is no JSON",
        "line 3: is no JSON object",
        "line 4: final is no text",
        "line 5: the item is of the form label, not audit",
        "line 7: time is none",
    ):
        assert text in out
    (row,) = world.look(reviews_of, items[0].id)
    assert (row.blind, row.seconds) == ("jade", 2.5)


def test_an_item_that_has_its_reviewers_asks_nobody_else_and_whoever_had_it_before_him_loses_it(world, items, imported):
    lou, moment = world.look(find_reviewer, "lou"), datetime.now(UTC)
    given = world.do(next_assignment, lou, "label", POLICY, at=moment)
    assert given.item.id == items[0].id
    world.do(lambda c: create_reviewer(c, "ann", ["reviewer"], actor="test"))
    assert imported(table(f"{items[0].id},kim,jade", f"{items[0].id},ann,jade"))[0] == 0
    assert world.look(lease_of, items[0].id, lou.id) is None
    code, out = imported(table(f"{items[0].id},lou,=onyx"))
    assert code != 0
    assert "the item is decided, and asks nobody else" in out
    assert imported(table(f"{items[1].id},kim,jade", f"{items[1].id},ann,=onyx"))[0] == 0
    code, out = imported(table(f"{items[1].id},lou,jade"))
    assert "reviewers disagree about the item, and lou is no arbiter" in out


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"\xff\xfei\0t\0", "reviews.csv", "is UTF-16"),
        (b"item,reviewer\n", "reviews.csv", "no column final"),
        (b"item,item,reviewer,final\n", "reviews.csv", "a column is there twice"),
        (b"item,reviewer,final\n", "reviews.csv", "has no reviews"),
        (b"item\n", "reviews.xlsx", "from .csv or .jsonl"),
        (b"item,reviewer,final\n" + b"a,b,c\n" * 5001, "reviews.csv", "divide the file"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_whole(imported, content, name, message):
    code, out = imported(content, name=name)
    assert code != 0
    assert message in out


def test_the_command_takes_one_file(assay, world, tmp_path):
    for words in ((), ("a.csv", "b.csv")):
        code, out, err = assay("review", "import", *words, f"store={tmp_path / 'service.db'}")
        assert code != 0
        assert "takes one file" in out + err
    code, out, err = assay("review", "import", "nowhere.csv", f"store={tmp_path / 'service.db'}")
    assert code != 0
    assert "cannot be read" in out + err


def test_a_table_with_semicolons_and_a_mark_is_read(world, items, imported):
    code, out = imported(("\ufeffItem;Reviewer;Final\r\n" + f'{items[0].id};kim;"jade"\r\n').encode())
    assert code == 0
    assert "1  imported" in out


def test_what_nobody_says_was_blind_says_nothing_of_agreement_and_makes_no_test_set(world, items, imported):
    head = "item,reviewer,final"
    assert imported(table(f"{items[0].id},kim,jade", f"{items[0].id},lou,jade", head=head))[0] == 0
    report = world.look(review_report)
    (form,) = [each for each in report.forms if each.form == "label"]
    assert form.agreement == ()
    assert form.progress.reviews == 2
    rows = (f"{items[1].id},kim,jade,jade", f"{items[1].id},lou,jade,jade")
    assert imported(table(*rows, head=head + ",blind"))[0] == 0
    (form,) = [each for each in world.look(review_report).forms if each.form == "label"]
    assert form.agreement[0].raw.value == 1.0
    assert world.look(gather_labels, world.pictures).labels == ()


def test_two_versions_of_a_form_have_two_digests_and_each_review_says_its_own(world, items, imported):
    label = form_of("label")
    assert replace(label, question="Which stone is it?").version != label.version
    assert replace(label).version == label.version
    other = "e" * 64
    content = table(f"{items[0].id},kim,jade,{other}", head="item,reviewer,final,form_version")
    assert imported(content)[0] == 0
    assert imported(table(f"{items[0].id},lou,jade"))[0] == 0
    assert [row.form_version for row in world.look(reviews_of, items[0].id)] == [other, label.version]


def test_who_takes_an_imported_review_back_chooses_blind_no_more_because_nobody_knows_what_he_has_seen(
    world, items, imported
):
    rows = (f"{items[0].id},kim,=onyx,", f"{items[1].id},lou,jade,jade")
    assert imported(table(*rows, head="item,reviewer,final,blind"))[0] == 0
    for name, seen in (("kim", "=onyx"), ("lou", "jade")):
        back = world.do(undo, world.look(find_reviewer, name), POLICY)
        assert back.lease.blind == seen
