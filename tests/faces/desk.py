"""States of the review desk."""

from __future__ import annotations

import time
from typing import Any

from assay.review.acting import choose
from assay.review.leases import end_lease
from assay.review.policy import QueuePolicy
from assay.review.queue import next_assignment
from assay.review.reviewers import disable_reviewer
from assay.review.rows import close_items
from faces.hand import Hand
from faces.state import State, state
from faces.worlds import HOSTILE, LONG, WORDS, Worlds

DESK: list[State] = []
CHOOSE, DECIDE = "#desk[data-state=choose]", "#desk[data-state=decide]"


def enter(hand: Hand, worlds: Worlds, *roles: str, world: str = "open") -> Any:
    """Somebody who has signed in, by a cookie, because passwords take long by design."""
    reviewer = worlds.reviewer(*roles, world=world)
    site = worlds.of[world].app.state.sites._sites["/review"]
    session = {"id": f"s{time.monotonic_ns()}", "values": {"reviewer": reviewer.id, "epoch": str(reviewer.epoch)}}
    text = site.sessions._signer.dumps({**session, "flashes": []})
    hand.page.context.add_cookies([{"name": "assay-review", "value": text, "url": worlds.addresses[world]}])
    return reviewer


def work(hand: Hand, form: str = "label") -> None:
    hand.open(f"/review/work/{form}")


def pictures(hand: Hand) -> None:
    hand.until("[...document.images].every((each) => each.complete && each.naturalWidth)")


