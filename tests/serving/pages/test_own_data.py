"""Feedback, consent, history, deletion and keys on pages."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import func, select

from assay.serving.pages.consent_page import consent_blocks
from assay.store.holdings import HOLDINGS
from assay.store.keys import create_key, revoke_key
from assay.store.subjects import add_subject
from assay.store.tables import CONSENTS, FEEDBACK, PREDICTIONS
from assay.store.trail import trail_findings
from page_browser import Browser, answer_ids
from serving_world import png

HOSTILE = "</textarea><script>alert(1)</script>=1+1"


def test_this_is_wrong_is_kept_with_the_class_that_would_be_right(world, browser):
    (prediction,) = answer_ids(browser.ask().text)
    page = browser.post(f"/answers/{prediction}/feedback", kind="wrong", label="c d", comment=HOSTILE)
    assert "Thank you" in page.text
    assert "You have said that c d would be right" in page.text
    assert "<script>alert" not in page.text
    with world.store.reading() as connection:
        row = connection.execute(select(FEEDBACK)).one()
    assert (row.kind, row.label, row.comment) == ("label", "c d", HOSTILE)
    browser.post(f"/answers/{prediction}/feedback", kind="right", label="", comment="x")
    with world.store.reading() as connection:
        row = connection.execute(select(FEEDBACK)).one()
    assert (row.kind, row.label, row.comment) == ("right", "", "")


def test_a_class_that_there_is_not_proposes_none(world, browser):
    (prediction,) = answer_ids(browser.ask().text)
    browser.post(f"/answers/{prediction}/feedback", kind="wrong", label="no such class")
    with world.store.reading() as connection:
        assert connection.execute(select(FEEDBACK.c.kind, FEEDBACK.c.label)).one() == ("wrong", "")


def test_nobody_says_anything_about_an_answer_of_somebody_else(world, browser):
    (prediction,) = answer_ids(browser.ask().text)
    other = Browser(world)
    other.ask()
    assert other.post(f"/answers/{prediction}/feedback", kind="right").status_code == 404
    assert other.post("/answers/nonsense/feedback", kind="right").status_code == 404


def test_consent_is_off_and_keeps_the_pictures_of_one_question_alone(world, browser):
    form = browser.get("/").text
    boxes = re.findall(r'<input type="checkbox" name="(?:keep|improve)"[^>]*>', form)
    assert len(boxes) == 2
    assert not any("checked" in box for box in boxes)
    version = re.search(r'name="keep" value="([^"]+)"', form)[1]
    kept = browser.ask(png(1), keep=version, improve="yes")
    assert "This picture is kept" in kept.text
    assert "was not kept" in browser.ask(png(2)).text
    with world.store.reading() as connection:
        consent = connection.execute(select(CONSENTS)).one()
    assert (consent.uses, consent.version) == ("keep improve", version)
    assert len(list(world.service.keeping.pictures.all())) == 1
    (prediction,) = answer_ids(kept.text)
    picture = browser.get(f"/answers/{prediction}/picture")
    assert picture.content.startswith(b"\x89PNG")
    assert Browser(world).get(f"/answers/{prediction}/picture").status_code == 404


def test_improving_alone_agrees_to_nothing(world, browser):
    assert "was not kept" in browser.ask(png(1), improve="yes").text
    page = browser.post("/privacy/consent", improve="yes", version="1")
    assert "nothing has changed" in page.text


def test_an_older_text_is_not_agreed_to(world, browser):
    page = browser.ask(png(1), keep="0")
    assert page.status_code == 409
    assert "The text of consent has changed" in page.text


def test_agreeing_for_all_holds_until_the_pictures_are_deleted(world, browser):
    page = browser.post("/privacy/consent", keep="yes", version=world.service.keeping.text.version)
    assert "From now on your pictures are kept" in page.text
    assert "You have agreed that your pictures are kept" in browser.get("/").text
    assert "This picture is kept" in browser.ask(png(1)).text
    page = browser.post("/privacy/withdraw")
    assert "Pictures deleted: 1." in page.text
    assert not list(world.service.keeping.pictures.all())
    assert "was not kept" in browser.ask(png(1)).text


def test_history_has_ones_own_answers_and_gives_them_as_files(world, browser):
    assert "Nothing was asked here yet" in browser.get("/history").text
    ids = [answer_ids(browser.ask(png(n)).text)[0] for n in range(3)]
    world.ask()
    page = browser.get("/history").text
    assert re.findall(r'href="/answers/([^"]+)"', page) == ids[::-1]
    rows = list(csv.DictReader(io.StringIO(browser.get("/history.csv").content.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == ids[::-1]
    document = browser.get("/history.json").json()
    assert [each["id"] for each in document] == ids[::-1]
    assert set(document[0]["answer"]["probabilities"]) == {"a", "b", "c d"}
    assert Browser(world).get("/history.csv").status_code == 404


def test_a_long_history_has_several_pages(world, browser, monkeypatch):
    monkeypatch.setattr("assay.serving.pages.history.PAGE", 2)
    monkeypatch.setattr("assay.serving.pages.history.MOST", 2)
    ids = [answer_ids(browser.ask(png(n)).text)[0] for n in range(5)]
    seen, path = [], "/history"
    while path:
        page = browser.get(path).text
        seen += re.findall(r'href="/answers/([^"]+)"', page)
        older = re.search(r'class="button" href="(/history\?before=[^"]+)"', page)
        path = older[1] if older else ""
    assert seen == ids[::-1]
    assert [each["id"] for each in browser.get("/history.json").json()] == ids[::-1]


def test_everything_about_a_visitor_is_erased_with_a_certificate_and_he_is_nobody(world, browser):
    (prediction,) = answer_ids(browser.ask(png(1), keep=world.service.keeping.text.version).text)
    browser.post(f"/answers/{prediction}/feedback", kind="wrong", comment="mine")
    with world.store.reading() as connection:
        subject = connection.scalar(select(PREDICTIONS.c.subject))
    assert browser.post("/privacy/erase").status_code == 422, "the box was not ticked"
    page = browser.post("/privacy/erase", sure="yes")
    assert page.url.path.startswith("/erasures/")
    assert "Certificate of erasure" in page.text
    with world.store.reading() as connection:
        for holding in HOLDINGS:
            count = select(func.count()).select_from(holding.table).where(holding.owned(subject))
            assert connection.scalar(count) == 0, holding.name
        assert trail_findings(connection) == []
    assert not list(world.service.keeping.pictures.all())
    assert "Nothing was asked here yet" in browser.get("/history").text
    assert browser.get(f"/answers/{prediction}").status_code == 404
    assert browser.ask(png(1)).status_code == 200, "as somebody new"


def test_a_session_whose_key_was_revoked_is_somebody_new(world, browser):
    browser.ask()
    with world.store.reading() as connection:
        key = connection.scalar(select(PREDICTIONS.c.key))
    world.store.write(lambda connection: revoke_key(connection, key, actor="test"))
    world.service.identities.forget()
    assert "Nothing was asked here yet" in browser.get("/history").text


@pytest.mark.parametrize("path", ["/", "/privacy/consent", "/privacy/withdraw", "/privacy/erase", "/key", "/key/leave"])
def test_no_other_site_sends_a_form(world, browser, path):
    browser.ask()
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        assert browser.post(path, headers=headers, sure="yes", keep="1", key="x").status_code == 403
    assert browser.client.post(path, data={"csrf": "x", "sure": "yes"}).status_code == 403
    assert len(browser.get("/history.json").json()) == 1


def test_elsewhere_one_asks_by_a_key_that_is_given_once(with_settings):
    world = with_settings(pages="key")
    browser = Browser(world)
    assert browser.get("/").url.path == "/key"
    assert browser.client.post("/", data={"csrf": browser.token("/key")}).url.path == "/key"
    assert "opens nothing" in browser.client.post("/key", data={"csrf": browser.token("/key"), "key": "assay.x"}).text
    page = browser.client.post("/key", data={"csrf": browser.token("/key"), "key": world.keys["review"]})
    assert "not for asking" in page.text
    page = browser.client.post("/key", data={"csrf": browser.token("/key"), "key": world.keys["classify"]})
    assert page.url.path == "/"
    assert "You ask by the key" in page.text
    assert world.keys["classify"] not in page.text + str(dict(browser.client.cookies))
    (prediction,) = answer_ids(browser.ask(png(1)).text)
    mine = world.client.get(f"/v1/predictions/{prediction}", headers=world.headers())
    assert mine.status_code == 200, "the same history as the key's"
    assert "whoever runs this service erases" in browser.get("/privacy").text
    assert browser.post("/privacy/erase", sure="yes").status_code == 403
    browser.client.post("/key/leave", data={"csrf": browser.token("/privacy")})
    assert browser.get("/").url.path == "/key"


def test_a_visitor_of_open_pages_needs_a_key_once_they_are_not_open(with_settings):
    world = with_settings()
    browser = Browser(world)
    browser.ask()
    cookies = dict(browser.client.cookies)
    closed = with_settings(pages="key")
    other = Browser(closed)
    other.client.cookies.update(cookies)
    assert other.get("/").url.path == "/key"


def test_tries_of_keys_are_counted(with_settings):
    world = with_settings(pages="key")
    browser = Browser(world)
    token = browser.token("/key")
    statuses = [
        browser.client.post("/key", data={"csrf": token, "key": "assay.x"}, follow_redirects=False).status_code
        for _ in range(32)
    ]
    assert statuses[:30] == [303] * 30
    assert statuses[30:] == [429, 429]


def test_an_expired_key_of_a_session_asks_for_another(with_settings):
    world = with_settings(pages="key")
    subject = world.store.write(lambda connection: add_subject(connection, "short")).id
    key, shown = world.store.write(
        lambda connection: create_key(connection, subject, "short", ["classify"], actor="test")
    )
    browser = Browser(world)
    browser.client.post("/key", data={"csrf": browser.token("/key"), "key": shown})
    assert browser.get("/").url.path == "/"
    world.store.write(lambda connection: revoke_key(connection, key.id, actor="test"))
    world.service.identities.forget()
    assert browser.get("/").url.path == "/key"


def test_the_text_of_consent_is_shown_word_for_word_and_as_text():
    blocks = consent_blocks("version: 1\n\n# What\n\nKeep **this** <b>x</b>.\nMore.\n\n# ความยินยอม\n\nก **ข**\n")
    assert [(block.heading, block.language) for block in blocks] == [
        (True, "en"),
        (False, "en"),
        (True, "th"),
        (False, "th"),
    ]
    assert blocks[1].parts == ((False, "Keep "), (True, "this"), (False, " <b>x</b>. More."))
    text = "version: 1\n\n# What\n\nKeep.\n\n# ความยินยอม\n\nเก็บ\n"
    assert [block.language for block in consent_blocks(text, "th")] == ["th", "th", "en", "en"]
