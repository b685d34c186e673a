from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from assay.models.pruning import Pruned
from assay.tracking.parent import inherited_parent
from assay.tracking.store import TrackingStore

Status = Callable[[str], tuple[str, str | None]]


def test_a_key_has_one_parent_however_many_ask_at_once(store: TrackingStore, rows: Callable):
    store.check()
    with ThreadPoolExecutor(8) as pool:
        parents = set(pool.map(lambda _: store.start_parent("sweep", "2026-01-01 'quoted'"), range(8)))
    assert len(parents) == 1
    assert store.start_parent("sweep", "another key") not in parents
    assert rows("SELECT count(*) FROM runs") == [(2,)]


def test_a_parent_with_two_children_finishes_with_them(store: TrackingStore, status: Status):
    parent = store.start_parent("sweep", "k", tags={"study": "aug"})
    with store.start_run("a", parent=parent):
        assert store.finish_parent(parent) == "RUNNING"
    with store.start_run("b", parent=parent) as second:
        pass
    assert store.finish_parent(parent) == "FINISHED"
    assert status(parent)[0] == "FINISHED"
    assert store.find(parent).tags["assay.children"] == "2 FINISHED"
    assert store.find(second.run_id).parent == parent


@pytest.mark.parametrize(
    ("errors", "earned"),
    [
        ([None, ValueError], "FAILED"),
        ([None, KeyboardInterrupt], "KILLED"),
        ([ValueError, KeyboardInterrupt], "FAILED"),
        ([], "FAILED"),
    ],
)
def test_a_parent_ends_as_its_children_earned(
    store: TrackingStore, status: Status, errors: list[type[BaseException] | None], earned: str
):
    parent = store.start_parent("sweep", "k")
    for error in errors:
        try:
            with store.start_run("child", parent=parent):
                if error:
                    raise error
        except (ValueError, KeyboardInterrupt):
            pass
    assert store.finish_parent(parent) == earned
    assert status(parent)[0] == earned


def test_a_run_that_its_sweep_gave_up_says_so_and_does_not_spoil_the_parent(
    store: TrackingStore, status: Status
) -> None:
    parent = store.start_parent("sweep", "somewhere")
    with store.start_run("good", parent=parent):
        pass
    with pytest.raises(Pruned), store.start_run("hopeless", parent=parent) as run:
        raise Pruned("behind the others after epoch 3")
    tags = store.client.get_run(run.run_id).data.tags
    assert status(run.run_id) == ("KILLED", None)
    assert tags["assay.pruned"] == "behind the others after epoch 3"
    assert store.finish_parent(parent) == "FINISHED"
    children = store.client.get_run(parent).data.tags["assay.children"]
    assert sorted(children.split(", ")) == ["1 FINISHED", "1 PRUNED"]


def test_a_parent_is_taken_up_again_when_its_sweep_goes_on(store: TrackingStore, status: Status):
    parent = store.start_parent("sweep", "k")
    store.finish_parent(parent)
    assert store.start_parent("sweep", "k") == parent
    assert status(parent)[0] == "RUNNING"


def test_the_parent_is_inherited_through_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ASSAY_PARENT_RUN", raising=False)
    assert inherited_parent() is None
    monkeypatch.setenv("ASSAY_PARENT_RUN", "abc")
    assert inherited_parent() == "abc"
