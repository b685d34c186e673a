"""Runs that were killed without a word: the record says RUNNING, the process is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.tracking.client import tracking_errors
from assay.tracking.parent import finish_parent, is_parent
from assay.tracking.process import HOST, MACHINE, PID, is_gone, machine

if TYPE_CHECKING:
    from assay.tracking.connection import Connection

AT_MOST = 1000


def mark_dead_runs(store: Connection) -> list[str]:
    """Mark this machine's runs whose process is gone as KILLED, with an `error` tag that says so; return their ids.

    Looks at the newest 1,000 runs that say RUNNING. A run of another machine, or of another container
    on this one, is never touched: whether its process lives cannot be seen from here. A parent ends when none of its
    children is at work.
    """
    remedy = "See whether the store still answers"
    with tracking_errors("looking for dead runs", store.uri, remedy):
        running = store.client.search_runs(
            store.experiment_ids,
            f"attributes.status = 'RUNNING' AND tags.`{MACHINE}` = '{machine()}'",
            max_results=AT_MOST,
        )
        dead = [run for run in running if is_gone(run.data.tags)]
        parents = [run.info.run_id for run in dead if is_parent(run.data.tags)]
        marked = []
        for run in dead:
            # Another process may have taken the run up since the search.
            now = store.client.get_run(run.info.run_id)
            if run.info.run_id in parents or now.info.status != "RUNNING" or not is_gone(now.data.tags):
                continue
            tags = now.data.tags
            process = f"process {tags[PID]} on {tags.get(HOST, 'this host')}"
            message = f"{process} ended without a word (killed, or the machine went down)"
            store.client.set_tag(run.info.run_id, "error", message)
            store.client.set_terminated(run.info.run_id, "KILLED")
            marked.append(run.info.run_id)
    return marked + [run_id for run_id in parents if finish_parent(store, run_id) != "RUNNING"]
