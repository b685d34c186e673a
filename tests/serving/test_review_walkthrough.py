"""A small version of `experiments/review_walkthrough`: the report recovers the rates of scripted reviewers."""

from __future__ import annotations

import random
import threading
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from assay.evaluation.resampling import Resampling
from assay.review.enqueue import queue_files, queue_known, queue_predictions
from assay.review.export import exported_reviews
from assay.review.passwords import set_password
from assay.review.policy import QueuePolicy
from assay.review.report.assemble import review_report
from assay.review.reviewers import create_reviewer
from assay.review.rows import items
from assay.review.samples.drawn import draw_sample
from assay.review.samples.judged import judge_sample
from assay.review.samples.queued import queue_sample
from assay.review.settling import settled
from assay.review.sweep import sweep
from assay.store.trail import trail_findings
from generated_sets import generated_set
from real_browser import listening
from serving_world import png

EXPERIMENT = Path(__file__).parents[2] / "experiments" / "review_walkthrough"
WORDS = "correct horse battery"
FORMS = ("label", "plausibility", "heat_map", "audit")


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch):
    """The modules of the experiment."""
    monkeypatch.syspath_prepend(str(EXPERIMENT))
    import at_desk
    import browser
    import checks
    import scripted

    return at_desk, browser, checks, scripted


def people(scripted, **yields: float):
    return (
        scripted.Person("kim", dict.fromkeys(FORMS, 0.1), yields=yields.get("kim", 0.3), undoes=0.15),
        scripted.Person("lou", dict.fromkeys(FORMS, 0.2), yields=yields.get("lou", 0.2), undoes=0.15),
        scripted.Person("max", dict.fromkeys(FORMS, 0.05)),
    )


def test_the_chances_of_outcomes_and_agreement_are_those_that_scripted_reviewers_come_to(parts):
    from assay.review.review import Review

    scripted = parts[3]
    kim, lou, arbiter = people(scripted)
    truth, answer = scripted.Truth("jade", ("amber", "jade", "onyx")), "onyx"
    seen = []
    for number in range(4000):
        picture, finals = f"p{number}", []
        for person in (kim, lou, arbiter):
            choice = person.blind("label", picture, truth)
            finals.append(answer if choice != answer and person.gives_way("label", picture) else choice)
        rows = [Review("i", name, "label", final=final) for name, final in zip("ab", finals[:2], strict=True)]
        third = Review("i", "c", "label", final=finals[2], arbiter=True)
        seen.append(settled(2, rows if finals[0] == finals[1] else [*rows, third]).outcome)
    chances = scripted.outcome_chances("label", truth, (kim, lou), arbiter, answer)
    assert sum(chances.values()) == pytest.approx(1.0)
    for value, chance in chances.items():
        assert seen.count(value) / 4000 == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 4000))
    truths = [scripted.Truth(value, ("amber", "jade")) for value in ("amber", "jade", "jade")]
    said = [[p.blind("audit", f"{n}", truths[n % 3]) for p in (kim, lou)] for n in range(6000)]
    raw, kappa = scripted.agreement_expected("audit", truths, (kim, lou))
    assert np.mean([one == other for one, other in said]) == pytest.approx(raw, abs=0.02)
    assert cohen_kappa_score(*zip(*said, strict=True)) == pytest.approx(kappa, abs=0.04)


