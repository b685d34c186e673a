"""A year of one service: its champion answers, is watched, is reviewed and retrained; or is left as it was."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from cells import CAMERA_CELL, POLY_CELL, Cells
from head import Head, train_head
from service import Service

from assay.comparison.one_sided import gains
from assay.monitoring.alerts import speaking_answers, standing_alerts
from assay.monitoring.profile import Profile
from assay.postprocess.projection import Projection
from assay.retraining.due import RetrainJob, due
from assay.retraining.job import JobRun
from assay.retraining.read_signals import read_signals
from assay.retraining.rows import runs
from assay.retraining.settings import RetrainSettings
from assay.retraining.step import ENDS, VERDICT, StepContext
from assay.review.labels.selection import ClientShare, select_labels

MONTHS = tuple(range(1, 13))
DRIFT_MONTH, JUDGED = 5, tuple(range(7, 13))
BUDGET = 600
"""Labels of a year."""
SHARES = (0.3, 0.047, 0.093, 0.233)
"""Of what comes before the drift: train, val, calib, test; the rest comes in months 1 to 4."""
FIRST_POLY = 0.4
MARGIN, LEVEL = 0.05, 0.05
"""Accuracy that may be lost on the frozen test set, and the level at which that is excluded."""
SETTINGS = RetrainSettings(schedule="0 2 1 * *", alert_labels=50, labels=10_000)


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of cells: what the first model is made of, what comes in each month, and labels that an alert asks for."""

    train: np.ndarray
    val: np.ndarray
    calib: np.ndarray
    test: np.ndarray
    months: dict[int, np.ndarray]
    a_month: int


