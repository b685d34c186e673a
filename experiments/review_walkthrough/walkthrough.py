"""Real and generated cells through all four forms of the desk, by scripted reviewers: `python walkthrough.py [DIR]`.

Two reviewers and an arbiter, whose errors are known, work over HTTP at a service that is started for them. The report
has to contain the rates that follow from their errors in its intervals, the export all that they did, and the gate has
to read what they decided about generated cells. DIR holds `GENERATOR/GRADE/*.png`; without it cells are drawn here. The
exit code is 1 where something does not hold. `--quick` takes fewer and smaller pictures.
"""

from __future__ import annotations

import argparse
import json
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
from browser import Browser
from cells import draw_cells
from checks import Rate, differences, doubled, rates_of
from queueing import FORMS, PLAUSIBLE, Sizes, asked_of, queue_cells
from scripted import Person, Truth
from world import Project, Service, served

from assay.database.url import sqlite_url
from assay.review.forms import all_forms
from assay.store.service_store import ServiceStore

KIM = Person("kim", {"label": 0.08, "plausibility": 0.05, "heat_map": 0.1, "audit": 0.06}, yields=0.3, undoes=0.05)
LOU = Person("lou", {"label": 0.15, "plausibility": 0.08, "heat_map": 0.15, "audit": 0.1}, yields=0.2, undoes=0.05)
MAX = Person("max", {"label": 0.03, "plausibility": 0.02, "heat_map": 0.03, "audit": 0.02})
PEOPLE = (KIM, LOU)
QUICK = Sizes(32, 40, 30, 20, 24, 50)


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
        folder = (typed.folder or Path(made)).absolute()
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
        code, check = promoted(project, run)
        nobody = code == 3 and not check["passed"] and "nobody has reviewed them" in check["found"]
        outcome.see(nobody, "refused, because nobody has reviewed them")
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


def promoted(project: Project, run: str) -> tuple[int, dict[str, Any]]:
    """Exit code of the gate, and what it says about the generated images of a run."""
    gate = Path(__file__).with_name("gate.yaml")
    code, out, err = project.typed("promote", f"run={run}", f"gate={gate}", "registry.name=cells", "format=json")
    if code not in (0, 3):
        raise SystemExit(f"the gate ended with {code}:\n{err[-3000:]}")
    checks = {each["name"]: each for each in json.loads(out)["verdict"]["checks"]}
    others = [name for name, check in checks.items() if not check["passed"] and name != "synthetic"]
    if others:
        print(f"  other checks that refuse it: {', '.join(others)}")
    return code, checks["synthetic"]


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
        outcome.see(rate.holds, f"{rate.what}: {rate.known:.3f} lies in {rate.shown}")
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
        code, check = promoted(project, run)
        outcome.see(check["passed"] == (word == "keep"), f"the gate lets it {'through' if check['passed'] else 'not'}")
        outcome.see(code == 3 or word == "keep", f"and ends with {code}")
        outcome.see("batch generated" in check["found"] and bool(check["parts"]), "it shows rate, interval and batch")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