def test_scripted_reviewers_go_through_all_four_forms_and_the_report_recovers_their_rates(
    parts, with_settings, tmp_path
):
    at_desk, browser, checks, scripted = parts
    world = with_settings(review_random=1.0, review_known=0.4)
    kim, lou, arbiter = people(scripted)
    for person, role in ((kim, "reviewer"), (lou, "reviewer"), (arbiter, "arbiter")):
        made = world.store.write(lambda c, n=person.name, r=role: create_reviewer(c, n, [r], actor="test"))
        world.store.write(lambda c, made=made: set_password(c, made, WORDS, actor="test"))
    truths, answered = queued(world, browser, scripted, tmp_path)
    with listening(world.app) as address:
        desks = {
            person.name: at_desk.AtDesk(browser.Browser(address, person.name, WORDS), person, truths)
            for person in (kim, lou, arbiter)
        }
        for form in FORMS:
            threads = [threading.Thread(target=desks[name].work, args=(form,)) for name in ("kim", "lou")]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            desks["max"].work(form)
    logs = [desk.log for desk in desks.values()]
    assert [words for log in logs for words in log.refused] == []
    assert [item for log in logs for item in log.showed_early] == []
    with world.store.reading() as connection:
        rows = exported_reviews(connection)
        asked = {form: [] for form in FORMS}
        for item in items(connection):
            key = answered.get(item.prediction) or browser.pixels_of(Path(item.shows["picture"]).read_bytes())
            if not item.known:
                asked[item.form].append((truths[item.form][key], item.answer))
        plain = asdict(review_report(connection))
        level = 1 - 0.05 / len(checks.rates_of(plain, asked, (kim, lou), arbiter))
        report = asdict(review_report(connection, resampling=Resampling(confidence=level)))
        assert trail_findings(connection) == []
        (row,) = judge_sample(connection, "generated").rows
    acts = [act for log in logs for act in log.acts]
    assert {act.kind for act in acts} == {"review", "skip", "undo"}
    assert checks.differences(acts, rows) == []
    assert checks.doubled(rows) == []
    assert {form["form"] for form in report["forms"]} == set(FORMS)
    assert all(set(form["progress"]["by_state"]) == {"settled"} for form in report["forms"])
    rates = checks.rates_of(report, asked, (kim, lou), arbiter)
    assert len(rates) >= 18
    assert [rate.row() for rate in rates if not rate.holds] == []
    plausibility = next(form for form in report["forms"] if form["form"] == "plausibility")
    assert row.rate.value == plausibility["acceptance"]["rate"]["value"], "the verdict is made of what the report says"
    off = checks.rates_of(report, asked, (scripted.Person("kim", dict.fromkeys(FORMS, 0.6)), lou), arbiter)
    assert any(not rate.holds for rate in off), "other rates than his do not pass"


def queued(world, browser, scripted, folder: Path):
    """Something in all four forms: what is true of it by form and pixels, and the pixels of each answer."""
    contents = [png(seed) for seed in range(64)]
    keys = [browser.pixels_of(content) for content in contents]
    results = [world.ask(content, **{"X-Consent": "1"}).json()["results"][0] for content in contents[:24]]
    classes = tuple(results[0]["probabilities"])
    answered = {result["id"]: key for result, key in zip(results, keys, strict=False)}
    draw = random.Random(0)
    truths = {form: {} for form in FORMS}
    truths["label"] = {key: scripted.Truth(draw.choice(classes), classes) for key in keys[:44]}
    places = ("right", "partly", "wrong")
    truths["heat_map"] = {key: scripted.Truth(draw.choice(places), places) for key in keys[:24]}
    acts = ("keep", "keep_both", "exclude", "relabel")
    truths["audit"] = {
        key: scripted.Truth(draw.choice(("keep", "relabel")), acts, draw.choice(classes)) for key in keys[44:]
    }
    paths = [folder / f"{number}.png" for number in range(64)]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    policy = QueuePolicy(random_share=1.0)
    sweep(world.store, policy)
    write = world.store.write
    write(lambda c: queue_predictions(c, list(answered), "random", policy, form="heat_map", batch="heat", count=10))
    known = [(path, truths["label"][key].choice) for path, key in zip(paths[24:44], keys[24:44], strict=True)]
    write(lambda c: queue_known(c, known, classes, batch="known"))
    files, hidden = [{"picture": str(path)} for path in paths[44:]], [{"label": classes[0]}] * 20
    write(lambda c: queue_files(c, "audit", files, batch="audit", source="audit", classes=classes, hidden=hidden))
    drawn = draw_sample(generated_set(folder / "made", {("gan", "jade"): 40}), 24)
    write(lambda c: queue_sample(c, drawn, batch="generated"))
    for each in drawn:
        key = browser.pixels_of(Path(each.path).read_bytes())
        value = "plausible" if draw.random() < 0.8 else "not"
        truths["plausibility"][key] = scripted.Truth(value, ("plausible", "not"))
    return truths, answered
