"""The page where one asks: the same answers as the API's, by the same path, without a script."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from assay.errors import ServiceError
from assay.predictor import Answer
from assay.serving.classified import answer_document
from assay.serving.pages.view import KINDS, percent_of, view_of_answer
from assay.store.tables import API_KEYS, PREDICTIONS, SUBJECTS
from assay.store.trail import trail_findings
from page_browser import Browser, answer_ids
from serving_world import World, png

HOSTILE = "<img src=x onerror=alert(1)>\"'&\u202egnp.exe"


def test_whoever_opens_the_page_and_asks_nothing_is_nobody(world, browser):
    page = browser.get()
    assert page.status_code == 200
    assert "Ask about a picture" in page.text
    with world.store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(SUBJECTS)) == 3, "those of the keys alone"


def test_a_picture_is_answered_as_the_bundle_does_and_logged_as_for_a_key(world, browser, bundle):
    page = browser.ask(png(1))
    (expected,) = bundle.predict([png(1)])
    assert page.status_code == 200
    assert expected.label in page.text
    assert percent_of(expected.confidence).replace("<", "&lt;").replace(">", "&gt;") in page.text
    (prediction,) = answer_ids(page.text)
    with world.store.reading() as connection:
        row = connection.execute(select(PREDICTIONS).where(PREDICTIONS.c.id == prediction)).one()
        key = connection.execute(select(API_KEYS).where(API_KEYS.c.id == row.key)).one()
        assert trail_findings(connection) == []
    assert (row.label, row.kept) == (expected.label, False)
    assert (key.scopes, key.subject) == ("classify", row.subject)
    assert key.expires


def test_the_picture_is_shown_from_the_answer_itself_and_is_kept_nowhere(world, browser):
    page = browser.ask(png(1))
    assert f"data:image/png;base64,{base64.b64encode(png(1)).decode()}" in page.text
    assert page.headers["x-page"] == f"/answers/{answer_ids(page.text)[0]}"
    assert "data:" not in browser.get(page.headers["x-page"]).text
    own = browser.ask(png(1), headers={"X-Own-Pictures": "1"})
    assert "data:" not in own.text
    assert 'data-own="0"' in own.text
    assert not list(world.service.keeping.pictures.all())


def test_a_map_is_beside_the_picture_as_the_model_sees_it(browser):
    page = browser.ask(png(1, size=(40, 30)), map="yes")
    assert len(re.findall(r'<img src="data:image/png', page.text)) == 2
    assert "Where the model looked" in page.text
    assert "was not checked" in page.text


def test_a_map_of_the_same_picture_is_drawn_once_and_goes_when_somebody_is_erased(world, browser, monkeypatch):
    from assay.serving.further import ask_further

    drawn = []

    async def counted(wanted, *arguments, **named):
        drawn.append(wanted.explain)
        return await ask_further(wanted, *arguments, **named)

    monkeypatch.setattr("assay.serving.looking.ask_further", counted)
    first, again = (browser.ask(png(1, size=(40, 30)), map="yes").text for _ in range(2))
    pictures = [re.findall(r'<img src="(data:image/png[^"]+)"', page) for page in (first, again)]
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) == 2
    Browser(world).ask(png(1, size=(40, 30)), map="yes")
    assert drawn.count(True) == 2, "another visitor's is not this one's"
    world.service.forget()
    browser.ask(png(1, size=(40, 30)), map="yes")
    assert drawn.count(True) == 3


def test_an_address_is_fetched_from_the_public_internet_alone_and_nothing_more_once_the_service_ends(world, browser):
    page = browser.post("/", address="http://127.0.0.1/a.png")
    assert "No picture is fetched from this address" in page.text
    world.service.admission.closed = True
    assert browser.post("/", address="http://127.0.0.1/a.png").status_code == 503
    world.service.admission.closed = False


def test_several_pictures_are_answered_and_one_that_cannot_be_read_says_why(browser):
    page = browser.ask(png(1), b"%PDF-1.7", png(2)[:200], png(3), name=HOSTILE)
    assert page.status_code == 200
    assert len(answer_ids(page.text)) == 2
    assert page.text.count("This picture cannot be read.") == 2
    assert "neither JPEG, PNG, WebP nor GIF" in page.text
    assert "damaged or incomplete" in page.text
    assert "<img src=x" not in page.text
    assert page.headers["x-page"] == "/history"


def test_pages_of_the_same_browser_are_of_one_visitor_and_of_another_browser_of_another(world, browser):
    first, again = (answer_ids(browser.ask(png(n)).text)[0] for n in (1, 2))
    other = Browser(world)
    theirs = answer_ids(other.ask(png(1)).text)[0]
    assert browser.get(f"/answers/{first}").status_code == browser.get(f"/answers/{again}").status_code == 200
    assert browser.get(f"/answers/{theirs}").status_code == other.get(f"/answers/{first}").status_code == 404
    with world.store.reading() as connection:
        rows = connection.execute(select(PREDICTIONS.c.subject, PREDICTIONS.c.picture)).all()
    assert len({row.subject for row in rows}) == 2
    assert len({row.picture for row in rows}) == 3, "the same picture of two visitors cannot be linked"


def test_a_page_without_a_picture_says_so_and_answers_nothing(world, browser):
    page = browser.post("/", [("file", ("", b""))])
    assert "Choose a picture first" in page.text
    assert page.url.path == "/"


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({}, "answer", "This looks like: a"),
        ({"rejected": True}, "unsure", "The model is unsure."),
        ({"domain": "unsure", "reason": "score 3 is above 2"}, "unsure", "somewhat unlike"),
        ({"domain": "out", "reason": "brightness 0 is below 4"}, "other", "not a picture of the kind"),
        ({"domain": "out", "rejected": True}, "other", "So there is no answer."),
    ],
)
def test_unsure_and_not_of_this_kind_are_answers_of_their_own(world, browser, monkeypatch, engine, change, kind, words):
    answer = Answer("a", 0.7, _probabilities(), **change)
    view = view_of_answer(answer_document(answer, engine), engine)
    assert view.kind == kind
    assert view.kind in KINDS
    _answers_with(monkeypatch, world, answer)
    page = browser.ask()
    main = page.text.split("<main")[1]
    heading = re.search(r"<h2>(.*?)</h2>", main)[1]
    assert words in main
    assert f'class="answer {kind}"' in main
    assert ("This looks like" in heading) == (kind == "answer")
    assert change.get("reason", "") in main


def test_where_deliveries_disagree_the_model_is_unsure(engine):
    document = answer_document(Answer("a", 0.9, _probabilities()), engine)
    answers = [{"delivery": str(n), "label": label, "confidence": 0.9} for n, label in enumerate("aaba")]
    view = view_of_answer({**document, "probe": {"stable": False, "answers": answers}}, engine)
    assert (view.kind, view.why) == ("unsure", "answer.why.unstable")
    assert [label for _, label, _ in view.deliveries] == ["a", "a", "b", "a"]


def test_names_of_classes_are_text_on_every_page_and_in_every_file(tmp_path, engine, monkeypatch):
    names = (HOSTILE, "=HYPERLINK(1)", "c")
    about = replace(engine.bundle.about, class_names=names)
    world = World(tmp_path, replace(engine, bundle=replace(engine.bundle, about=about)))
    browser = Browser(world)
    try:
        for label in names[:2]:
            _answers_with(monkeypatch, world, Answer(label, 0.7, _probabilities(), possible=names[:2]))
            page = browser.ask(png(len(label))).text
            pages = [page, browser.get("/").text, browser.get("/history").text]
            pages.append(browser.get(f"/answers/{answer_ids(page)[0]}").text)
            assert all("<img src=x" not in each for each in pages)
            assert all("\u202e" not in re.sub(r'value="[^"]*"', "", each) for each in pages)
            assert "&lt;img src=x onerror=alert(1)&gt;" in page
        rows = list(csv.DictReader(io.StringIO(browser.get("/history.csv").content.decode("utf-8-sig"), newline="")))
        assert sorted(row["label"] for row in rows) == sorted([HOSTILE, "'=HYPERLINK(1)"])
        assert {each["answer"]["label"] for each in browser.get("/history.json").json()} == set(names[:2])
    finally:
        world.close()


def test_a_page_says_in_thai_what_it_says_in_english(world):
    thai = Browser(world, "th")
    page = thai.ask(png(1)).text
    assert '<html lang="th">' in page
    assert "ผลประเมินเป็นเบื้องต้น ควรให้ผู้เชี่ยวชาญยืนยัน" in page
    assert "A preliminary assessment" in page


def test_too_much_to_do_is_a_page_and_a_program_still_gets_its_problem(world, browser):
    world.service.admission.took(1000.0, 1)
    page = browser.ask()
    assert page.status_code == 503
    assert "There is more to do than can be done now" in page.text
    assert int(page.headers["retry-after"]) >= 1
    assert world.ask().json()["type"] == "/problems/busy"


def test_what_cannot_be_logged_is_not_answered_and_the_page_says_so(world, browser, monkeypatch):
    browser.ask()

    def refuse(*arguments: object) -> None:
        raise ServiceError("the disk is full")

    monkeypatch.setattr("assay.serving.prediction_writer.log_predictions", refuse)
    page = browser.ask(png(7))
    assert page.status_code == 503
    assert "cannot write or read its records" in page.text


def test_all_visitors_together_have_an_allowance_whatever_cookies_they_throw_away(with_settings):
    world = with_settings(visitors_per_minute=3)
    statuses = [Browser(world).ask(png(n)).status_code for n in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert world.ask().status_code == 200, "keys have their own"


def test_pictures_of_all_visitors_of_a_day_are_counted(with_settings):
    world = with_settings(visitors_per_day=2)
    assert Browser(world).ask(png(1), png(2)).status_code == 200
    refused = Browser(world).ask(png(3))
    assert refused.status_code == 429
    assert "Too many questions" in refused.text


def test_pages_can_be_off(with_settings):
    world = with_settings(pages="off")
    assert Browser(world).get("/").json()["type"] == "/problems/not-found"


def test_an_address_that_is_no_page_is_a_page_for_people_and_a_problem_for_programs(world, browser):
    assert "There is no such page" in browser.get("/nowhere").text
    assert browser.get("/v1/nowhere").headers["content-type"] == "application/problem+json"
    assert world.client.get("/nowhere").headers["content-type"] == "application/problem+json"


def test_a_page_is_small(browser):
    for path in ("/", "/history", "/privacy"):
        page = browser.get(path)
        loaded = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
        total = len(page.content) + sum(len(browser.get(each).content) for each in loaded)
        assert total < 100_000, path


def _probabilities():
    import numpy as np

    return np.array([0.7, 0.2, 0.1], dtype=np.float32)


def _answers_with(monkeypatch: pytest.MonkeyPatch, world: World, answer: Answer) -> None:
    monkeypatch.setattr(type(world.service.holder.engine), "answers", lambda self, images: [answer for _ in images])


def test_real_or_generated_is_asked_of_three_deliveries_too_and_provenance_stands_beside(world, browser, monkeypatch):
    from assay.serving.pages.room import Room

    monkeypatch.setattr(Room, "is_about_generated", property(lambda self: True))
    assert "generated as a whole" in browser.get("/").text
    page = browser.ask(png(1, size=(40, 30)))
    assert "Asked again in other deliveries" in page.text
    assert page.text.count('<td class="number">') >= 4
    assert "no evidence either way" in page.text
    assert "SynthID" in page.text
    (prediction,) = answer_ids(page.text)
    with world.store.reading() as connection:
        text = connection.scalar(select(PREDICTIONS.c.answer).where(PREDICTIONS.c.id == prediction))
    assert "probe" in text
    assert "C2PA" not in text, "a line beside the score, never in it"
