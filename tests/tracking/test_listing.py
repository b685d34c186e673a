"""Runs of a real store, listed by how they ended and whose they are."""

from __future__ import annotations

import contextlib

import pytest

from assay.errors import TrackingError
from assay.tracking.listing import children_of, find_even_deleted, list_runs, records_by_id
from assay.tracking.store import TrackingStore


def recorded(store: TrackingStore, name: str, *, parent: str | None = None, fails: bool = False) -> str:
    with contextlib.suppress(ZeroDivisionError), store.start_run(name, parent=parent) as run:
        assert not fails or 1 / 0
    return run.run_id


def names(runs) -> list[str]:
    return [run.name for run in runs]


def test_runs_come_the_newest_first_those_of_a_parent_only_where_asked_for(store: TrackingStore) -> None:
    recorded(store, "old")
    parent = store.start_parent("sweep", "key")
    children = [recorded(store, "trial 0", parent=parent), recorded(store, "trial 1", parent=parent)]
    recorded(store, "broken", fails=True)
    assert names(list_runs(store)) == ["broken", "sweep", "old"]
    assert names(list_runs(store, limit=2)) == ["broken", "sweep"]
    assert names(list_runs(store, nested=True)) == ["broken", "trial 1", "trial 0", "sweep", "old"]
    assert names(list_runs(store, parent=parent)) == ["trial 1", "trial 0"]
    assert names(list_runs(store, status="FAILED")) == ["broken"]
    store.client.delete_run(children[0])
    assert names(children_of(store, parent)) == ["trial 1"]
    assert names(children_of(store, parent, deleted=True)) == ["trial 1", "trial 0"]
    (first,) = list_runs(store, status="FAILED")
    assert 0 < first.started <= first.ended


def test_an_experiment_is_named_and_none_is_made(store: TrackingStore) -> None:
    recorded(store, "here")
    other = TrackingStore(store.uri, experiment="cells", work=str(store.work))
    recorded(other, "there")
    assert names(list_runs(store, experiment="cells")) == ["there"]
    with pytest.raises(TrackingError, match=r"experiment=cell: no such experiment; did you mean cells\?"):
        list_runs(store, experiment="cell")
    assert store.client.get_experiment_by_name("cell") is None


def test_ids_are_looked_up_in_all_experiments_deleted_ones_too(store: TrackingStore) -> None:
    here = recorded(store, "here")
    there = recorded(TrackingStore(store.uri, experiment="cells", work=str(store.work)), "there")
    store.client.delete_run(there)
    known = records_by_id(store, [here, there, "0" * 32])
    assert {run_id: record.deleted for run_id, record in known.items()} == {here: False, there: True}
    assert records_by_id(store, []) == {}
    assert find_even_deleted(store, there[:10]).name == "there"
    with pytest.raises(TrackingError, match="no such run"):
        find_even_deleted(store, "0" * 12)
