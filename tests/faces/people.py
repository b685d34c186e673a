"""States of the page for people."""

from __future__ import annotations

from typing import Any

from faces.hand import Hand
from faces.state import State, state
from faces.worlds import ANSWER, FLIPS, OTHER, TORN, UNLIKE, UNSURE, Worlds, of_a_generator, upload

PEOPLE: list[State] = []
CARD = "section.answer"


def ask(hand: Hand, *files: Any, heat: bool = False, keep: bool = False) -> None:
    """Ask about pictures, and wait for what comes."""
    hand.open("/")
    hand.give("#pictures", list(files))
    if not heat:
        hand.reach("input[name=map]")
        hand.page.keyboard.press("Space")
    if keep:
        hand.tick("input[name=keep]")
    hand.press("form.ask button.main", CARD)


def plain(hand: Hand, **more: bool) -> None:
    ask(hand, upload(ANSWER, "<img src=x> \u202egnp.exe photo.png"), **more)


@state(PEOPLE, "ask.heading")
def the_form(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")


@state(PEOPLE, "ask.nothing")
def nothing_chosen(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")
    hand.press("form.ask button.main", ".flash.wrong")


@state(PEOPLE, "ask.drop", scripts=(True,))
def pictures_chosen(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")
    hand.give("#pictures", [upload(ANSWER, f"picture number {n} of a long name.png", n) for n in range(3)])
    hand.page.wait_for_selector(".chosen li img")


@state(PEOPLE, "ask.most", world="few", complaints=True)
def too_many_chosen(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")
    hand.give("#pictures", [upload(ANSWER, seed=n) for n in range(3)])
    hand.press("form.ask button.main", "h1")
    hand.page.wait_for_load_state("networkidle")


@state(PEOPLE, "answer.is")
def an_answer(hand: Hand, worlds: Worlds) -> None:
    plain(hand)


@state(PEOPLE, "map.explained")
def an_answer_with_its_map(hand: Hand, worlds: Worlds) -> None:
    plain(hand, heat=True)
    hand.until("[...document.images].every((each) => each.complete)")
    details = f"{CARD} .map summary"
    if hand.page.locator(details).count():
        hand.press(details)


@state(PEOPLE, "answer.unsure", "answer.why.unsure")
def unsure(hand: Hand, worlds: Worlds) -> None:
    ask(hand, upload(UNSURE), heat=True)


@state(PEOPLE, "answer.why.unlike")
def somewhat_unlike(hand: Hand, worlds: Worlds) -> None:
    ask(hand, upload(UNLIKE))
    hand.press(f"{CARD} .words > details summary")


@state(PEOPLE, "answer.other")
def of_another_kind(hand: Hand, worlds: Worlds) -> None:
    ask(hand, upload(OTHER), heat=True)
    hand.press(f"{CARD} .words > details:nth-of-type(2) summary")


@state(PEOPLE, "answer.unreadable.heading")
def several_of_which_one_is_torn(hand: Hand, worlds: Worlds) -> None:
    kinds = (ANSWER, UNSURE, OTHER)
    ask(hand, *[upload(kind, f"{n}.png", n) for n, kind in enumerate(kinds)], TORN, keep=True)


@state(PEOPLE, "map.too_many")
def more_than_maps_are_drawn_for(hand: Hand, worlds: Worlds) -> None:
    ask(hand, *[upload(ANSWER, f"{n}.png", n) for n in range(5)], heat=True)


@state(PEOPLE, "answer.unreadable.address")
def an_address_that_is_not_fetched(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")
    hand.write("#address", "http://127.0.0.1/a.png")
    hand.press("form.ask button.main", CARD)


@state(PEOPLE, "feedback.thanks")
def it_is_right(hand: Hand, worlds: Worlds) -> None:
    plain(hand)
    hand.press("button[value=right]", ".flash.done")


@state(PEOPLE, "feedback.thanks")
def it_is_wrong(hand: Hand, worlds: Worlds) -> None:
    plain(hand, keep=True)
    hand.press(".feedback summary")
    hand.pick("select[name=label]", 1)
    hand.write("textarea[name=comment]", "<script>alert(1)</script>")
    hand.press("button[value=wrong]", ".flash.done")


@state(PEOPLE, "feedback.said_label")
def an_answer_of_before(hand: Hand, worlds: Worlds) -> None:
    it_is_wrong(hand, worlds)
    hand.open("/history")
    hand.press("table.history a", CARD)


@state(PEOPLE, "answer.gone")
def an_answer_of_before_without_its_picture(hand: Hand, worlds: Worlds) -> None:
    plain(hand)
    hand.open("/history")
    hand.press("table.history a", CARD)


@state(PEOPLE, "answer.replaced")
def an_answer_of_another_model(hand: Hand, worlds: Worlds) -> None:
    from sqlalchemy import update

    from assay.store.tables import PREDICTIONS

    plain(hand)
    worlds.of["open"].store.write(lambda c: c.execute(update(PREDICTIONS).values(bundle="f" * 64)))
    hand.open("/history")
    hand.press("table.history a", CARD)


@state(PEOPLE, "history.none")
def history_of_nobody(hand: Hand, worlds: Worlds) -> None:
    hand.open("/history")


@state(PEOPLE, "history.csv")
def history(hand: Hand, worlds: Worlds) -> None:
    ask(hand, upload(ANSWER), upload(UNSURE), upload(OTHER), keep=True)
    hand.open("/history")


@state(PEOPLE, "privacy.nothing")
def data_of_nobody(hand: Hand, worlds: Worlds) -> None:
    hand.open("/privacy")


@state(PEOPLE, "privacy.not_agreed")
def agreed_to_nothing(hand: Hand, worlds: Worlds) -> None:
    hand.open("/privacy")
    hand.press("form[action='/privacy/consent'] button", ".flash.wrong")


@state(PEOPLE, "privacy.stands", "privacy.agreed")
def agreed_for_all(hand: Hand, worlds: Worlds) -> None:
    hand.open("/privacy")
    hand.tick("form[action='/privacy/consent'] [name=keep]")
    hand.tick("form[action='/privacy/consent'] [name=improve]")
    hand.press("form[action='/privacy/consent'] button", ".flash.done")


@state(PEOPLE, "ask.standing")
def the_form_with_consent_that_stands(hand: Hand, worlds: Worlds) -> None:
    agreed_for_all(hand, worlds)
    hand.open("/")


@state(PEOPLE, "privacy.deleted")
def pictures_deleted(hand: Hand, worlds: Worlds) -> None:
    plain(hand, keep=True)
    hand.open("/privacy")
    hand.press("form[action='/privacy/withdraw'] button", ".flash.done")


@state(PEOPLE, "privacy.unsure", complaints=True)
def erasure_not_confirmed(hand: Hand, worlds: Worlds) -> None:
    plain(hand)
    hand.open("/privacy")
    hand.page.evaluate("document.querySelector('[name=sure]').required = false")
    hand.press("form[action='/privacy/erase'] button", ".button")


@state(PEOPLE, "erased.heading")
def erased(hand: Hand, worlds: Worlds) -> None:
    plain(hand)
    hand.open("/privacy")
    hand.tick("[name=sure]")
    hand.press("form[action='/privacy/erase'] button", "pre")


@state(PEOPLE, "error.not-found.title", complaints=True)
def no_such_page(hand: Hand, worlds: Worlds) -> None:
    hand.open("/nowhere")


@state(PEOPLE, "error.old-form.title", complaints=True)
def an_old_form(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")
    hand.give("#pictures", [upload(ANSWER)])
    hand.page.context.clear_cookies(name="assay-visitor")
    hand.press("form.ask button.main")
    hand.page.wait_for_selector("h1 + *, section > p > a.button")
    hand.page.wait_for_load_state("networkidle")


@state(PEOPLE, "error.rate.title", world="tight", complaints=True)
def asked_too_often(hand: Hand, worlds: Worlds) -> None:
    for _ in range(2):
        hand.open("/")
        hand.give("#pictures", [upload(ANSWER)])
        hand.press("form.ask button.main")
        hand.page.wait_for_selector(f"{CARD}, section a.button:not(.main)")


@state(PEOPLE, "error.busy.title", world="dozen", complaints=True)
def too_much_to_do(hand: Hand, worlds: Worlds) -> None:
    admission = worlds.of["dozen"].service.admission
    before = dict(vars(admission))
    admission.took(1000.0, 1)
    try:
        hand.open("/")
        hand.give("#pictures", [upload(ANSWER)])
        hand.press("form.ask button.main")
        hand.page.wait_for_selector("section > p > a.button")
    finally:
        vars(admission).update(before)


@state(PEOPLE, "ask.failed", scripts=(True,), complaints=True)
def without_a_connection(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")
    hand.give("#pictures", [upload(ANSWER)])
    hand.page.context.set_offline(True)
    hand.press("form.ask button.main")
    ended = "!document.querySelector('form.ask button.main').disabled"
    hand.until(f"{ended} && document.querySelector('.waiting').textContent")
    hand.page.context.set_offline(False)


@state(PEOPLE, "answer.more", world="dozen")
def an_answer_among_a_dozen_classes(hand: Hand, worlds: Worlds) -> None:
    plain(hand)


@state(PEOPLE, "answer.is", world="hostile")
def an_answer_of_hostile_names(hand: Hand, worlds: Worlds) -> None:
    plain(hand, heat=True)


@state(PEOPLE, "history.csv", world="hostile")
def a_history_of_hostile_names(hand: Hand, worlds: Worlds) -> None:
    ask(hand, upload(ANSWER), upload(UNSURE))
    hand.open("/history")


@state(PEOPLE, "ask.lead_generated", world="generated")
def the_form_of_real_or_generated(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")


@state(PEOPLE, "probe.stable", world="generated")
def a_stable_answer_of_real_or_generated(hand: Hand, worlds: Worlds) -> None:
    plain(hand)


@state(PEOPLE, "answer.why.unstable", world="generated")
def an_unstable_answer_of_real_or_generated(hand: Hand, worlds: Worlds) -> None:
    ask(hand, upload(FLIPS), heat=True)


@state(PEOPLE, "key.heading", world="keyed")
def the_form_for_a_key(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")


@state(PEOPLE, "key.unknown", world="keyed")
def an_unknown_key(hand: Hand, worlds: Worlds) -> None:
    hand.open("/key")
    hand.write("#key", "assay.x")
    hand.press("form[action='/key'] button", ".flash.wrong")


@state(PEOPLE, "key.scope", world="keyed")
def a_key_for_something_else(hand: Hand, worlds: Worlds) -> None:
    hand.open("/key")
    hand.write("#key", worlds.of["keyed"].keys["review"])
    hand.press("form[action='/key'] button", ".flash.wrong")


@state(PEOPLE, "key.taken", world="keyed")
def a_key_given(hand: Hand, worlds: Worlds) -> None:
    hand.open("/key")
    hand.write("#key", worlds.of["keyed"].keys["classify"])
    hand.press("form[action='/key'] button", ".flash.done")


@state(PEOPLE, "key.known", world="keyed")
def whose_key_it_is(hand: Hand, worlds: Worlds) -> None:
    a_key_given(hand, worlds)
    hand.open("/key")


@state(PEOPLE, "privacy.erase_key", world="keyed")
def data_of_a_key(hand: Hand, worlds: Worlds) -> None:
    a_key_given(hand, worlds)
    hand.open("/privacy")


@state(PEOPLE, "key.left", world="keyed")
def a_key_left(hand: Hand, worlds: Worlds) -> None:
    whose_key_it_is(hand, worlds)
    hand.press("form[action='/key/leave'] button", ".flash.done")


@state(PEOPLE, "answer.unreadable.format")
def what_is_no_picture(hand: Hand, worlds: Worlds) -> None:
    ask(hand, {"name": "a.png", "mimeType": "image/png", "buffer": b"%PDF-1.7"})
    hand.press(f"{CARD} details summary")


@state(PEOPLE, "error.consent.title", complaints=True)
def consent_to_a_text_of_before(hand: Hand, worlds: Worlds) -> None:
    hand.open("/")
    hand.give("#pictures", [upload(ANSWER)])
    hand.page.evaluate("document.querySelector('[name=keep]').value = '0'")
    hand.tick("[name=keep]")
    hand.press("form.ask button.main", "section > p > a.button")


@state(PEOPLE, "history.newest")
def older_answers(hand: Hand, worlds: Worlds) -> None:
    ask(hand, *[upload(ANSWER, f"{n}.png", n) for n in range(4)])
    hand.open("/history")
    hand.press("p.row a", "p.row a[href='/history']")


@state(PEOPLE, "feedback.said_wrong")
def an_answer_that_was_called_wrong(hand: Hand, worlds: Worlds) -> None:
    plain(hand)
    hand.press(".feedback summary")
    hand.press("button[value=wrong]", ".flash.done")
    hand.open("/history")
    hand.press("table.history a", CARD)


@state(PEOPLE, "privacy.keeps")
def agreed_to_keep_alone(hand: Hand, worlds: Worlds) -> None:
    hand.open("/privacy")
    hand.tick("form[action='/privacy/consent'] [name=keep]")
    hand.press("form[action='/privacy/consent'] button", ".flash.done")


@state(PEOPLE, "privacy.held")
def pictures_held_by_law(hand: Hand, worlds: Worlds) -> None:
    from sqlalchemy import update

    from assay.store.tables import SUBJECTS

    plain(hand, keep=True)
    store = worlds.of["open"].store
    store.write(lambda c: c.execute(update(SUBJECTS).values(hold="case 7")))
    hand.open("/privacy")
    hand.press("form[action='/privacy/withdraw'] button", ".flash.wrong")
    store.write(lambda c: c.execute(update(SUBJECTS).values(hold="")))


@state(PEOPLE, "error.method.title", complaints=True)
def an_address_that_takes_forms_alone(hand: Hand, worlds: Worlds) -> None:
    hand.open("/privacy/withdraw")


@state(PEOPLE, "error.signed-out.title", world="keyed", complaints=True)
def an_answer_without_a_key(hand: Hand, worlds: Worlds) -> None:
    hand.open("/answers/nothing")


@state(PEOPLE, "set.several_plain", world="dozen")
def unsure_among_a_dozen_classes(hand: Hand, worlds: Worlds) -> None:
    ask(hand, upload(UNSURE))


@state(PEOPLE, "origin.xmp.generated", world="generated")
def a_picture_that_says_that_it_was_generated(hand: Hand, worlds: Worlds) -> None:
    ask(hand, {**upload(ANSWER), "buffer": of_a_generator()})
