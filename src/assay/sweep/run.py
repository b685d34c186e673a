"""`assay train -m hydra/sweeper=optuna`: trial after trial in this process, each a child of one parent run."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.config.compose import compose
from assay.errors import AssayError, ConfigError, StudyError, did_you_mean
from assay.models.pruning import Pruned, trial_of
from assay.output import say
from assay.run.shared_objects import sharing
from assay.run.val_only import ONLY_VAL, default_of_searches, with_evidence
from assay.run.workspace import recording_store
from assay.sweep.conditional import WrongDraw
from assay.sweep.handed_on import VARIABLE as TRIAL
from assay.sweep.handed_on import hand_on
from assay.sweep.jobs.multirun import handed
from assay.sweep.search_space import SearchSpace
from assay.sweep.settings import SweepSettings
from assay.sweep.worker_processes import EndedWorker, Worker, WorkerProcesses, this_worker
from assay.sweep.workers import command_of_workers, started_workers
from assay.tracking.parent import VARIABLE

if TYPE_CHECKING:
    from assay.sweep.study import Study
    from assay.sweep.summary import StudySummary
    from assay.sweep.trial import RunningTrial
    from assay.tracking.run import TrackedRun
    from assay.tracking.store import TrackingStore

Launch = Callable[[list[str], int], Any]

_log = logging.getLogger(__name__)


def sweep(settings: SweepSettings, space: SearchSpace, name: str, folder: Path, launch: Launch) -> StudySummary:
    """Run trials until there are as many as the settings say, over all starts and processes; gives what came out.

    With several workers, this process starts the others, takes trials too, and shows the summary when all have ended.

    Args:
        settings: how.
        space: what is searched.
        name: of the study.
        folder: of the sweep; the same for every start.
        launch: runs one job, given its overrides and number, and gives Hydra's `JobReturn`.

    Raises:
        ConfigError: the study cannot work, whatever the trial.
        StudyError: more trials failed than the settings allow, or none came to an end.
    """
    from assay.sweep.study import open_study
    from assay.sweep.summary import summarise
    from assay.tracking.interrupt import termination_raises

    measured = default_of_searches(space.fixed, list(space.dimensions), settings.metrics)
    space = replace(space, fixed=(*space.fixed, *measured))
    worker = this_worker()
    command = command_of_workers(name, folder) if settings.workers > 1 else []
    with open_study(name, space, settings, folder) as study, termination_raises(), sharing():
        store = recording_store(compose(space.fixed))  # marks a parent as dead too: it is taken up again as ours
        if worker.number:
            _take_trials(study, launch, folder, worker)
            return summarise(study)
        with _parent(store, study, settings.storage or str(folder.absolute()), folder):
            with started_workers(command, max(1, min(settings.workers, study.left())), folder) as processes:
                _take_trials(study, launch, folder, worker, processes)
                while ended := processes.wait():
                    _report(ended, worker)
                    _take_trials(study, launch, folder, worker, processes)  # that of a worker that was killed
            summary = summarise(study)
            _show(summary, study)
            if not summary.best and not summary.counts.get("running"):
                raise StudyError(f"{name}: none of the trials came to an end; there is nothing to choose from")
    return summary


def _take_trials(
    study: Study, launch: Launch, folder: Path, worker: Worker, processes: WorkerProcesses | None = None
) -> None:
    """Run trials until none is left for this process, or the process that started it is gone."""
    while not worker.is_left_alone and (trial := study.next_trial()):
        _run(study, trial, launch, folder, worker)
        _report([] if processes is None else processes.ended(), worker)


def _report(ended: Sequence[EndedWorker], worker: Worker) -> None:
    for each in ended:
        if each.code != 0:
            worker.say(str(each))


def _run(study: Study, trial: RunningTrial, launch: Launch, folder: Path, worker: Worker) -> None:
    """One trial; whatever happens to it, the study knows."""
    try:
        study.draw_conditional(trial)
        words = [*study.space.overrides(trial.point, trial.also), f"hydra.sweep.dir='{folder}'"]
        words += [handed(VARIABLE, os.environ[VARIABLE]), handed(TRIAL, hand_on(trial, study.settings, folder))]
        varied = [*(f"{key}={value}" for key, value in trial.point.items()), *trial.also]
        say(f"trial {trial.number}: {' '.join(varied)}", to_stderr=True)
        with trial_of(trial):
            result = launch(words, trial.number)
        # `return_value` would print an error of Hydra's own before it raises.
        answer = result._return_value
        if isinstance(answer, BaseException):
            raise answer
        values = _values(answer, study.settings.metrics)
    except Pruned as reason:
        study.pruned(trial)
        worker.say(str(reason))
    except (WrongMetric, WrongDraw) as error:
        study.failed(trial, str(error))
        raise ConfigError(str(error)) from None
    except Exception as error:
        why = str(error) if isinstance(error, AssayError) else f"{type(error).__name__}: {error}"
        _log.debug("trial %d", trial.number, exc_info=error)
        study.failed(trial, why)
        worker.say(f"trial {trial.number} failed: {why}")
    except BaseException:
        study.interrupted(trial)
        raise
    else:
        study.succeeded(trial, values)
        named = zip(study.settings.metrics, values, strict=True)
        worker.say(f"trial {trial.number} ended: {'  '.join(f'{name} {value:.4f}' for name, value in named)}")


class WrongMetric(Exception):  # noqa: N818
    """The job gives no such metric, and will not in another trial either."""


def _values(answer: Any, metrics: Sequence[str]) -> list[float]:
    """What is optimised, out of what a job returned: a number, or numbers by name."""
    if not isinstance(answer, Mapping):
        if len(metrics) != 1 or not isinstance(answer, (int, float)):
            raise WrongMetric(f"hydra.sweeper.metrics: the job gave {answer!r}, not {', '.join(metrics)}")
        return [float(answer)]
    for metric in metrics:
        if metric not in answer:
            raise WrongMetric(f"hydra.sweeper.metrics: {metric}: no such metric; {did_you_mean(metric, answer)}")
    return [float(answer[metric]) for metric in metrics]


@contextmanager
def _parent(store: TrackingStore, study: Study, folder_name: str, folder: Path) -> Iterator[None]:
    """The parent run of all trials; it holds the study's table, best trial and page, however the sweep ends."""
    from assay.sweep.summary import summarise
    from assay.tracking.parent import under
    from assay.tracking.run import TrackedRun

    name = study.optuna.study_name
    parent = store.start_parent(name, f"{folder_name} {name}", tags={"assay.study": name})
    ended = "KILLED"
    try:
        with under(parent):
            yield
        ended = "FINISHED"
    except Exception:
        ended = "FAILED"
        raise
    finally:
        run = TrackedRun(store, parent, name)
        _record(run, summarise(study))
        if store.finish_parent(parent) != "RUNNING":
            store.client.set_terminated(parent, ended)
        _write_pages(run, study, folder)


