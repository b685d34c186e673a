"""`assay train -m`: every combination of the values that were typed, as children of one parent run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.config.compose import compose
from assay.config.quoting import in_override
from assay.errors import AssayError, StudyError
from assay.failures import message_of
from assay.output import say
from assay.program import ways_on
from assay.run.workspace import recording_store
from assay.sweep.jobs.numbered import job_label
from assay.tracking.parent import VARIABLE, inherited_parent
from assay.tracking.tags import JOB_VARIABLE

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

OF_HYDRA = ("hydra.", "+hydra.", "++hydra.")
Words = list[str]
Launch = Callable[[list[Words], int], Sequence[Any]]


class JobsGoOn(KeyboardInterrupt):
    """The command was interrupted, and its jobs stay where they are: a cluster has them in its queue."""


def multirun(batches: Sequence[Sequence[Words]], folder: Path, launch: Launch) -> list[Any]:
    """Run every job, and only then say which of them failed; gives Hydra's `JobReturn` of each, in order.

    Args:
        batches: of jobs, one after the other; a job is its overrides.
        folder: of the multirun; no other has the same.
        launch: runs a batch, given the jobs and the number of the first.

    Raises:
        StudyError: one job or more has failed; the message names each with its overrides.
    """
    from assay.tracking.interrupt import termination_raises

    store = recording_store(compose(batches[0][0]))
    results: list[Any] = []
    jobs = [job for batch in batches for job in batch]
    words = [telling(job, jobs) for job in jobs]
    labels = [job_label(number, len(jobs), each) for number, each in enumerate(words, 1)]
    with termination_raises(), _parent(store, folder) as parent:
        for batch in batches:
            first = len(results)
            given = [
                [*job, handed(VARIABLE, parent), handed(JOB_VARIABLE, label)]
                for job, label in zip(batch, labels[first:], strict=False)
            ]
            results += launch(given, first)
    if not inherited_parent():
        _show_jobs(store, parent, words, results)
    _conclude(results, words, parent)
    return results


def handed(variable: str, value: str) -> str:
    """The override that sets an environment variable for a job, whichever process and machine it runs on."""
    return f"++hydra.job.env_set.{variable}={in_override(value)}"


@contextmanager
def _parent(store: TrackingStore, folder: Path) -> Iterator[str]:
    """The parent run of all jobs, made before the first one starts; it ends as they ended."""
    if inherited := inherited_parent():
        yield inherited
        return
    parent = store.start_parent(f"multirun {folder.name}", str(folder.absolute()))
    try:
        yield parent
    except JobsGoOn:
        raise
    except BaseException:
        store.mark_dead_runs()  # jobs that ended with their launcher, without a word
        store.finish_parent(parent)
        raise
    store.finish_parent(parent)


def _show_jobs(store: TrackingStore, parent: str, words: Sequence[str], results: Sequence[Any]) -> None:
    """Print the table of all jobs; that it cannot be made ends no multirun."""
    from hydra.core.utils import JobStatus

    from assay.errors import TrackingError
    from assay.sweep.jobs.table import jobs_table
    from assay.terminal import terminal
    from assay.tracking.listing import children_of

    states = ["finished" if result.status == JobStatus.COMPLETED else "failed" for result in results]
    try:
        records = children_of(store, parent)
    except TrackingError as error:
        say(f"the runs of the jobs cannot be looked up: {error}", to_stderr=True)
        records = []
    terminal().print(jobs_table(words, states, records))


def _conclude(results: Sequence[Any], words: Sequence[str], parent: str) -> None:
    from hydra.core.utils import JobStatus

    failed = [number for number, result in enumerate(results) if result.status != JobStatus.COMPLETED]
    if not failed:
        say(f"\n{len(results)} jobs finished, children of run {parent}")
        return
    lines = [f"{len(failed)} of {len(results)} jobs failed; all runs are children of run {parent}"]
    errors = [results[number]._return_value for number in failed]
    for number, error in zip(failed, errors, strict=True):
        lines.append(f"  job {number + 1} ({words[number]}): {described(error)}")
        lines += [f"    {note}" for note in ways_on(error)]
    raise StudyError("\n".join(lines)) from errors[0]


def telling(job: Sequence[str], jobs: Sequence[Sequence[str]]) -> str:
    """The overrides that tell a job from others; all of them when there is no other."""
    own = [word for word in job if not word.startswith(OF_HYDRA)]
    same = set[str]().union(own).intersection(*jobs)
    return " ".join(word for word in own if word not in same or len(jobs) == 1)


def described(error: BaseException) -> str:
    """An error in a line, with its kind where that says something."""
    if isinstance(error, StudyError):
        return str(error)
    known = None if isinstance(error, AssayError) else message_of(error)
    return known or f"{type(error).__name__}: {error}"
