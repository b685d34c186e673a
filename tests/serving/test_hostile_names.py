"""Hostile names and comments are text at the desk, in its report and in its tables, and no cell of those calculates."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest

from assay.evaluation.resampling import Resampling
from assay.review.enqueue import queue_files
from assay.review.export import exported_reviews, save_reviews
from assay.review.item import ReviewItem
from assay.review.passwords import set_password
from assay.review.report.assemble import review_report
from assay.review.report.page import write_page
from assay.review.reviewers import create_reviewer
from assay.review.rows import add_items, reviews
from assay.spreadsheet import FORMULA, as_written
from desk_browser import WORDS, Browser
from serving_world import World, png

NAMES = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'&",
    "=cmd|' /C calc'!A1",
    "+1+cmd",
    "@SUM(A1)",
    "-2+3",
    "\u202egnp.exe",
    "a name \U0001f600 of " + "o" * 290,
)
PICTURE = "c" * 64


@pytest.fixture(scope="module")
def world(tmp_path_factory, engine):
    root = tmp_path_factory.mktemp("hostile")
    guide = root / "guide" / "<b>&x"
    guide.mkdir(parents=True)
    (guide / "1.png").write_bytes(png())
    (guide.parent / "guideline.md").write_text("# <script>alert(1)</script>\u202e\n\n" + NAMES[1])
    made = World(root, engine, review_guide=str(guide.parent))
    made.service.keeping.pictures.keep(PICTURE, np.zeros((6, 5, 3), np.uint8))
    (root / "shown.png").write_bytes(png())
    yield made
    made.close()


@pytest.fixture(scope="module", params=range(len(NAMES)), ids=lambda place: NAMES[place][:12])
def pages(request, world, tmp_path_factory):
    """Pages that show a name as reviewer, class, comment and reason; it is reviewed in each form at last."""
    name, number = NAMES[request.param], request.param
    reviewer = world.store.write(lambda c: create_reviewer(c, name[:100], ["reviewer", "admin"], actor="test"))
    world.store.write(lambda c: set_password(c, reviewer, WORDS, actor="test"))
    about = {"classes": ("jade", name), "hidden": {"label": "jade", "confidence": 0.6}, "picture": PICTURE}
    batch = {"batch": name[:60], "prediction": f"p{number}"}
    world.store.write(lambda c: add_items(c, [ReviewItem("label", "random", **batch, **about)]))
    shown = [dict.fromkeys(("picture", "other"), str(next(world.service.keeping.pictures.folder.rglob("*.png"))))]
    words = {"batch": name[:60], "classes": ("jade", name), "hidden": [{"label": name}], "wanted": 1}
    world.store.write(lambda c: queue_files(c, "audit", shown, **words))
    browser = Browser(world)
    browser.post("/review/sign-in", name=name[:100], password=WORDS)
    seen = [browser.page.text]
    seen.append(browser.get("/review/work/label").text)
    seen.append(browser.act(action="choose", choice="1", comment=name).text)
    seen.append(browser.act(action="keep", reason=name).text)
    seen.append(browser.post("/review/undo/label").text)
    browser.act(action="keep", reason=name)
    seen.append(browser.get("/review/work/audit").text)
    browser.act(action="choose", choice="3", detail0="1", comment=name)
    seen += [browser.get(path).text for path in ("/review", "/review/people", "/review/guideline")]
    return name, seen


def test_a_name_is_text_on_every_page_of_the_desk(world, pages):
    name, seen = pages
    assert len(seen) == 9
    for page in seen:
        assert not re.search(r"<script(?![^>]*\ssrc=)|<img src=x|<b>", page)
        outside = re.sub(r"<textarea.*?</textarea>|value=\"[^\"]*\"", "", page, flags=re.DOTALL)
        assert "\u202e" not in outside
    with world.store.reading() as connection:
        assert name in {row.final for row in reviews(connection)}


def test_no_cell_of_a_table_calculates_and_each_can_be_read_back(world, pages, tmp_path):
    name, _ = pages
    with world.store.reading() as connection:
        save_reviews(tmp_path / "reviews.csv", exported_reviews(connection))
    text = (tmp_path / "reviews.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    mine = [row for row in rows if as_written(row["comment"]) == name]
    assert {row["form"] for row in mine} == {"label", "audit"}
    assert as_written(next(row for row in mine if row["form"] == "label")["reason"]) == name
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(FORMULA), cell


def test_the_report_shows_them_as_text(world, pages, tmp_path):
    with world.store.reading() as connection:
        report = review_report(connection, resampling=Resampling(resamples=50))
    write_page(tmp_path / "index.html", report)
    page = (tmp_path / "index.html").read_text("utf-8")
    assert not re.search(r"<script|<img src=x|\u202e", page)
