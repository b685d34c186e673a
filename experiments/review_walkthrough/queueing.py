"""Queueing: real cells, known ones, heat maps and findings of an audit go to the desk; what is true of each is kept."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from browser import pixels_of
from cells import GRADES
from scripted import Truth
from world import PATIENCE, Project, Service

from assay.data.manifest import Manifest
from assay.review.enqueue import queue_files
from assay.review.item import ReviewItem
from assay.review.rows import items
from assay.store.service_store import ServiceStore

PLAUSIBLE = {"likely functional": 0.98, "likely defective": 0.5}
"""Grade -> share of generated cells that a reviewer without errors would find plausible. What is true of one cell
follows from its pixels."""
ON_PLACE = {"right": 0.7, "partly": 0.2, "wrong": 0.1}
"""Share of heat maps of which that is true."""
MISLABELLED = 0.3
"""Share of the findings of the audit whose label is wrong."""
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
    await_items(store, "label", len(answered))
    project.assay("review", "queue", "form=heat_map", f"count={sizes.heats}", "batch=heat")
    truths["heat_map"] = {key: Truth(drawn(key, ON_PLACE), ("right", "partly", "wrong")) for key in answers}
    for key in known:
        path, grade = cells[key]
        place = project.folder / "known" / grade
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    project.assay("review", "queue", "known=known")
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


def asked_of(store: ServiceStore, known: Known) -> dict[str, list[tuple[Truth, str]]]:
    """By form, what is true of each item that is asked about, and the answer to it."""
    return {
        form: [(known.truths[form][known.pixels(item)], item.answer) for item in listed(store, form) if not item.known]
        for form in FORMS
    }
