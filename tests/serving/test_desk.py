"""The review desk in a browser without a script: forms alone, blind first, nobody unsigned."""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np
import pytest

from assay.review.enqueue import queue_files
from assay.review.item import ReviewItem
from assay.review.passwords import make_link, set_password
from assay.review.reviewers import create_reviewer, disable_reviewer, find_reviewer
from assay.review.rows import add_items, item_of, items, reviews
from assay.review.team import form_states, team
from desk_browser import WORDS, Browser
from serving_world import World, png

HOSTILE = "<img src=x onerror=alert(1)>\"'&"
PICTURE = "c" * 64


@pytest.fixture
def desk(world: World) -> World:
    for name, roles in (("kim", ["reviewer"]), ("lou", ["reviewer"]), ("max", ["arbiter"])):
        made = world.store.write(lambda c, name=name, roles=roles: create_reviewer(c, name, roles, actor="test"))
        world.store.write(lambda c, made=made: set_password(c, made, WORDS, actor="test"))
    world.service.keeping.pictures.keep(PICTURE, np.zeros((6, 5, 3), np.uint8))
    return world


def add(world: World, count: int = 1, **about: Any) -> list[ReviewItem]:
    hidden = {"label": "secret-jade", "confidence": 0.61}
    common = {"classes": ("secret-jade", HOSTILE, "onyx"), "hidden": hidden, "picture": PICTURE}
    before = len(everything(world))
    wanted = [
        ReviewItem("label", "random", **{"prediction": f"p{before + n}", **common, **about}) for n in range(count)
    ]
    return world.store.write(lambda c: add_items(c, wanted))


def everything(world: World) -> list[ReviewItem]:
    with world.store.reading() as connection:
        return items(connection)


def said(world: World) -> list[Any]:
    with world.store.reading() as connection:
        return reviews(connection)


def test_nobody_sees_anything_before_he_has_signed_in_and_no_key_of_a_program_opens_it(desk):
    (item,) = add(desk)
    paths = ["/review", "/review/work/label", f"/review/picture/{item.id}/picture", "/review/guideline"]
    for headers in ({}, desk.headers("review"), desk.headers("admin")):
        for path in paths:
            answer = desk.client.get(path, headers=headers, follow_redirects=False)
            assert (answer.status_code, answer.headers["location"]) == (303, "/review/sign-in"), path
    assert desk.client.post(f"/review/work/label/{item.id}", follow_redirects=False).status_code in (303, 403)


def test_a_password_opens_and_a_wrong_one_says_not_which_of_the_two_is_wrong(desk):
    wrong = [Browser(desk).post("/review/sign-in", name=name, password="not this one") for name in ("kim", "nobody")]
    assert [each.status_code for each in wrong] == [401, 401]
    assert re.sub(r'value="[^"]*"', "", wrong[0].text) == re.sub(r'value="[^"]*"', "", wrong[1].text)
    kim = Browser(desk, "kim")
    assert kim.page.url.path == "/review"
    assert "Signed in as kim" in kim.page.text
    kim.post("/review/sign-out")
    assert kim.get("/review").url.path == "/review/sign-in"


def test_the_sixth_wrong_password_waits_even_if_it_would_be_right(desk):
    kim = Browser(desk)
    for _ in range(5):
        kim.get("/review/sign-in")
        kim.post("/review/sign-in", name="kim", password="not this one")
    kim.get("/review/sign-in")
    refused = kim.post("/review/sign-in", name="kim", password=WORDS)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert Browser(desk, "lou").page.url.path == "/review"


def test_a_session_ends_with_signing_out_disabling_and_a_new_password(desk):
    kim, lou = Browser(desk, "kim"), Browser(desk, "lou")
    with desk.store.reading() as connection:
        people = {name: find_reviewer(connection, name) for name in ("kim", "lou")}
    desk.store.write(lambda c: disable_reviewer(c, people["kim"], actor="test"))
    desk.store.write(lambda c: set_password(c, people["lou"], "another one of these", actor="test"))
    for each in (kim, lou):
        assert each.get("/review").url.path == "/review/sign-in"


