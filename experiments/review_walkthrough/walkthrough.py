"""Real and generated cells through all four forms of the desk, by scripted reviewers: `python walkthrough.py [DIR]`.

Two reviewers and an arbiter, whose errors are known, work over HTTP at a service that is started for them. The report
has to contain the rates that follow from their errors in its intervals, the export all that they did, and the gate has
to read what they decided about generated cells. DIR holds `GENERATOR/GRADE/*.png`; without it cells are drawn here. The
exit code is 1 where something does not hold. `--quick` takes fewer and smaller pictures.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from at_desk import AtDesk
from browser import Browser, pixels_of
from cells import GRADES, draw_cells
from checks import Rate, differences, doubled, rates_of
from scripted import Person, Truth
from world import PATIENCE, Project, Service, served

from assay.data.manifest import Manifest
from assay.database.url import sqlite_url
from assay.review.enqueue import queue_files, queue_known, queue_predictions
from assay.review.forms import all_forms
from assay.review.item import ReviewItem
from assay.review.policy import QueuePolicy
from assay.review.rows import items
from assay.store.service_store import ServiceStore

PLAUSIBLE = {"likely functional": 0.98, "likely defective": 0.5}
"""Grade -> share of generated cells that a reviewer without errors would find plausible. What is true of one cell
follows from its pixels."""
ON_PLACE = {"right": 0.7, "partly": 0.2, "wrong": 0.1}
"""Share of heat maps of which that is true."""
MISLABELLED = 0.3
"""Share of the findings of the audit whose label is wrong."""
KIM = Person("kim", {"label": 0.08, "plausibility": 0.05, "heat_map": 0.1, "audit": 0.06}, yields=0.3, undoes=0.05)
LOU = Person("lou", {"label": 0.15, "plausibility": 0.08, "heat_map": 0.15, "audit": 0.1}, yields=0.2, undoes=0.05)
MAX = Person("max", {"label": 0.03, "plausibility": 0.02, "heat_map": 0.03, "audit": 0.02})
PEOPLE = (KIM, LOU)
FORMS = ("label", "plausibility", "heat_map", "audit")


@dataclass(frozen=True)
class Sizes:
    """How much is looked at.

    Attributes:
        image: side of the training pictures in pixels.
        answers: real cells that the service answers about.
        known: real cells whose grade is known.
        heats: answers whose heat map is looked at.
        findings: of an audit.
        sample: generated cells of each grade.
    """

    image: int = 64
    answers: int = 200
    known: int = 120
    heats: int = 100
    findings: int = 100
    sample: int = 100


QUICK = Sizes(32, 40, 30, 20, 24, 50)


@dataclass(frozen=True)
class Known:
    """What is true of what was queued.

    Attributes:
        truths: by form and pixels.
        answered: id of an answer -> pixels that it is about.
    """

    truths: dict[str, dict[str, Truth]]
    answered: dict[str, str]

    def pixels(self, item: ReviewItem) -> str:
        """Of an item's picture."""
        return self.answered.get(item.prediction) or pixels_of(Path(item.shows["picture"]).read_bytes())


@dataclass
class Outcome:
    """What does not hold; empty where everything does."""

    wrong: list[str] = field(default_factory=list)

    def see(self, holds: bool, what: str) -> None:
        """Say whether something holds."""
        print(f"  {'ok' if holds else 'NOT SO'}: {what}", flush=True)
        if not holds:
            self.wrong.append(what)


