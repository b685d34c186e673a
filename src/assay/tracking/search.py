"""Search: runs by their tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    conditions = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
    conditions += [] if status is None else [f"attributes.status = '{status}'"]
    with tracking_errors("looking for runs", store.uri, "See whether the store still answers"):
        runs = store.client.search_runs(
            store.experiment_ids, " AND ".join(conditions), max_results=MOST, order_by=["start_time DESC"]
        )
    return [record_of(store, run) for run in runs]


def everywhere(store: TrackingStore, tags: Mapping[str, str]) -> Iterator[tuple[str, str, int, Mapping[str, str]]]:
    """Runs of all experiments that carry all of these tags, deleted ones too: id, status, end in milliseconds, tags.

    Args:
        store: where runs are recorded.
        tags: name -> value.
    """
    from mlflow.entities import ViewType

    conditions = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
    with tracking_errors("looking for runs", store.uri, "See whether the store still answers"):
        client = store.client
        experiments, page = [], client.search_experiments(view_type=ViewType.ALL)
        experiments += [experiment.experiment_id for experiment in page]
        while page.token:
            page = client.search_experiments(view_type=ViewType.ALL, page_token=page.token)
            experiments += [experiment.experiment_id for experiment in page]
        token = None
        while True:
            runs = client.search_runs(
                experiments, " AND ".join(conditions), run_view_type=ViewType.ALL, max_results=MOST, page_token=token
            )
            for run in runs:
                yield run.info.run_id, run.info.status, run.info.end_time or 0, run.data.tags
            token = runs.token
            if not token:
                return
