"""Decision: what was chosen, what was not, and why; written as JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement
from assay.spreadsheet import save_csv
from assay.studies.decision.choose import Step
from assay.studies.decision.criterion import Criterion
from assay.studies.decision.front import Dominance
from assay.studies.decision.judge import Judgement

SCHEMA_VERSION = 1
Role = Literal["chosen", "runner-up", "not eligible"]
COLUMNS = (
    "place",
    "variant",
    "role",
    "front",
    "dominated_by",
    "metric",
    "class",
    "criterion",
    "value",
    "low",
    "high",
    "n",
    "state",
    "margin",
    "more_images",
    "why",
)


@dataclass(frozen=True)
class Objective:
    """One coordinate of the Pareto front.

    Attributes:
        metric: its name.
        measured: the variant's number; None where it has none.
    """

    metric: str
    measured: Measurement | None


@dataclass(frozen=True)
class Candidate:
    """A variant and what the policy makes of it.

    Attributes:
        name: for people.
        overrides: what sets it apart, as typed on a command line.
        trainings: that were asked for.
        failed: of these, that came to nothing.
        role: what became of it.
        judgements: one for each criterion.
        objectives: in the order of the policy.
        dominated: by whom, among all variants of the study; empty on the front.
        why: the reason for its role, as a sentence.
    """

    name: str
    overrides: tuple[str, ...]
    trainings: int
    failed: int
    role: Role
    judgements: tuple[Judgement, ...]
    objectives: tuple[Objective, ...]
    dominated: tuple[Dominance, ...]
    why: str

    @property
    def complete(self) -> bool:
        """Whether it has a value in every objective."""
        return all(
            objective.measured is not None and objective.measured.value is not None for objective in self.objectives
        )

    @property
    def on_front(self) -> bool:
        """Whether no variant of the study dominates it by value."""
        return self.complete and not self.dominated

    @property
    def certainly_dominated(self) -> bool:
        """Whether a variant dominates it with intervals apart."""
        return any(dominance.certain for dominance in self.dominated)

    def judgement(self, metric: str) -> Judgement | None:
        """On this metric's criterion; None where there is none."""
        return next((judgement for judgement in self.judgements if judgement.criterion.metric == metric), None)

    def objective(self, metric: str) -> Measurement | None:
        """The number in this objective."""
        return next((objective.measured for objective in self.objectives if objective.metric == metric), None)


@dataclass(frozen=True)
class Decision:
    """What a policy decides about a study.

    Attributes:
        study: its name.
        question: that the study was to answer.
        policy: name of the policy.
        purpose: the policy in a sentence; "" where its file begins without one.
        criteria: what was asked.
        objectives: what decided, the most important first.
        cost_tolerance: share by which costs had to differ.
        chosen: name of the variant to take; None when none is eligible.
        nearest: name of the variant that lacks least, when none is eligible.
        reason: of the choice, in sentences; that there is none, and what comes nearest to one.
        candidates: the chosen one, the others that keep every criterion in the order in which they would be chosen,
            then those that do not, the nearest first.
        steps: how the choice went.
        paired: whether the study's paired comparison was there as evidence.
        baseline: of the study.
        class_names: C names.
        n: test images.
        folds: of a cross-validation; None without one.
        confidence: level of the intervals.
        dataset: digest of the images and their division.
        notes: what has to be kept in mind.
    """

    study: str
    question: str
    policy: str
    purpose: str
    criteria: tuple[Criterion, ...]
    objectives: tuple[str, ...]
    cost_tolerance: float
    chosen: str | None
    nearest: str | None
    reason: str
    candidates: tuple[Candidate, ...]
    steps: tuple[Step, ...]
    paired: bool
    baseline: str
    class_names: tuple[str, ...]
    n: int
    folds: int | None
    confidence: float
    dataset: str
    notes: tuple[str, ...]

    @property
    def answer(self) -> str:
        """The decision in a few sentences; the first one names the variant."""
        return f"Take {self.chosen or 'none'}. {self.reason}"

    @property
    def eligible(self) -> tuple[Candidate, ...]:
        """Those that keep every criterion, the chosen one first."""
        return tuple(candidate for candidate in self.candidates if candidate.role != "not eligible")

    def candidate(self, name: str) -> Candidate:
        """The candidate of this name."""
        return next(candidate for candidate in self.candidates if candidate.name == name)

    def rows(self) -> Iterator[dict[str, object]]:
        """One flat row per variant, metric and class, keys as in `COLUMNS`; what is undefined is empty."""
        for place, candidate in enumerate(self.candidates, 1):
            by = "; ".join(f"{each.by}{'' if each.certain else ' (by value)'}" for each in candidate.dominated)
            about = (place, candidate.name, candidate.role, "yes" if candidate.on_front else "no", by)
            for judgement in candidate.judgements:
                criterion = judgement.criterion
                for part in judgement.parts:
                    judged: tuple[object, ...] = (part.state, part.margin, part.more_images)
                    yield _row(
                        about, criterion.metric, part.class_name, criterion.words, part.measured, judged, candidate.why
                    )
            for objective in candidate.objectives:
                if candidate.judgement(objective.metric) is None:
                    judged = ("", None, None)
                    yield _row(about, objective.metric, None, "", objective.measured, judged, candidate.why)

    def save_json(self, path: Path) -> None:
        """Write everything, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION, also={"answer": self.answer})

    def save_csv(self, path: Path) -> None:
        """Write the rows, for a spreadsheet."""
        save_csv(path, COLUMNS, self.rows())

    @classmethod
    def load(cls, path: Path) -> Decision:
        """Read what `save_json` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "decision", schema=SCHEMA_VERSION, also=("answer",))


def _row(
    about: tuple[object, ...],
    metric: str,
    class_name: str | None,
    bound: str,
    measured: Measurement | None,
    judged: tuple[object, ...],
    why: str,
) -> dict[str, object]:
    numbers = (None,) * 4 if measured is None else (measured.value, measured.low, measured.high, measured.n)
    values = (*about, metric, class_name, bound, *numbers, *judged, why)
    return {name: "" if value is None else value for name, value in zip(COLUMNS, values, strict=True)}
