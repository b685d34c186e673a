from __future__ import annotations

import pytest

from assay.tracking.store import TrackingStore


def test_finished_runs_are_listed_the_newest_first_without_parents_and_failures(store: TrackingStore) -> None:
    parent = store.start_parent("sweep", "key")
    for name, metrics in {"old": {"test/macro_f1": 0.5}, "trial": {"val/macro_f1": 0.6}}.items():
        with store.start_run(name, parent=parent) as run:
            run.log_metrics(metrics)
    store.finish_parent(parent)
    with pytest.raises(ValueError, match="no"), store.start_run("broken"):
        raise ValueError("no")
    with store.start_run("new") as run:
        run.log_metrics({"test/macro_f1": 0.7})
    with store.start_run("at work"):
        assert [record.name for record in store.runs()] == ["new", "trial", "old"]
        (first, second) = store.runs(metric="test/macro_f1")
    assert (first.name, first.metrics["test/macro_f1"]) == ("new", 0.7)
    assert (second.name, second.parent) == ("old", parent)
