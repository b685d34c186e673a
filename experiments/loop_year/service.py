"""A service of the year: its store, its clients, its reviewers and its watcher, all of them Assay's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from cells import BINARY, STATISTICS, Cells
from head import Head

from assay.monitoring.alert import DRIFT, REVIEW_NEXT, Cause, NextStep
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.drift.measure import measure_drift
from assay.monitoring.drift.settings import DriftSettings
from assay.monitoring.observation import Observation, Scene
from assay.monitoring.observers.accuracy import AccuracyObserver
from assay.monitoring.observers.operating import OperatingObserver
from assay.monitoring.scene_of import read_scene
from assay.monitoring.take_look import LookPlan, TakenLook, take_look
from assay.postprocess.projection import Projection
from assay.review.enqueue import queue_predictions
from assay.review.item import ReviewItem
from assay.review.policy import QueuePolicy
from assay.review.review import Review
from assay.review.reviewers import create_reviewer
from assay.review.rows import add_review, item_of
from assay.store.components import packed
from assay.store.consents import Consent, give_consent
from assay.store.ids import as_time, new_id
from assay.store.kept_pictures import KeptPictures
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.review_tables import REVIEWS
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from assay.store.tables import CONSENTS

CLIENTS = 24
ERRORS = {"kim": 0.08, "lou": 0.12, "max": 0.04}
"""Share of cells that each reviewer gets wrong; max decides where the others disagree."""
POLICY = QueuePolicy(random_share=0.02)
BOUNDS = WindowBounds(window="28d", smallest=50)
DRIFT_SETTINGS = DriftSettings(draws=1999, resamples=0)
"""A tenth of the usual draws, and no estimate of the mix of classes, which nothing here goes by."""
DAY = 86_400
THUMBNAIL = np.zeros((8, 8, 3), dtype=np.uint8)
"""What is kept of a picture: its embedding was computed before, so nobody looks at its pixels again."""


@dataclass
class Service:
    """A store in a folder of its own, and who works with it.

    Attributes:
        rng: of clients and reviewers; the same for all services of a year.
        truth: id of an answer -> row of its cell.
        labelled: reviews that were settled by now.
    """

    folder: Path
    rng: np.random.Generator
    truth: dict[str, int] = field(default_factory=dict)
    labelled: int = 0
    wrong: int = 0

    def __post_init__(self) -> None:
        self.store = ServiceStore(f"sqlite:///{self.folder}/service.db")
        self.pictures = KeptPictures(self.folder / "service-pictures")
        roles = {"kim": ["reviewer"], "lou": ["reviewer"], "max": ["arbiter"]}
        self.reviewers = {name: self.do(create_reviewer, name, has, actor="year").id for name, has in roles.items()}
        self.clients = [self.do(add_subject, f"client {number}").id for number in range(CLIENTS)]
        for client in self.clients:
            self.do(give_consent, Consent(client, "1", "c" * 64, ("keep", "improve"), ""), key="k")
        # Clients agreed before the year began, not on the day on which it is simulated.
        self.do(lambda connection: connection.execute(CONSENTS.update().values(given="2024-12-31T00:00:00.000Z")))

    def do(self, work: Any, *arguments: Any, **words: Any) -> Any:
        """Write something."""
        return self.store.write(lambda connection: work(connection, *arguments, **words))

    def answer(
        self, head: Head, projection: Projection | None, cells: Cells, rows: np.ndarray, start: datetime
    ) -> list[str]:
        """Answer about cells in the 27 days from a moment on; gives the ids of the answers in their order."""
        month = cells.rows(rows)
        predictions = head.predictions(month, "test")
        answers = head.to_answers(predictions)
        assert predictions.embeddings is not None
        components = None if projection is None else projection.components(predictions.embeddings)
        owners = self.rng.integers(0, CLIENTS, len(rows))
        times = np.sort(self.rng.uniform(0, 27 * DAY, len(rows)))
        records = []
        for index, answer in enumerate(answers):
            client = int(owners[index])
            records.append(
                PredictionRecord(
                    id=new_id(),
                    time=as_time(start + timedelta(seconds=float(times[index]))),
                    request=new_id(),
                    subject=self.clients[client],
                    key=f"key-{client}",
                    picture=str(month.ids[index]),
                    model="cells",
                    version=head.version,
                    bundle=head.bundle,
                    arm="champion",
                    label=answer.label,
                    confidence=answer.confidence,
                    answer={
                        "label": answer.label,
                        "probabilities": dict(zip(BINARY, map(float, answer.probabilities), strict=True)),
                    },
                    statistics=dict(zip(STATISTICS, map(float, month.statistics[index]), strict=True)),
                    domain=answer.domain,
                    for_a_person=answer.rejected,
                    total_ms=20.0,
                    kept=True,
                    rejected=answer.rejected,
                    components=b"" if components is None else packed(components[index]),
                )
            )
        self.do(log_predictions, records)
        self.truth |= {record.id: int(row) for record, row in zip(records, rows, strict=True)}
        return [record.id for record in records]

    def look(self, head: Head, profile: Any, at: datetime) -> TakenLook:
        """One look of the watcher."""
        plan = LookPlan(
            every=DAY,
            scene=lambda moment: read_scene(self.store, BOUNDS, head.bundle, profile, at=moment),
            observers=(see_drift, AccuracyObserver(), OperatingObserver()),
            model=lambda bundle: ("cells", head.version),
        )
        return take_look(self.store, plan, at=at)

    def review(self, ids: list[str], source: str, cells: Cells, at: datetime) -> int:
        """Queue answers, and have them reviewed by who errs at known rates; gives how many were settled."""
        for name in ids:
            picture = str(cells.ids[self.truth[name]])
            if not self.pictures.has(picture):
                self.pictures.keep(picture, THUMBNAIL)

        def work(connection: Any) -> int:
            queued = queue_predictions(connection, ids, source, POLICY)
            for item in queued.items:
                self._decide(connection, item, cells, at)
            return len(queued.items)

        count: int = self.do(work)
        self.labelled += count
        return count

    def _decide(self, connection: Any, item: ReviewItem, cells: Cells, at: datetime) -> None:
        right = int(cells.labels[self.truth[item.prediction]])
        turns = ["kim", "lou"][:: int(self.rng.choice([1, -1]))][: item.wanted]
        while turns:
            name = turns.pop(0)
            choice = BINARY[1 - right if self.rng.random() < ERRORS[name] else right]
            review = Review(item.id, self.reviewers[name], "label", blind=choice, final=choice, arbiter=name == "max")
            made = add_review(connection, review, actor=name)
            # The desk writes the machine's time; in the year it is the year's.
            connection.execute(REVIEWS.update().where(REVIEWS.c.id == made.id).values(time=as_time(at)))
            if not turns:
                now_is = item_of(connection, item.id)
                assert now_is is not None
                turns = ["max"] if now_is.state == "disputed" else []
                self.wrong += not turns and now_is.outcome != BINARY[right]


def see_drift(scene: Scene) -> Observation:
    """An observer: `measure_drift` of the window; where it drifts, the answers that the head is least sure of speak."""
    if scene.window is None or scene.profile is None or not scene.window.enough:
        return Observation("drift", ())
    report = measure_drift(scene.profile, scene.window, DRIFT_SETTINGS)
    causes: tuple[Cause, ...] = ()
    if report.verdict == "drift":
        rows = np.argsort(scene.window.confidence, kind="stable")[:200]
        answers = scene.answers(rows, 1 - scene.window.confidence[rows])
        step = NextStep(REVIEW_NEXT, len(answers))
        causes = (Cause("drift", DRIFT, "drift.window", {"p": report.smallest_p}, report.headline, answers, step),)
    about = {"verdict": report.verdict, "headline": report.headline, "p": report.smallest_p, "n": report.n}
    return Observation("drift", (DRIFT,), causes, about)
