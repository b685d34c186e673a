"""ExperimentReport: what an experiment has shown so far; written as JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.comparison import Comparison
from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement
from assay.spreadsheet import save_csv

SCHEMA_VERSION = 1
Outcome = Literal["better", "worse", "open", "unknown"]
COLUMNS = ("what", "champion", "rival", "value", "low", "high", "n", "p", "method", "words")


@dataclass(frozen=True)
class ArmReport:
    """What one arm has done.

    Attributes:
        arm: "champion", "challenger" or "shadow".
        model: name and version; "" where nothing was answered.
        bundle: hex sha256; "" where nothing was answered.
        requests: that it was given.
        pictures: that it has answered.
        keys: that asked.
        failing: share of the requests that it failed at.
        to_a_person: share of its pictures that a person should look at.
        median_ms: milliseconds of the engine, without those from memory.
        p95_ms: within which 95 % are.
    """

    arm: str
    model: str
    bundle: str
    requests: int
    pictures: int
    keys: int
    failing: Measurement
    to_a_person: Measurement
    median_ms: Measurement
    p95_ms: Measurement


@dataclass(frozen=True)
class Agreement:
    """How often a shadow says what the champion said.

    Attributes:
        same: share of the pictures with the same class.
        same_for_a_person: share of the pictures that both or neither hand to a person.
        labels: the champion's class, the shadow's, and how many pictures; the most frequent first.
    """

    same: Measurement
    same_for_a_person: Measurement
    labels: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class ExperimentFinding:
    """Who is right more often.

    Attributes:
        outcome: "better" or "worse" is the rival, "open" where chance does as much, "unknown" without labels.
        words: the same in a sentence.
        champion, rival: share of reviewed answers that are right; None where nothing was reviewed.
        always: the difference, rival minus champion, with an interval that holds at every look.
        once: the same with the interval for one look, planned before.
        p: of that one look, two-sided.
        unit: "pictures" or "keys".
        needed_to_settle: units altogether at which the interval that holds at every look leaves out 0, were the
            difference what it is now; None where nothing is known, no number does, or it does already.
        needed_for_power: units altogether with which one look finds a difference like this with 80 % power.
        needed_for_width: units altogether for an interval of the wanted width that holds at every look.
        width: that is wanted.
    """

    outcome: Outcome
    words: str
    champion: float | None
    rival: float | None
    always: Measurement
    once: Measurement
    p: float | None
    unit: str
    needed_to_settle: int | None
    needed_for_power: int | None
    needed_for_width: int | None
    width: float


@dataclass(frozen=True)
class ExperimentReport:
    """What an experiment has shown.

    Attributes:
        name: of the experiment.
        share: of the keys that a challenger answers; 1 for a shadow.
        state: "goes on", "stopped", or "ended" with its service.
        why: it was stopped; else "".
        since: when it began first, UTC.
        until: time of the newest answer; "" for none.
        champion, rival: the arms.
        reviewed: pictures whose label is known and that count.
        finding: who is right more often.
        agreement: of a shadow; None with a challenger.
        comparison: of a shadow's reviewed pictures, for one look; None where there are none.
        confidence: level of intervals.
        notes: what has to be kept in mind.
    """

    name: str
    share: float
    state: str
    why: str
    since: str
    until: str
    champion: ArmReport
    rival: ArmReport
    reviewed: int
    finding: ExperimentFinding
    agreement: Agreement | None
    comparison: Comparison | None
    confidence: float
    notes: tuple[str, ...]

    def rows(self) -> Iterator[dict[str, object]]:
        """The main table: what differs, and what each arm has done; what is undefined is empty."""
        finding = self.finding
        sides = {"champion": finding.champion, "rival": finding.rival}
        yield _row("accuracy, every look", finding.always, **sides, words=finding.words)
        yield _row("accuracy, one look", finding.once, **sides, p=finding.p)
        for arm in (self.champion, self.rival):
            for name in ("failing", "to_a_person", "median_ms", "p95_ms"):
                yield _row(f"{arm.arm} {name}", getattr(arm, name))
        if self.agreement is not None:
            yield _row("same class", self.agreement.same)
            yield _row("same for a person", self.agreement.same_for_a_person)

    def save_json(self, path: Path) -> None:
        """Write everything, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    def save_csv(self, path: Path) -> None:
        """Write the main table, for a spreadsheet."""
        save_csv(path, COLUMNS, self.rows())

    @classmethod
    def load(cls, path: Path) -> ExperimentReport:
        """Read what `save_json` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "report of an experiment", schema=SCHEMA_VERSION)


def _row(what: str, measured: Measurement, **more: object) -> dict[str, object]:
    values = {"what": what, **{name: getattr(measured, name) for name in ("value", "low", "high", "n", "method")}}
    return {name: "" if (value := {**values, **more}.get(name)) is None else value for name in COLUMNS}
