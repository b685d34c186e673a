"""`assay study`: many trainings that make one answer; what is there is reused."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay.config.compose import compose
from assay.config.door import plain
from assay.config.recorded import refuse_unoffered
from assay.errors import ConfigError, StudyError
from assay.evaluation.catalogue import MAIN
from assay.output import say
from assay.run.shared_objects import sharing
from assay.run.workspace import recording_store
from assay.studies.study.plan import Plan, Planned, Variant, read_plan
from assay.studies.study.preview import StudyPreview, preview
from assay.studies.study.request import StudyRequest

if TYPE_CHECKING:
    from assay.comparison import Comparison
    from assay.studies.result import StudyResult
    from assay.studies.study.runs import Ended, Runs
    from assay.tracking.store import TrackingStore

PATIENCE = 24 * 3600.0
FEWEST = 4


@dataclass(frozen=True)
class Studied:
    """What the command leaves.

    Attributes:
        folder: pages and tables.
        result: what came out.
        comparison: of the variants with the baseline; None with a single variant.
        parent: run id of the study.
    """

    folder: Path
    result: StudyResult
    comparison: Comparison | None
    parent: str


def run_or_plan(asked: StudyRequest) -> Studied | StudyPreview:
    """What `assay study` does: the plan, with what is there, where only that is asked for, else the study.

    Raises:
        AssayError: as for `study`.
    """
    return preview(_checked_plan(asked), _best) if asked.plan else study(asked)


def study(asked: StudyRequest) -> Studied:
    """Train what is missing, compare, write pages and tables, record them.

    Raises:
        AssayError: the plan cannot work, the store does not answer, or the baseline came to nothing.
    """
    plan = _checked_plan(asked)
    store = _store(plan)
    folder = Path(asked.output).expanduser() if asked.output else store.work.parent / "studies" / asked.name

    from assay.studies.study.collect import collect
    from assay.studies.study.files import write
    from assay.studies.study.runs import Runs
    from assay.studies.study.synthetic import decide_synthetic, uses_generated

    with _recorded(store, asked.name) as parent, sharing():
        ended = _train(plan, Runs(store, asked.name, parent))
        collected = collect(asked.name, plan, ended)
        synthetic = None
        if uses_generated(plan):
            synthetic = decide_synthetic(plan, collected)
            collected = replace(collected, result=synthetic.added_to(collected.result))
        write(folder, collected, store, parent, command=asked.command)
        if synthetic is not None:
            synthetic.record(folder, store, parent)
    return Studied(folder, collected.result, collected.comparison, parent)


def _checked_plan(asked: StudyRequest) -> Plan:
    """Every variant is composed and checked before the first one is trained."""
    from assay.studies.study.runs import composed

    plan = read_plan(asked.recipe, asked.study, asked.common)
    if any(variant.each_generator for variant in plan.variants):
        from assay.studies.study.synthetic import generators

        plan = plan.per_generator(generators(plan))
    seed, fold = plan.places[0]
    for variant in plan.variants:
        for lender in variant.best_of or ("",):
            config = composed(plan.training(variant, seed, fold, _lent(plan, lender)))
            try:
                refuse_unoffered(plain(config), typed=(*asked.study, *asked.common))
            except ConfigError as error:
                raise ConfigError(f"variant {variant.name}: {error}") from error
    return plan


def _store(plan: Plan) -> TrackingStore:
    return recording_store(compose(plan.common))


def _lent(plan: Plan, lender: str) -> tuple[str, ...]:
    return next((variant.overrides for variant in plan.variants if variant.name == lender), ())


@contextmanager
def _recorded(store: TrackingStore, name: str) -> Iterator[str]:
    """The parent run of the study's trainings; it ends as the study did."""
    from assay.tracking.interrupt import termination_raises
    from assay.tracking.parent import under

    parent = store.start_parent(name, f"study {name}", tags={"assay.study": name})
    ended = "KILLED"
    try:
        with termination_raises(), under(parent):
            yield parent
        ended = "FINISHED"
    except Exception:
        ended = "FAILED"
        raise
    finally:
        if store.finish_parent(parent) != "RUNNING":
            store.client.set_terminated(parent, ended)


def _train(plan: Plan, runs: Runs) -> list[Ended]:
    """All trainings, seed by seed, so that whenever it ends the variants have the same seeds; the waiting ones last."""
    first = [
        plan.training(variant, *place) for place in plan.places for variant in plan.variants if not variant.best_of
    ]
    total = len(plan.places) * len(plan.variants)
    ended = _each(first, runs, total, 0)
    waiting = {variant: _best(variant, ended) for variant in plan.variants if variant.best_of}
    in_vain = [
        _in_vain(plan.training(variant, *place), variant)
        for place in plan.places
        for variant, best in waiting.items()
        if best is None
    ]
    last = [
        plan.training(variant, *place, _lent(plan, best))
        for place in plan.places
        for variant, best in waiting.items()
        if best is not None
    ]
    return [*ended, *in_vain, *_each(last, runs, total, len(ended) + len(in_vain))]


def _in_vain(planned: Planned, variant: Variant) -> Ended:
    """A training whose overrides nobody could lend."""
    from assay.studies.result import Training
    from assay.studies.study.runs import Ended

    why = f"none of {', '.join(variant.best_of)} ended well"
    _say(f"{planned}: failed: {why}")
    return Ended(planned, Training(planned.seed, planned.fold, None, error=why), None)


def _each(planned: Sequence[Planned], runs: Runs, total: int, before: int) -> list[Ended]:
    from assay.studies.study.runs import Busy

    ended: list[Ended] = []
    busy: list[Planned] = []
    for patience, these in ((0.0, list(planned)), (PATIENCE, busy)):
        for training in these:
            start = time.monotonic()
            try:
                ended.append(runs.get(training, patience=patience))
            except Busy:
                busy.append(training)
                continue
            _say(f"{before + len(ended)}/{total}  {training}: {_told(ended[-1], time.monotonic() - start)}")
            _refuse_hopeless(ended)
    return ended


def _told(ended: Ended, seconds: float) -> str:
    if ended.run is None:
        return f"failed: {ended.training.error}"
    how = f"trained in {seconds:.0f} s" if ended.trained else "there already"
    return f"{how}, run {ended.run.record.run_id[:8]}"


def _refuse_hopeless(ended: Sequence[Ended]) -> None:
    failed = [training for training in ended if training.run is None]
    if len(failed) >= FEWEST and 2 * len(failed) > len(ended):
        raise StudyError(
            f"{len(failed)} of {len(ended)} trainings failed; the last, {failed[-1].planned}: "
            f"{failed[-1].training.error}. What ended well is kept; the same command goes on"
        )


def _best(variant: Variant, ended: Sequence[Ended]) -> str | None:
    """The variant with the highest mean macro-F1 on val, never on test; None when none of them ended well."""
    from assay.run.recorded_run import RecordedRun

    scores: dict[str, list[float]] = {}
    for training in ended:
        if training.run is not None and training.planned.variant in variant.best_of:
            evidence = RecordedRun(training.run.record).evidence
            scores.setdefault(training.planned.variant, []).append(evidence.other_splits["val"][MAIN] or 0.0)
    if not scores:
        return None
    best = max(scores, key=lambda name: sum(scores[name]) / len(scores[name]))
    _say(f"{variant.name}: the best on val is {best}")
    return best


def _say(text: str) -> None:
    say(text, to_stderr=True)