def contradict(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue()
    work(hand)
    hand.press("button[name=choice][value='1']", DECIDE)


@state(DESK, "sign_in.title")
def the_desk_of_nobody(hand: Hand, worlds: Worlds) -> None:
    hand.open("/review")


@state(DESK, "sign_in.wrong", complaints=True)
def a_wrong_password(hand: Hand, worlds: Worlds) -> None:
    hand.open("/review/sign-in")
    hand.write("#name", f"nobody {time.monotonic_ns()}")
    hand.write("#password", "not this one")
    hand.press("main button.main", "#wrong")


@state(DESK, "error.attempts.title", complaints=True)
def too_many_wrong_passwords(hand: Hand, worlds: Worlds) -> None:
    name = f"nobody {time.monotonic_ns()}"
    hand.open("/review/sign-in")
    for _ in range(6):
        hand.write("#name", name)
        hand.write("#password", "not this one")
        hand.press("main button.main")
        hand.page.wait_for_load_state("load")
    hand.page.wait_for_selector("section a.button")


@state(DESK, "desk.signed_in")
def signed_in_by_a_password(hand: Hand, worlds: Worlds) -> None:
    reviewer = worlds.reviewer(password=True)
    hand.open("/review/sign-in")
    hand.write("#name", reviewer.name)
    hand.write("#password", WORDS)
    hand.press("main button.main", ".account")


@state(DESK, "sign_in.lead")
def signed_out(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    hand.open("/review")
    hand.press(".account button", "#password")


@state(DESK, "sign_in.lead")
def disabled_meanwhile(hand: Hand, worlds: Worlds) -> None:
    reviewer = enter(hand, worlds)
    hand.open("/review")
    worlds.of["open"].store.write(lambda c: disable_reviewer(c, reviewer, actor="test"))
    hand.press(".begin a", "#password")


@state(DESK, "welcome.title")
def a_link_for_a_password(hand: Hand, worlds: Worlds) -> None:
    hand.open(f"/review/welcome/{worlds.link(worlds.reviewer())}")


@state(DESK, "welcome.differs", complaints=True)
def two_passwords_that_differ(hand: Hand, worlds: Worlds) -> None:
    a_link_for_a_password(hand, worlds)
    hand.write("#password", WORDS)
    hand.write("#again", WORDS + "x")
    hand.press("main button.main", "#wrong")


@state(DESK, "welcome.weak", complaints=True)
def a_weak_password(hand: Hand, worlds: Worlds) -> None:
    a_link_for_a_password(hand, worlds)
    hand.write("#password", "aaaaaaaaaaaa")
    hand.write("#again", "aaaaaaaaaaaa")
    hand.press("main button.main", "#wrong")


@state(DESK, "desk.signed_in")
def a_password_set(hand: Hand, worlds: Worlds) -> None:
    a_link_for_a_password(hand, worlds)
    hand.write("#password", WORDS)
    hand.write("#again", WORDS)
    hand.press("main button.main", ".account")


@state(DESK, "error.link.title", complaints=True)
def a_link_that_opens_nothing(hand: Hand, worlds: Worlds) -> None:
    hand.open("/review/welcome/nothing")


@state(DESK, "desk.left")
def the_overview(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds, "reviewer", "arbiter")
    for form in ("label", "audit"):
        worlds.queue(form)
    hand.open("/review")


@state(DESK, "nothing.title")
def nothing_left(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    work(hand)


@state(DESK, "desk.nothing_to_undo")
def nothing_to_undo(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    work(hand)
    hand.press("#desk form button", ".flash, .told:not(:empty)")


@state(DESK, "desk.blind")
def a_label(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue()
    work(hand)
    pictures(hand)


@state(DESK, "desk.blind")
def a_label_of_hostile_names(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue(classes=HOSTILE, hidden={"label": HOSTILE[0], "confidence": 0.5})
    work(hand)


@state(DESK, "decide.chosen")
def a_decision_between_hostile_names(hand: Hand, worlds: Worlds) -> None:
    a_label_of_hostile_names(hand, worlds)
    hand.press("button[name=choice][value='3']", DECIDE)


@state(DESK, "desk.blind")
def a_label_among_a_dozen(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue(classes=tuple(f"class {letter}" for letter in "abcdefghijkl"))
    work(hand)


@state(DESK, "decide.take")
def a_decision_about_the_answer(hand: Hand, worlds: Worlds) -> None:
    contradict(hand, worlds)


@state(DESK, "refused.reason", complaints=True)
def an_override_without_a_reason(hand: Hand, worlds: Worlds) -> None:
    contradict(hand, worlds)
    hand.press("fieldset > button:not(.choice)", ".flash.wrong, .told.wrong")


@state(DESK, "desk.progress")
def an_override_with_a_reason(hand: Hand, worlds: Worlds) -> None:
    contradict(hand, worlds)
    hand.write("#reason", "a crack <b>here</b>")
    hand.press("fieldset > button:not(.choice)", CHOOSE)


@state(DESK, "desk.undone")
def an_override_undone(hand: Hand, worlds: Worlds) -> None:
    contradict(hand, worlds)
    hand.press("button[name=quick] >> nth=0", CHOOSE)
    hand.press("[data-command=undo]", DECIDE)


@state(DESK, "desk.kept", scripts=(True,))
def a_choice_kept(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue()
    work(hand)
    hand.press("button[name=choice][value='0']", ".told:not(:empty)")


@state(DESK, "desk.progress")
def a_comment_and_cannot_tell(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue()
    work(hand)
    first = hand.page.get_attribute("#desk", "data-item")
    hand.press(".comment summary")
    hand.write("textarea", "too dark")
    hand.press("button[name=choice][value='2']", f"#desk:not([data-item='{first}'])")


@state(DESK, "desk.progress")
def an_item_skipped(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue()
    work(hand)
    first = hand.page.get_attribute("#desk", "data-item")
    hand.press("[data-command=skip]", f"#desk:not([data-item='{first}'])")


@state(DESK, "refused.lost", complaints=True)
def an_item_that_another_has_now(hand: Hand, worlds: Worlds) -> None:
    reviewer = enter(hand, worlds)
    (item,) = worlds.queue(count=1)
    work(hand)
    hand.page.wait_for_load_state("networkidle")
    worlds.of["open"].store.write(lambda c: end_lease(c, item.id, reviewer.id))
    hand.press("button[name=choice][value='0']", ".flash.wrong, .told.wrong")


@state(DESK, "refused.gone", "nothing.title", complaints=True)
def an_item_that_is_closed_meanwhile(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    (item,) = worlds.queue(count=1)
    work(hand)
    worlds.of["open"].store.write(lambda c: close_items(c, [item.id], "gone"))
    hand.press("button[name=choice][value='0']", ".flash.wrong, .told.wrong")


@state(DESK, "desk.offline", scripts=(True,), complaints=True)
def the_desk_without_a_connection(hand: Hand, worlds: Worlds) -> None:
    a_label(hand, worlds)
    hand.page.wait_for_load_state("networkidle")
    hand.page.context.set_offline(True)
    hand.press("button[name=choice][value='0']", ".told.wrong")
    hand.page.context.set_offline(False)


@state(DESK, "error.old-form.title", scripts=(False,), complaints=True)
def an_old_form_of_the_desk(hand: Hand, worlds: Worlds) -> None:
    a_label(hand, worlds)
    hand.page.evaluate("document.querySelectorAll('[name=csrf]').forEach((each) => { each.value = 'old'; })")
    hand.press("button[name=choice][value='0']", "a.button")


@state(DESK, "desk.zoom", scripts=(True,))
def original_pixels_and_brighter(hand: Hand, worlds: Worlds) -> None:
    a_label(hand, worlds)
    hand.press("[data-zoom]", ".frame.original")
    hand.reach("[data-brightness]")
    for _ in range(5):
        hand.page.keyboard.press("ArrowRight")


@state(DESK, "keys.how", scripts=(True,))
def keys_changed(hand: Hand, worlds: Worlds) -> None:
    a_label(hand, worlds)
    hand.press(".keys summary")
    hand.write("[data-remap='1']", "j")
    hand.until("document.querySelector('[data-slot=\"1\"] kbd').textContent === 'j'")


@state(DESK, "keys.how", scripts=(True,))
def keys_switched_off(hand: Hand, worlds: Worlds) -> None:
    a_label(hand, worlds)
    hand.press(".keys summary")
    hand.reach("[data-keys-on]")
    hand.page.keyboard.press("Space")
    hand.page.wait_for_selector("#desk:not(.keys-on)")


@state(DESK, "detail.plausibility.defects_title", "form.plausibility.question")
def plausibility(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue("plausibility", hidden={"label": "jade"})
    work(hand, "plausibility")
    pictures(hand)


@state(DESK, "desk.progress")
def not_plausible(hand: Hand, worlds: Worlds) -> None:
    plausibility(hand, worlds)
    first = hand.page.get_attribute("#desk", "data-item")
    hand.tick("[name=detail0][value='1']")
    hand.press("button[name=choice][value='1']", f"#desk:not([data-item='{first}'])")


@state(DESK, "form.heat_map.question")
def a_heat_map(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue("heat_map")
    work(hand, "heat_map")
    pictures(hand)


@state(DESK, "desk.progress")
def a_heat_map_on_the_wrong_place(hand: Hand, worlds: Worlds) -> None:
    a_heat_map(hand, worlds)
    first = hand.page.get_attribute("#desk", "data-item")
    hand.tick("[name=detail0][value='0']")
    hand.press("button[name=choice][value='2']", f"#desk:not([data-item='{first}'])")


@state(DESK, "form.audit.question")
def an_audit_decision(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue("audit", hidden={"label": LONG}, classes=("jade", LONG))
    work(hand, "audit")
    pictures(hand)


@state(DESK, "refused.detail", complaints=True)
def relabelled_to_nothing(hand: Hand, worlds: Worlds) -> None:
    an_audit_decision(hand, worlds)
    hand.press("button[name=choice][value='3']", ".flash.wrong, .told.wrong")


@state(DESK, "desk.progress")
def relabelled(hand: Hand, worlds: Worlds) -> None:
    an_audit_decision(hand, worlds)
    first = hand.page.get_attribute("#desk", "data-item")
    hand.tick("[name=detail0][value='0']")
    hand.press("button[name=choice][value='3']", f"#desk:not([data-item='{first}'])")


@state(DESK, "form.audit.question")
def an_audit_among_a_dozen(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    worlds.queue("audit", classes=tuple(f"class {letter}" for letter in "abcdefghijkl"))
    work(hand, "audit")
    hand.pick("select[name=detail0]", 2)


@state(DESK, "desk.arbiter")
def arbitration(hand: Hand, worlds: Worlds) -> None:
    reviewers = [worlds.reviewer(), worlds.reviewer()]
    enter(hand, worlds, "arbiter")
    store, policy = worlds.of["open"].store, QueuePolicy(0.75, 0.05, 0.0)
    (item,) = worlds.queue(count=1, wanted=2, hidden={})
    for reviewer, choice in zip(reviewers, ("jade", "onyx"), strict=True):
        store.write(lambda c, who=reviewer: next_assignment(c, who, "label", policy))
        store.write(lambda c, who=reviewer, choice=choice: choose(c, who, item.id, choice, policy))
    work(hand)


@state(DESK, "guideline.none")
def no_guideline(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    hand.open("/review/guideline")


@state(DESK, "guideline.title", world="guided")
def a_guideline(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds, world="guided")
    hand.open("/review/guideline")
    hand.page.keyboard.press("End")
    hand.page.wait_for_load_state("networkidle")


@state(DESK, "error.not-found.title", complaints=True)
def no_such_form(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    work(hand, "nothing")


@state(DESK, "people.forms")
def reviewers_and_progress(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds, "reviewer", "admin")
    worlds.queue()
    hand.open("/review/people")


@state(DESK, "people.disabled")
def a_reviewer_disabled(hand: Hand, worlds: Worlds) -> None:
    worlds.reviewer()
    enter(hand, worlds, "admin")
    hand.open("/review/people")
    hand.press("summary >> nth=-1")
    hand.press("details[open] button", ".flash.done")


@state(DESK, "error.forbidden.title", complaints=True)
def no_admin(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds)
    hand.open("/review/people")


@state(DESK, "guideline.trained", world="dozen")
def a_guideline_with_training_pictures(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds, world="dozen")
    worlds.of["dozen"].service.examples = lambda bundle: {HOSTILE[0]: (worlds.files / "photo.png",) * 4}
    hand.open("/review/guideline")


@state(DESK, "people.no_items", world="guided")
def reviewers_and_nothing_to_do(hand: Hand, worlds: Worlds) -> None:
    enter(hand, worlds, "admin", world="guided")
    hand.open("/review/people")