def _write_pages(run: TrackedRun, study: Study, folder: Path) -> None:
    """Write the sweep's page and figures and store them; what goes wrong here costs no sweep its result."""
    from assay.database.locks import file_lock
    from assay.sweep.report import FIGURES, PAGE, write_report
    from assay.sweep.summary import summarise

    try:
        with file_lock(folder / ".report.lock"):  # of several workers, the last has seen all trials
            summary = summarise(study)
            if summary.table.empty:
                return
            write_report(folder, study, summary)
            run.log_artifact(folder / PAGE)
            if (folder / FIGURES).exists():
                run.log_artifact(folder / FIGURES)
    except Exception as error:
        _log.debug("page of the sweep", exc_info=error)
        say(f"the page of the sweep could not be written: {type(error).__name__}: {error}", to_stderr=True)
    else:
        say(f"  page   {folder / PAGE}")


def _record(run: TrackedRun, summary: StudySummary) -> None:
    counts = {f"trials/{state}": count for state, count in summary.counts.items()}
    run.log_metrics({**counts, "trials/seconds_saved_by_pruning": summary.seconds_saved})
    if not summary.table.empty:
        run.log_table(summary.table, "trials")
    if summary.best:
        run.set_tags({"assay.best": "; ".join(f"{best.number}: {' '.join(best.overrides)}" for best in summary.best)})
    if len(summary.best) == 1:
        (best,) = summary.best
        run.set_tags({"assay.best_trial": best.number, "assay.best_run": best.run_id or "none"})
        run.log_metrics({f"best/{name}": value for name, value in best.values.items()})


def _show(summary: StudySummary, study: Study) -> None:
    counts = ", ".join(f"{count} {state}" for state, count in summary.counts.items())
    say(f"\n{summary.study}: {counts} of {study.total} trials")
    if summary.counts.get("pruned"):
        say(f"  pruning saved about {summary.seconds_saved:.0f} s")
    if len(summary.best) > 1:
        say(f"  {len(summary.best)} trials that no other beats in every metric (Pareto front):")
    for best in summary.best:
        values = "  ".join(f"{name} {value:.4f}" for name, value in best.values.items())
        say(f"  trial {best.number}  {values}  {' '.join(best.overrides)}")
        if best.run_id:
            say(f"    run {best.run_id}")
        if ONLY_VAL in study.space.fixed:
            say(f"    its evidence: {with_evidence([*study.space.fixed, *best.overrides])}")
    sys.stdout.flush()
