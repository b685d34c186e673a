"""The report of reviews: known rates come back, each slice for itself, and page, tables and values agree."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest
from tests.review.conftest import PLAIN, Desk

from assay.evaluation.resampling import Resampling
from assay.review.acting import choose, decide, undo
from assay.review.export import exported_reviews, save_reviews
from assay.review.queue import next_assignment
from assay.review.report.assemble import review_report
from assay.review.report.page import write_page
from assay.review.report.record import ReviewReport
from assay.spreadsheet import as_written

QUICK = Resampling(100)
QUEUED = replace(PLAIN, known_share=1.0)


def says(desk: Desk, reviewer, form, choices, **words) -> None:
    """A reviewer works on whatever he is given until there is no more; `choices` by what the item is about."""
    while given := desk.do(next_assignment, reviewer, form, PLAIN):
        item = given.item
        key = item.prediction or item.shows["picture"]
        made = desk.do(choose, reviewer, item.id, choices[key], PLAIN, seconds=2.0, **words)
        if made.review is None:
            desk.do(decide, reviewer, item.id, choices[key], PLAIN, reason="=it is a band")


def test_a_report_keeps_the_random_slice_and_the_queue_apart_and_knows_who_was_right(desk, tmp_path):
    drawn = desk.add(6, wanted=2, random_slice=True, source="random", priority=5.0)
    queued = desk.add(4, wanted=2)
    desk.add(2, known="jade", wanted=0, hidden={}, source="known")
    kim = {item.prediction: "jade" for item in drawn} | {item.prediction: "onyx" for item in queued}
    lou = dict(kim) | {drawn[0].prediction: "onyx", queued[0].prediction: "(cannot tell)"}
    says(desk, desk.kim, "label", kim, comment='=HYPERLINK("http://x")')
    says(desk, desk.lou, "label", lou)
    for said in ("jade", "onyx"):
        given = desk.do(next_assignment, desk.kim, "label", QUEUED)
        assert given.item.known == "jade"
        desk.do(choose, desk.kim, given.item.id, said, QUEUED)
    report = desk.look(lambda c: review_report(c, resampling=QUICK))
    (form,) = report.forms
    assert (form.progress.items, form.progress.reviews, form.progress.left_open) == (10, 22, 1)
    assert form.progress.by_state == {"disputed": 2, "settled": 8}
    random, queue = form.agreement
    assert (random.slice, random.raw.value, random.raw.n) == ("random", pytest.approx(5 / 6), 6)
    # Kim has chosen one class alone there: kappa is 0 by its formula, chance does as well.
    assert random.kappas["kim · lou"].value == pytest.approx(0.0)
    assert (queue.slice, queue.raw.value, queue.raw.n) == ("queue", 1.0, 3)
    assert queue.alpha.value is None
    assert "one class alone" in queue.alpha.method
    assert (form.quality["kim"].value, form.quality["all"].n) == (0.5, 2)
    assert form.right["random"].value == 1.0
    assert form.right["queue"].value == 0.0
    assert form.override["(queue)"].value == 1.0
    _all_say_the_same(report, tmp_path)
    rows = desk.look(exported_reviews)
    save_reviews(tmp_path / "reviews.csv", rows)
    save_reviews(tmp_path / "reviews.jsonl", rows)
    with (tmp_path / "reviews.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "reviews.jsonl").read_text().splitlines()]
    assert len(cells) == len(lines) == 22
    assert {cell["comment"] for cell in cells} == {"", '\'=HYPERLINK("http://x")'}
    assert [as_written(cell["comment"]) for cell in cells] == [line["comment"] for line in lines]
    assert {line["reviewer"] for line in lines} == {"kim", "lou"}
    assert {line["stands"] for line in lines} == {True}


def _all_say_the_same(report: ReviewReport, folder) -> None:
    report.save_json(folder / "reviews.json")
    assert ReviewReport.load(folder / "reviews.json") == report
    report.save_csv(folder / "reviews_numbers.csv")
    write_page(folder / "index.html", report)
    page = (folder / "index.html").read_text()
    with (folder / "reviews_numbers.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["low"]]
    assert rows
    for row in rows:
        assert f"{float(row['value']) + 0.0:.3f}" in page
        assert f"{float(row['low']):.3f} to {float(row['high']):.3f}" in page


def test_plausibility_is_held_against_80_percent_by_its_whole_interval(desk, tmp_path):
    from assay.review.enqueue import queue_files

    files = [tmp_path / f"<b>{n}.png" for n in range(60)]
    for file in files:
        file.write_bytes(b"x")
    about = {"batch": "vae", "wanted": 1, "hidden": [{"label": "jade"}] * 60}
    desk.do(queue_files, "plausibility", [{"picture": str(file)} for file in files], **about)
    choices = {str(file): "plausible" for file in files} | {str(files[0]): "not", str(files[1]): "unsure"}
    says(desk, desk.kim, "plausibility", choices, details=[("defects", "shape")])
    (form,) = desk.look(lambda c: review_report(c, batch="vae", resampling=QUICK)).forms
    acceptance = form.acceptance
    assert (acceptance.rate.value, acceptance.rate.n, acceptance.open) == (pytest.approx(58 / 59), 59, 1)
    # Wilson's interval of 58 of 59, as published tables and statsmodels give it.
    assert (acceptance.rate.low, acceptance.rate.high) == pytest.approx((0.9099, 0.9970), abs=5e-4)
    assert (acceptance.verdict, acceptance.details) == ("above", {"shape": 1})
    (failure,) = form.failures
    assert (failure.outcome, failure.details, failure.said) == ("not", ("shape",), "jade")
    write_page(tmp_path / "index.html", desk.look(lambda c: review_report(c, resampling=QUICK)))
    page = (tmp_path / "index.html").read_text()
    assert "&lt;b&gt;0.png" in page
    assert "<b>0.png" not in page
    desk.do(undo, desk.kim, PLAIN)
    (form,) = desk.look(lambda c: review_report(c, batch="vae", resampling=QUICK)).forms
    assert form.progress.undone == 1
    assert form.acceptance.open == 2


def test_what_is_disputed_is_not_taken_for_accepted(desk):
    for number in range(60):
        shows = {"picture": f"/{number}.png"}
        desk.add(1, form="plausibility", source="study", batch="gan", shows=shows, prediction="", wanted=2)
    good = {f"/{n}.png": "plausible" for n in range(60)}
    says(desk, desk.kim, "plausibility", good)
    says(desk, desk.lou, "plausibility", good | {f"/{n}.png": "not" for n in range(20)})
    (form,) = desk.look(lambda c: review_report(c, resampling=QUICK)).forms
    assert (form.acceptance.rate.value, form.acceptance.rate.n, form.acceptance.open) == (1.0, 40, 20)
    # 40 of 60 at worst, 60 of 60 at best: 80 % lies between.
    assert form.acceptance.verdict == "open"


def test_a_report_of_nothing_says_so(desk, tmp_path):
    report = desk.look(review_report)
    assert report.forms == ()
    write_page(tmp_path / "index.html", report)
    assert "Nothing is queued" in (tmp_path / "index.html").read_text()