def test_a_link_sets_a_password_once_and_signs_in(desk):
    made = desk.store.write(lambda c: create_reviewer(c, "eve", ["reviewer"], actor="test"))
    token = desk.store.write(lambda c: make_link(c, made, days=1, actor="test"))
    eve = Browser(desk)
    eve.get(f"/review/welcome/{token}")
    assert "Welcome, eve" in eve.page.text
    assert eve.post(f"/review/welcome/{token}", password=WORDS, again="differs from it").status_code == 422
    assert eve.post(f"/review/welcome/{token}", password="short", again="short").status_code == 422
    assert eve.post(f"/review/welcome/{token}", password=WORDS, again=WORDS).url.path == "/review"
    assert Browser(desk).get(f"/review/welcome/{token}").status_code == 404


def test_a_form_without_its_token_or_from_another_site_does_nothing(desk):
    add(desk)
    kim = Browser(desk, "kim")
    kim.get("/review/work/label")
    path = f"/review/work/label/{kim.item()}"
    assert kim.client.post(path, data={"action": "choose", "choice": "0"}).status_code == 403
    elsewhere = {"csrf": kim.token, "action": "choose", "choice": "0"}
    assert kim.client.post(path, data=elsewhere, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert said(desk) == []


def test_the_answer_is_not_in_the_page_until_one_has_chosen_and_an_override_needs_a_reason(desk):
    add(desk, classes=("jade", "onyx"), hidden={"label": "jade", "confidence": 0.6123})
    kim = Browser(desk, "kim")
    first = kim.get("/review/work/label")
    assert "61" not in re.sub(r'(data-item|value|href|src|action)="[^"]*"', "", first.text)
    assert "The model says:" not in first.text
    second = kim.act(action="choose", choice="1", comment="a crack")
    assert "The model says:" in second.text
    assert "(61 %)" in second.text
    assert said(desk) == []
    again = kim.act(action="keep", reason="  ")
    assert "Not kept" in again.text
    assert said(desk) == []
    kim.act(action="keep", quick="clear")
    (review,) = said(desk)
    assert (review.blind, review.final, review.override) == ("onyx", "onyx", True)
    assert (review.reason, review.comment) == ("It is plain to see", "a crack")


def test_going_back_does_not_make_a_second_blind_choice(desk):
    add(desk, classes=("jade", "onyx"), hidden={"label": "jade", "confidence": 0.6})
    kim = Browser(desk, "kim")
    kim.get("/review/work/label")
    kim.act(action="choose", choice="1")
    kim.act(action="choose", choice="0")
    assert "You chose:" in kim.get("/review/work/label").text
    kim.act(action="answer")
    (review,) = said(desk)
    assert (review.blind, review.final, review.override) == ("onyx", "jade", False)


def test_who_agrees_goes_on_at_once_and_undo_brings_it_back_as_it_was(desk):
    first, second = add(desk, 2, classes=("jade", "onyx"), hidden={"label": "jade", "confidence": 0.6})
    kim = Browser(desk, "kim")
    kim.get("/review/work/label")
    kim.act(action="choose", choice="0")
    assert kim.item() == second.id
    kim.post("/review/undo/label")
    assert kim.item() == first.id
    assert "Taken back" in kim.page.text
    assert "You chose:" in kim.page.text
    kim.act(action="answer")
    assert [row.kind for row in said(desk)] == ["review", "undo", "review"]
    with desk.store.reading() as connection:
        assert item_of(connection, first.id).outcome == "jade"


def test_hostile_classes_names_and_comments_are_text_on_every_page(desk):
    add(desk)
    kim = Browser(desk, "kim")
    kim.get("/review/work/label")
    shown = html.escape(HOSTILE, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    assert shown in kim.page.text
    kim.act(action="choose", choice="1", comment=HOSTILE)
    pages = [kim.page.text, kim.act(action="keep", reason="").text]
    kim.act(action="keep", reason=HOSTILE)
    kim.post("/review/undo/label")
    pages.append(kim.page.text)
    for page in pages:
        assert "<img src=x" not in page
    assert said(desk)[0].final == HOSTILE


def test_pictures_are_for_those_who_have_the_item_and_say_what_they_are(desk):
    (item,) = add(desk)
    kim, lou = Browser(desk, "kim"), Browser(desk, "lou")
    kim.get("/review/work/label")
    shown = kim.client.get(f"/review/picture/{item.id}/picture")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["cache-control"] == "no-store"
    assert shown.content == desk.service.keeping.pictures.path(PICTURE).read_bytes()
    for path in (f"/review/picture/{item.id}/../../x", f"/review/picture/{item.id}/other"):
        assert kim.client.get(path).status_code == 404
    assert lou.client.get(f"/review/picture/{item.id}/picture").status_code == 404


def test_an_item_whose_picture_has_gone_is_closed_and_passed_over(desk):
    gone, stays = add(desk, 1, picture="d" * 64, priority=9.0) + add(desk, 1)
    kim = Browser(desk, "kim")
    kim.get("/review/work/label")
    assert kim.item() == stays.id
    with desk.store.reading() as connection:
        assert item_of(connection, gone.id).closed == "the picture is kept no longer"


def test_a_script_gets_the_same_as_json_and_the_next_item_ahead(desk):
    first, second = add(desk, 2, classes=("jade", "onyx"), hidden={"label": "jade", "confidence": 0.6})
    kim = Browser(desk, "kim")
    kim.get("/review/work/label")
    ahead = kim.client.get(f"/review/work/label?after={first.id}")
    assert f'data-item="{second.id}"' in ahead.text
    reply = kim.act(scripted=True, action="choose", choice="0", elapsed="1500").json()
    assert (reply["state"], reply["numbers"]["progress"]) == ("next", "1 of 2")
    assert said(desk)[0].seconds <= 1.5
    assert kim.act(scripted=True, action="choose", choice="0").status_code == 409
    kim.get("/review/work/label")
    assert kim.act(scripted=True, action="choose", choice="1").json()["state"] == "decide"
    assert kim.post(f"/review/renew/{second.id}", scripted=True).json() == {"held": True}


def test_a_disagreement_is_decided_by_the_arbiter_who_sees_that_it_is_one(desk):
    (item,) = add(desk, wanted=2, hidden={}, classes=("jade", "onyx"))
    for name, choice in (("kim", "0"), ("lou", "1")):
        browser = Browser(desk, name)
        browser.get("/review/work/label")
        browser.act(action="choose", choice=choice)
    judge = Browser(desk, "max")
    assert "Two reviewers disagree" in judge.get("/review/work/label").text
    judge.act(action="choose", choice="1")
    with desk.store.reading() as connection:
        assert item_of(connection, item.id).outcome == "onyx"


def test_every_form_is_filled_in_without_a_script(desk, tmp_path):
    path = tmp_path / "sample.png"
    path.write_bytes(png())
    shows = [{"picture": str(path), "heat": str(path), "other": str(path)}]
    for form in ("plausibility", "heat_map", "audit"):
        words = {"batch": "b", "classes": ["jade", "onyx"], "hidden": [{"label": "jade"}]}
        desk.store.write(lambda c, form=form, words=words: queue_files(c, form, shows, **words))
    kim = Browser(desk, "kim")
    for form, sent in (
        ("plausibility", {"choice": "1", "detail0": ["0", "2"]}),
        ("heat_map", {"choice": "2", "detail0": ["1"]}),
        ("audit", {"choice": "3", "detail0": "1", "detail1": ["1"]}),
    ):
        page = kim.get(f"/review/work/{form}")
        for what in re.findall(r'<img src="([^"]+)"', page.text):
            assert kim.client.get(what).headers["content-type"] == "image/png"
        kim.act(action="choose", **sent)
    kept = {row.form: (row.final, row.details) for row in said(desk)}
    assert kept == {
        "plausibility": ("not", {"defects": ("shape", "artefacts")}),
        "heat_map": ("wrong", {"elsewhere": ("border",)}),
        "audit": ("relabel", {"label": ("onyx",), "why": ("wrong_label",)}),
    }


def test_an_admin_sees_how_far_all_are_and_disables_whom_he_wants_but_not_himself(desk):
    boss = desk.store.write(lambda c: create_reviewer(c, "ann", ["admin"], actor="test"))
    desk.store.write(lambda c: set_password(c, boss, WORDS, actor="test"))
    add(desk, 2, classes=("jade", "onyx"), hidden={"label": "jade", "confidence": 0.6})
    add(desk, 1, classes=("jade", "onyx"), hidden={}, known="onyx", wanted=0)
    kim = Browser(desk, "kim")
    kim.get("/review/work/label")
    kim.act(action="choose", choice="1")
    kim.act(action="keep", reason="a crack")
    kim.get("/review/work/label")
    kim.act(action="choose", choice="0")
    kim.post("/review/undo/label")
    with desk.store.reading() as connection:
        members, states = {each.reviewer.name: each for each in team(connection)}, form_states(connection)
        people = {name: find_reviewer(connection, name) for name in ("kim", "ann")}
    mine = members["kim"]
    assert (mine.reviews, mine.today, mine.overrides, members["lou"].reviews) == (1, 1, 1, 0)
    assert [(each.form, each.items["settled"], each.items["open"]) for each in states] == [("label", 1, 1)]
    assert kim.get("/review/people").status_code == 403
    kim.get("/review")
    assert kim.post(f"/review/people/{people['ann'].id}/disable").status_code == 403
    ann = Browser(desk, "ann")
    assert "kim" in ann.get("/review/people").text
    ann.post(f"/review/people/{people['ann'].id}/disable")
    assert "You cannot disable yourself" in ann.page.text
    ann.post(f"/review/people/{people['kim'].id}/disable")
    assert "kim is disabled" in ann.page.text
    assert kim.get("/review").url.path == "/review/sign-in"
    assert ann.post("/review/people/nobody/disable").status_code == 404


def test_the_guideline_shows_what_the_model_has_learned_from_where_it_has_no_pictures_itself(desk, tmp_path):
    path = tmp_path / "seen.png"
    path.write_bytes(png())
    kim = Browser(desk, "kim")
    assert "There are no example pictures" in kim.get("/review/guideline").text
    desk.service.examples = lambda bundle: {HOSTILE: (path,)}
    page = kim.get("/review/guideline")
    assert "Of the pictures that the model has learned from" in page.text
    assert "<img src=x" not in page.text
    (address,) = re.findall(r'<img src="([^"]+)"', page.text)
    assert kim.client.get(address).headers["content-type"] == "image/png"
    for wrong in ("/review/guideline/1/0", "/review/guideline/0/1", "/review/guideline/x/0"):
        assert kim.client.get(wrong).status_code == 404
    nobody = Browser(desk)
    assert nobody.get(address).url.path == "/review/sign-in"


def test_every_page_is_small_has_nothing_inline_and_comes_in_thai(desk):
    add(desk, classes=("jade", "onyx"))
    kim = Browser(desk, "kim")
    for path in ("/review", "/review/work/label", "/review/guideline", "/review/work/audit"):
        page = kim.get(f"{path}?language=th")
        assert page.status_code == 200
        assert len(page.content) < 100_000
        assert "unsafe-inline" not in page.headers["content-security-policy"]
        assert not re.search(r"\son\w+=|\sstyle=|<style|<script>", page.text)
        assert re.search(r"[\u0e00-\u0e7f]{4}", page.text)
    assert kim.get("/review/work/nothing").status_code == 404
