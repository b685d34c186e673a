"""Search: runs of the experiment by their tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.tracking.client import tracking_errors
from assay.tracking.read import RunRecord, record_of

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

MOST = 1000


def search(store: TrackingStore, tags: Mapping[str, str], *, status: str | None = None) -> list[RunRecord]:
    """Runs that carry all of these tags, the newest first; 1,000 at most.

    Args:
        store: where runs are recorded.
        tags: name -> value.
        status: "RUNNING", "FINISHED", "FAILED" or "KILLED"; None for any.
    """
    said = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
    said += [] if status is None else [f"attributes.status = '{status}'"]
    with tracking_errors("looking for runs", store.uri, "See whether the store still answers"):
        found = store.client.search_runs(
            [store.experiment_id], " AND ".join(said), max_results=MOST, order_by=["start_time DESC"]
        )
    return [record_of(store, run) for run in found]
