"""Parent runs: one for a multirun, sweep or comparison, however many processes its children run in.

The first process makes the parent and hands its id to others in the environment variable `ASSAY_PARENT_RUN`; processes
that were started without it and share a key (the sweep's folder) on one machine end up with the same parent.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.database.locks import file_lock
from assay.environ import environment
from assay.files import digest_of
from assay.tracking.client import tracking_errors
from assay.tracking.process import process_tags, source_tags

if TYPE_CHECKING:
    from assay.tracking.connection import Connection

VARIABLE = "ASSAY_PARENT_RUN"
KEY = "assay.parent_key"
CHILDREN = "assay.children"


def inherited_parent() -> str | None:
    """The run id of the parent that this process was started under, None without one."""
    return os.environ.get(VARIABLE) or None


@contextmanager
def under(run_id: str) -> Iterator[None]:
    """Inside, runs of this process and of those that it starts are children of this run."""
    with environment({VARIABLE: run_id}):
        yield


def is_parent(tags: Mapping[str, str]) -> bool:
    """Whether these are the tags of a parent run."""
    return KEY in tags


def start_parent(store: Connection, name: str, key: str, *, tags: Mapping[str, str]) -> str:
    """Run id of the one parent run for `key`, status RUNNING: made when there is none, taken up when it has ended.

    Args:
        store: where the run is recorded.
        name: shown in the UI.
        key: the same for all jobs of a sweep and for no other sweep, e.g. the sweep's absolute folder.
        tags: e.g. those of `assay.tracking.environment`.
    """
    from assay.tracking.limits import legal_tags

    client, experiment = store.client, store.experiment_id
    digest = digest_of(key)
    remedy = "Nothing was started; try again"
    with file_lock(store.work / ".parents.lock"), tracking_errors("starting the parent run", store.uri, remedy):
        runs = client.search_runs(
            [experiment], f"tags.`{KEY}` = '{digest}'", max_results=1, order_by=["start_time ASC"]
        )
        if not runs:
            known = {**source_tags(tags.get("git_commit")), **process_tags(), **tags, KEY: digest}
            return str(client.create_run(experiment, tags=legal_tags(known), run_name=name).info.run_id)
        run = runs[0]
        if run.info.status != "RUNNING":
            for tag, value in process_tags().items():
                client.set_tag(run.info.run_id, tag, value)
            client.update_run(run.info.run_id, status="RUNNING")
        return str(run.info.run_id)


def finish_parent(store: Connection, run_id: str) -> str:
    """End the parent as its children ended, tag it with their counts, and return its status.

    RUNNING while a child is at work, else FAILED if one failed or there is none, else KILLED if one was killed, else
    FINISHED. A child that its sweep has given up (PRUNED) has done what it should.

    Raises:
        TrackingError: there is no such run.
    """
    from assay.tracking.tags import PRUNED

    client = store.client
    with tracking_errors("ending the parent run", store.uri, f"Its children are recorded; the parent is {run_id}"):
        # Jobs of one multirun may have other datasets, and with them other experiments.
        experiments = sorted({str(client.get_run(run_id).info.experiment_id), *store.experiment_ids})
        statuses: Counter[str] = Counter()
        token = None
        while True:
            page = client.search_runs(experiments, f"tags.mlflow.parentRunId = '{run_id}'", page_token=token)
            statuses.update("PRUNED" if PRUNED in run.data.tags else run.info.status for run in page)
            token = page.token
            if not token:
                break
        status = _earned(statuses)
        client.set_tag(
            run_id, CHILDREN, ", ".join(f"{count} {name}" for name, count in statuses.most_common()) or "none"
        )
        if status != "RUNNING":
            client.set_terminated(run_id, status)
    return status


def _earned(statuses: Counter[str]) -> str:
    if statuses["RUNNING"] or statuses["SCHEDULED"]:
        return "RUNNING"
    if statuses["FAILED"] or not statuses:
        return "FAILED"
    return "KILLED" if statuses["KILLED"] else "FINISHED"
