"""TrackingStore: where runs are recorded; a SQLite file beside the project, or a server that a team shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay.tracking.connection import Connection

if TYPE_CHECKING:
    from assay.tracking.read import RunRecord
    from assay.tracking.run import TrackedRun


class TrackingStore(Connection):
    """A connection that runs are recorded in, taken up again and read back from; see `Connection` for its arguments."""

    def start_run(
        self,
        name: str,
        *,
        params: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        parent: str | None = None,
    ) -> TrackedRun:
        """Make a new run; use it as a context manager so that it says how it ended.

        Args:
            name: shown in the UI; need not be unique.
            params: config, nested or flat; see `TrackedRun.log_params`.
            tags: e.g. those of `assay.tracking.environment`.
            parent: run id of the multirun, sweep or comparison that this run belongs to.
        """
        from assay.tracking.run import start

        return start(self, name, params=params or {}, tags=tags or {}, parent=parent)

    def resume_run(self, run_id: str) -> TrackedRun:
        """Go on in a run that was interrupted or failed, given its id or the beginning of it.

        Raises:
            TrackingError: no such run, it is finished, or its process is still at work.
        """
        from assay.tracking.run import resume

        return resume(self, run_id)

    def amend_run(self, run_id: str) -> TrackedRun:
        """Add to a run that has ended, given its id or the beginning of it; its status stays as it is.

        Raises:
            TrackingError: no such run, or its process is still at work.
        """
        from assay.tracking.run import amend

        return amend(self, run_id)

    def mark_dead_runs(self) -> list[str]:
        """Mark the runs that say RUNNING but whose process on this machine is gone as KILLED, and return their ids."""
        from assay.tracking.dead import mark_dead_runs

        return mark_dead_runs(self)

    def start_parent(self, name: str, key: str, *, tags: Mapping[str, str] | None = None) -> str:
        """Run id of the one parent run for `key`, made by whoever comes first; see `assay.tracking.parent`."""
        from assay.tracking.parent import start_parent

        return start_parent(self, name, key, tags=tags or {})

    def finish_parent(self, run_id: str) -> str:
        """Give the parent the status that its children have earned, and return it."""
        from assay.tracking.parent import finish_parent

        return finish_parent(self, run_id)

    def find(self, run_id: str) -> RunRecord:
        """The record of a run, given its id or an unambiguous beginning of it.

        Raises:
            TrackingError: none or several match; the message lists candidates.
        """
        from assay.tracking.read import find

        return find(self, run_id)

    def runs(self, *, metric: str | None = None) -> list[RunRecord]:
        """The finished runs that are no parents of others, the newest first.

        Args:
            metric: only those that have recorded it, e.g. `test/macro_f1`; None takes all.
        """
        from assay.tracking.read import finished

        return finished(self, metric)