def main(argv: list[str]) -> int:
    """Go through all of it; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("generated", nargs="?", type=Path, help="folder GENERATOR/GRADE/*.png; drawn here without it")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller pictures")
    parser.add_argument("--folder", type=Path, help="new folder of the project; a temporary one without it")
    typed = parser.parse_args(argv)
    sizes, outcome, began = QUICK if typed.quick else Sizes(), Outcome(), time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        folder = typed.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        _walk(Project(folder), typed.generated, sizes, outcome)
    print(f"\n{len(outcome.wrong)} things do not hold; {time.monotonic() - began:.0f} s")
    for what in outcome.wrong:
        print(f"  {what}")
    return 1 if outcome.wrong else 0


def _walk(project: Project, given: Path | None, sizes: Sizes, outcome: Outcome) -> None:
    head("Two heads learn with generated cells; the gate lets neither through")
    generated = given.absolute() if given else project.folder / "generated"
    if given is None:
        draw_cells(generated, tuple(PLAUSIBLE), 2 * sizes.sample)
    generator = min(path.name for path in generated.iterdir() if path.is_dir())
    first, second = tuple(PLAUSIBLE)
    runs = {
        "keep": project.train(generated, generator, (first,), sizes.image),
        "discard": project.train(generated, generator, (first, second), sizes.image),
    }
    for run in runs.values():
        code, found = promoted(project, run)
        outcome.see(code == 3 and "nobody has reviewed them" in found, "refused, because nobody has reviewed them")
    head("A sample of what was measured goes to the desk")
    measured = project.measured(generated, sizes.image)
    words = [
        f"synthetic={measured}",
        f"generators=[{generator}]",
        f"classes=[{first},{second}]",
        f"count={sizes.sample}",
    ]
    for name, role in (("kim", "reviewer"), ("lou", "reviewer"), ("max", "arbiter")):
        project.assay("review", "reviewers", "create", name, f"roles=[{role}]")
    project.assay("review", "sample", *words, "batch=generated")
    with (
        served(project, f"model={runs['keep']}", "review_random=1", "review_known=0.4") as service,
        ServiceStore(sqlite_url(project.folder / "mlruns" / "service.db")) as store,
    ):
        head("Real cells are answered about and queued, with known ones, heat maps and findings of an audit")
        world = queue_cells(project, runs["keep"], service, store, sizes)
        head("Two reviewers and an arbiter work through the four forms")
        desks = reviewed(project, service, world.truths, outcome)
        asked = asked_of(store, world)
    head("What the report says of the rates that are known")
    rows = exported(project)
    acts = [act for desk in desks for act in desk.log.acts]
    print(f"  {len(acts):,} acts, of which {sum(act.kind == 'undo' for act in acts)} took another back")
    lost = differences(acts, rows)
    outcome.see(not lost, f"the export holds what was done and nothing else {lost[:3] or ''}")
    outcome.see(not doubled(rows), f"nobody has two reviews of an item {doubled(rows)[:3] or ''}")
    rates = reported(project, asked, outcome)
    head("What was decided about generated cells comes back to the gate")
    verdicts(project, runs, outcome)
    print("\n| rate | known | report | n | inside |\n| --- | ---: | ---: | ---: | --- |")
    print("\n".join(rate.row() for rate in rates))


def head(text: str) -> None:
    """A heading of the output."""
    print(f"\n# {text}", flush=True)


def promoted(project: Project, run: str) -> tuple[int, str]:
    """What the gate says about a run: exit code and text."""
    gate = Path(__file__).with_name("gate.yaml")
    code, out, err = project.typed("promote", f"run={run}", f"gate={gate}", "registry.name=cells", "format=json")
    return code, out + err


def queue_cells(project: Project, run: str, service: Service, store: ServiceStore, sizes: Sizes) -> Known:
    """Queue what is to be looked at; gives what is true of it."""
    manifest = Manifest.load(project.folder / "mlruns" / "work" / run / "manifest.parquet")
    table = manifest.table[(manifest.table["generator"] == "") & (manifest.table["split"] != "ood")]
    cells: dict[str, tuple[Path, str]] = {}
    for path, label in zip(table["path"], table["label"], strict=True):
        cells.setdefault(pixels_of(Path(path).read_bytes()), (Path(path), manifest.class_names[label]))
    keys = sorted(cells)
    random.Random(0).shuffle(keys)
    parts = [sizes.answers, sizes.known, sizes.findings]
    answers, known, findings = (keys[sum(parts[:n]) : sum(parts[: n + 1])] for n in range(3))
    truths: dict[str, dict[str, Truth]] = {form: {} for form in FORMS}
    truths["label"] = {key: Truth(cells[key][1], GRADES) for key in (*answers, *known)}
    answered = {str(service.classify(cells[key][0].read_bytes())["id"]): key for key in answers}
    ids = list(answered)
    await_items(store, "label", len(ids))
    policy = QueuePolicy(random_share=1.0)
    store.write(lambda c: queue_predictions(c, ids, "random", policy, form="heat_map", batch="heat", count=sizes.heats))
    truths["heat_map"] = {key: Truth(drawn(key, ON_PLACE), ("right", "partly", "wrong")) for key in answers}
    store.write(lambda c: queue_known(c, [cells[key] for key in known], GRADES, batch="known"))
    labels = {
        key: drawn(key, {cells[key][1]: 1 - MISLABELLED, wrong_grade(cells[key][1]): MISLABELLED}) for key in findings
    }
    truths["audit"] = {
        key: Truth(
            "keep" if labels[key] == cells[key][1] else "relabel",
            ("keep", "keep_both", "exclude", "relabel"),
            cells[key][1],
        )
        for key in findings
    }
    files = [{"picture": str(cells[key][0])} for key in findings]
    hidden = [{"label": labels[key]} for key in findings]
    store.write(lambda c: queue_files(c, "audit", files, batch="audit", source="audit", classes=GRADES, hidden=hidden))
    for item in listed(store, "plausibility"):
        key = pixels_of(Path(item.shows["picture"]).read_bytes())
        share = PLAUSIBLE[item.answer]
        truths["plausibility"][key] = Truth(drawn(key, {"plausible": share, "not": 1 - share}), ("plausible", "not"))
    return Known(truths, answered)


def drawn(key: str, shares: dict[str, float]) -> str:
    """One of these by their shares; the same for the same pixels."""
    return random.Random(f"truth:{key}").choices(list(shares), list(shares.values()))[0]


def wrong_grade(grade: str) -> str:
    """The next one."""
    return GRADES[(GRADES.index(grade) + 1) % len(GRADES)]


def listed(store: ServiceStore, form: str) -> list[ReviewItem]:
    """All items of a form."""
    with store.reading() as connection:
        return [item for item in items(connection) if item.form == form]


def await_items(store: ServiceStore, form: str, count: int) -> None:
    """Return once the service has queued so many; it looks every five seconds."""
    until = time.monotonic() + PATIENCE
    while len(listed(store, form)) < count:
        if time.monotonic() > until:
            raise SystemExit(f"{len(listed(store, form))} of {count} answers were queued")
        time.sleep(0.5)


def reviewed(project: Project, service: Service, truths: dict[str, dict[str, Truth]], outcome: Outcome) -> list[AtDesk]:
    """Have all of it reviewed: the two at once, then what they disagree about."""
    desks = {}
    for person in (*PEOPLE, MAX):
        made = project.document("review", "reviewers", "link", person.name, "password=true")
        desks[person.name] = AtDesk(Browser(service.address, person.name, made["password"]), person, truths)
    desk = desks["kim"]
    page = desk.browser.work("label")
    status = 0 if page is None else desk.browser.status_without_token("label", page.item)
    outcome.see(status == 403, f"a form without the token of its page is refused ({status})")
    for form in FORMS:
        began = time.monotonic()
        at_once([partial(desks[name].work, form) for name in ("kim", "lou")])
        desks["max"].work(form)
        count = sum(len(each.log.acts) for each in desks.values())
        print(f"  {form}: {time.monotonic() - began:.0f} s, {count:,} acts so far", flush=True)
    logs = [each.log for each in desks.values()]
    refused = [words for log in logs for words in log.refused]
    outcome.see(not refused, f"the desk has taken everything {refused[:2] or ''}")
    outcome.see(not any(log.showed_early for log in logs), "no answer was in a page before the choice")
    outcome.see(all(log.heats for log in logs[:2]), "heat maps were looked at")
    return list(desks.values())


def at_once(works: list[Callable[[], None]]) -> None:
    """Do all of these at once; what one raises is raised."""
    failed: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def asked_of(store: ServiceStore, known: Known) -> dict[str, list[tuple[Truth, str]]]:
    """By form, what is true of each item that is asked about, and the answer to it."""
    return {
        form: [(known.truths[form][known.pixels(item)], item.answer) for item in listed(store, form) if not item.known]
        for form in FORMS
    }


def exported(project: Project) -> list[dict[str, Any]]:
    """All that reviewers did, as the export says it."""
    file = project.folder / "reviews.jsonl"
    project.assay("review", "export", f"to={file}")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def reported(project: Project, asked: dict[str, list[tuple[Truth, str]]], outcome: Outcome) -> list[Rate]:
    """The rates of the report, at a level at which all of them together hold in 95 of 100 walks."""
    count = len(rates_of(project.document("review", "report")["report"], asked, PEOPLE, MAX))
    level = 1 - 0.05 / count
    report = project.document("review", "report", f"confidence={level:.5f}")["report"]
    rates = rates_of(report, asked, PEOPLE, MAX)
    for rate in rates:
        outcome.see(rate.holds, f"{rate.what}: {rate.known:.3f} lies in {rate.low} to {rate.high}")
    for form in report["forms"]:
        states = form["progress"]["by_state"]
        outcome.see(set(states) == {"settled"}, f"{form['form']}: all {form['progress']['items']} items are settled")
    outcome.see({form["form"] for form in report["forms"]} == set(all_forms()), "all four forms are in the report")
    return rates


def verdicts(project: Project, runs: dict[str, str], outcome: Outcome) -> None:
    """What was decided is written into both runs, and the gate reads it."""
    said = {each["run"]: each for each in project.document("review", "verdict", "batch=generated")["runs"]}
    outcome.see(set(said) == set(runs.values()), "the verdict goes to the runs that were trained on these cells")
    for word, run in runs.items():
        print(f"  {said[run]['review']}")
        outcome.see(said[run]["word"] == word, f"{run[:8]}: {word}")
        code, found = promoted(project, run)
        outcome.see(code == (0 if word == "keep" else 3), f"the gate ends with {code}")
        outcome.see("batch generated" in found, "and names the review")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