def split_cells(cells: Cells, seed: int) -> Split:
    """What the first model is made of, months 1 to 4, and from month 5 on cells through the other camera.

    Cells that look alike stay together, and no cell comes twice. Where poly cells are there as they are too, some
    (`FIRST_POLY`) belong to what comes first.
    """
    rng = np.random.default_rng([seed, 12])
    groups = np.unique(cells.groups)
    lot, first = (dict(zip(groups, rng.permutation(len(groups)) / len(groups), strict=True)) for _ in range(2))
    place = np.array([lot[group] for group in cells.groups])
    order = np.lexsort((np.arange(len(place)), place))
    mixed = (cells.kind == POLY_CELL).any()
    is_first = np.array([mixed and first[group] < FIRST_POLY for group in cells.groups])
    late = (cells.kind == CAMERA_CELL) & ~is_first
    early = (cells.kind != CAMERA_CELL) & ((cells.kind != POLY_CELL) | is_first)
    before, after = order[early[order]], order[late[order]]
    ends = np.cumsum([round(share * len(before)) for share in SHARES])
    train, val, calib, test, rest = np.split(before, _between_groups(cells.groups[before], ends))
    months = np.split(rest, _between_groups(cells.groups[rest], len(rest) * np.arange(1, 4) // 4))
    months += np.split(after, _between_groups(cells.groups[after], len(after) * np.arange(1, 8) // 8))
    return Split(train, val, calib, test, dict(zip(MONTHS, months, strict=True)), 75 if mixed else 150)


def _between_groups(groups: np.ndarray, ends: np.ndarray) -> list[int]:
    """The ends moved on to where a group ends."""
    moved = []
    for end in ends:
        while 0 < end < len(groups) and groups[end] == groups[end - 1]:
            end += 1
        moved.append(int(end))
    return moved


@dataclass
class YearClock:
    """The year's own clock, for due dates and leases."""

    at: datetime
    lived: float = 0.0

    def now(self) -> datetime:
        """The present of the year."""
        return self.at

    def elapsed(self) -> float:
        """Seconds of work, which take none of the year's time."""
        return self.lived

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.at += timedelta(seconds=seconds)
        self.lived += seconds

    def wait(self, ended: threading.Event, seconds: float) -> bool:
        """Until a step has ended: nobody else works on this store."""
        return ended.wait()


@dataclass(frozen=True)
class StepOf:
    """A step of retraining."""

    name: str
    work: Any

    def run(self, context: StepContext) -> dict[str, Any]:
        """Do it."""
        return self.work(context)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Month:
    """What came of a month.

    Attributes:
        month: from 1.
        version: of the model that answered.
        accuracy: of its answers about all cells of the month, by their true classes.
        labels: reviewed in the month.
        drift: verdict of the look; "" where nobody watches.
        alerts: that stand at its end.
        retraining: how the month's retraining ended, with its reason.
    """

    month: int
    version: str
    accuracy: float
    labels: int
    drift: str
    alerts: int
    retraining: str


@dataclass
class Year:
    """A service from January to December.

    Attributes:
        arm: "no loop"; "loop": alerts ask for labels, of unsure answers and as many at random; "random": as many labels
            in the same months, all at random; "unwatched": nobody watches, and labels at random come all year.
    """

    cells: Cells
    split: Split
    arm: str
    seed: int
    folder: Path
    learned: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = Service(self.folder, np.random.default_rng([self.seed, 9]))
        self.draw = np.random.default_rng([self.seed, 3])
        self.calib, self.test = (self.cells.rows(rows) for rows in (self.split.calib, self.split.test))
        self.clock = YearClock(datetime(2025, 1, 1, 2, 30, tzinfo=UTC))
        self.job = RetrainJob("monthly", SETTINGS, self._steps(), self.folder / "retrain", self._signals)
        coming = np.concatenate([self.split.months[month] for month in MONTHS])
        self.row_of = {str(self.cells.ids[row]): int(row) for row in coming}
        self.head = self._train([], np.zeros(0), "1")
        self.profile = self._profile()

    def months(self) -> list[Month]:
        """Live through it."""
        if self.arm != "no loop":
            due(self.service.store, self.job, self.clock)  # the job begins now
        return [self._month(month) for month in MONTHS]

    def _month(self, month: int) -> Month:
        start = datetime(2025, month, 1, 3, tzinfo=UTC)
        rows, version = self.split.months[month], self.head.version
        predictions = self.head.predictions(self.cells.rows(rows), "test")
        accuracy = float((predictions.logits.argmax(axis=1) == predictions.labels).mean())
        if self.arm == "no loop":
            return Month(month, version, accuracy, 0, "", 0, "")
        projection: Projection | None = None if self.profile is None else self.profile.projection
        ids = self.service.answer(self.head, projection, self.cells, rows, start)
        verdict, alerts = "", []
        if self.arm != "unwatched":
            look = self.service.look(self.head, self.profile, start + timedelta(days=27)).look
            verdict = str(look.report.get("drift", {}).get("verdict", "")) if look is not None else ""
            with self.service.store.reading() as connection:
                alerts = standing_alerts(connection)
                loud = [each.prediction for alert in alerts for each in speaking_answers(connection, alert.id)]
        else:
            loud = []
        before = self.service.labelled
        for source, chosen in self._asked(ids, loud, watched=bool(alerts)).items():
            self.service.review(chosen, source, self.cells, start + timedelta(days=28 - 0.5))
        following = datetime(2025 + month // 12, month % 12 + 1, 1, 2, 30, tzinfo=UTC)
        self.clock.at = following
        result = due(self.service.store, self.job, self.clock)
        ended = "; ".join(f"{run.verdict or run.state}: {run.reason}" for run in result.runs) or result.waits
        return Month(month, version, accuracy, self.service.labelled - before, verdict, len(alerts), ended)

    def _asked(self, ids: list[str], loud: list[str], *, watched: bool) -> dict[str, list[str]]:
        """Which answers people look at, by why."""
        left = BUDGET - self.service.labelled
        if self.arm == "unwatched":
            return {"random": self._drawn(ids, min(left, BUDGET // 12))}
        count = min(left, self.split.a_month) if watched else 0
        if self.arm == "random":
            return {"random": self._drawn(ids, count)}
        mine = set(ids)
        unsure = list(dict.fromkeys(name for name in loud if name in mine))[: count // 2]
        others = [name for name in ids if name not in set(unsure)]
        return {"drift": unsure, "random": self._drawn(others, count - len(unsure))}

    def _drawn(self, ids: list[str], count: int) -> list[str]:
        return [str(name) for name in self.draw.choice(ids, min(count, len(ids)), replace=False)] if count > 0 else []

    def _signals(self, connection: Any, since: str) -> Any:
        return read_signals(connection, since, pictures=self.service.pictures, count=self.split.a_month)

    def _steps(self) -> list[StepOf]:
        works = {"labels": self._labels, "train": self._fit, "gate": self._gate, "promote": self._promote}
        return [StepOf(name, partial(work)) for name, work in works.items()]

    def _labels(self, context: StepContext) -> dict[str, Any]:
        most = ClientShare(0.2, len(self.split.train))
        chosen = select_labels(self.service.store, self.service.pictures, "train", most=most).gathered.labels
        table = [(label.picture, label.label, label.weight) for label in chosen]
        return {"labels": table} if table else {ENDS: "no labels"}

    def _fit(self, context: StepContext) -> dict[str, Any]:
        table = context.results["labels"]["labels"]
        self.learned = [self.row_of[picture] for picture, _, _ in table]
        assert not {*self.learned} & {*self.split.test.tolist(), *self.split.calib.tolist()}
        said = np.array([self.head.class_names.index(label) for _, label, _ in table])
        self.candidate = self._train(self.learned, np.array([weight for *_, weight in table]), self._next(), said)
        return {"train": len(self.split.train) + len(table)}

    def _train(self, rows: list[int], weights: np.ndarray, version: str, said: np.ndarray | None = None) -> Head:
        chosen = self.cells.rows(np.concatenate([self.split.train, np.array(rows, dtype=np.int64)]))
        if said is not None:
            chosen = replace(chosen, labels=np.concatenate([self.cells.labels[self.split.train], said]))
        counts = np.concatenate([np.ones(len(self.split.train)), weights])
        return train_head(chosen, counts, self.cells.rows(self.split.val), self.calib, version)

    def _gate(self, context: StepContext) -> dict[str, Any]:
        sides = [each.calibrator.applied(each.predictions(self.test, "test")) for each in (self.head, self.candidate)]
        (gain,) = gains(sides[0], sides[1], ["accuracy"], level=LEVEL)
        passed = gain.gain.low is not None and gain.gain.low > -MARGIN
        words = {"gain": gain.gain.value, "at_least": gain.gain.low}
        return words if passed else {**words, ENDS: "not shown to be no worse on the frozen test set", VERDICT: "kept"}

    def _promote(self, context: StepContext) -> dict[str, Any]:
        context.hold()
        self.head = self.candidate
        self.profile = self._profile()
        return {VERDICT: "promoted"}

    def _profile(self) -> Profile | None:
        return self.head.profile(self.calib, self.test) if self.arm in ("loop", "random") else None

    def _next(self) -> str:
        return str(int(self.head.version) + 1)

    def retrainings(self) -> list[JobRun]:
        """All runs of the job."""
        with self.service.store.reading() as connection:
            return runs(connection, self.job.name)
