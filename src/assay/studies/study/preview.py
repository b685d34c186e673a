"""What a study would train, and what of it is there already; nothing is trained, and no store is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from assay.config.compose import compose
from assay.errors import AssayError
from assay.run.workspace import existing, is_absent, tracking_store
from assay.studies.study.plan import Plan, Planned, Variant

if TYPE_CHECKING:
    from assay.studies.study.runs import Ended, Runs

State = Literal["finished", "interrupted", "missing", "waiting", "unknown"]
Best = Callable[[Variant, "list[Ended]"], str | None]


@dataclass(frozen=True)
class PlannedTraining:
    """A training of a plan.

    Attributes:
        variant: its name.
        seed, fold: of the training; no fold without a cross-validation.
        state: "finished" is reused, "interrupted" goes on, "missing" is trained; "waiting" depends on variants that
            have not all been trained; "unknown" where nobody can say.
        run_id: of the run that is reused or goes on; "" for none.
        why: nobody can say; "" otherwise.
    """

    variant: str
    seed: int
    fold: int | None
    state: State
    run_id: str = ""
    why: str = ""


@dataclass(frozen=True)
class StudyPreview:
    """A plan, and what is there.

    Attributes:
        plan: what the study trains.
        trainings: all of them, variant by variant.
    """

    plan: Plan
    trainings: tuple[PlannedTraining, ...]

    def count(self, state: State) -> int:
        """Trainings that are so far."""
        return sum(training.state == state for training in self.trainings)


def preview(plan: Plan, best: Best) -> StudyPreview:
    """Look up every training of a plan.

    Args:
        plan: checked.
        best: the name of the variant that lends its overrides to one that waits, given what has ended.
    """
    from assay.studies.study.runs import Runs

    store = tracking_store(compose(plan.common))
    runs: Runs | None = None
    problem = ""
    if not is_absent(store):
        try:
            runs = Runs(existing(store), plan.name, "")
        except AssayError as error:
            problem = str(error)
    ended: list[Ended] = []
    trainings: dict[str, list[PlannedTraining]] = {}
    for variant in sorted(plan.variants, key=lambda variant: bool(variant.best_of)):
        lent: tuple[str, ...] = ()
        if variant.best_of:
            lenders = [training for name in variant.best_of for training in trainings[name]]
            if any(training.state != "finished" for training in lenders):
                trainings[variant.name] = [PlannedTraining(variant.name, *place, "waiting") for place in plan.places]
                continue
            name = best(variant, ended)
            lent = next(other.overrides for other in plan.variants if other.name == name)
        planned = [plan.training(variant, *place, lent) for place in plan.places]
        trainings[variant.name] = [_looked_up(training, runs, problem, ended) for training in planned]
    return StudyPreview(plan, tuple(training for variant in plan.variants for training in trainings[variant.name]))


def _looked_up(planned: Planned, runs: Runs | None, problem: str, ended: list[Ended]) -> PlannedTraining:
    about = planned.variant, planned.seed, planned.fold
    if runs is None:
        return PlannedTraining(*about, "unknown", why=problem) if problem else PlannedTraining(*about, "missing")
    from assay.studies.result import Training
    from assay.studies.study.runs import Ended

    try:
        run, run_id = runs.present(planned)
    except AssayError as error:
        return PlannedTraining(*about, "unknown", why=str(error))
    if run is None:
        return PlannedTraining(*about, "interrupted" if run_id else "missing", run_id)
    ended.append(Ended(planned, Training(planned.seed, planned.fold, run_id), run))
    return PlannedTraining(*about, "finished", run_id)
