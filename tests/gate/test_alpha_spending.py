"""Who has looked at the test images is counted, and the levels of all together stay within the whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from assay.gate.alpha_spending import alpha_at, rank_on_test_set
from assay.tracking.store import TrackingStore
from assay.tracking.test_set_use import looks_now


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, store_in: Callable[[Path], Path]) -> TrackingStore:
    return opened(store_in(tmp_path_factory.mktemp("counted")))


def opened(root: Path, experiment: str = "assay") -> TrackingStore:
    return TrackingStore(f"sqlite:///{root}/mlflow.db", f"{root}/artifacts", experiment, work=f"{root}/work")


@pytest.fixture(scope="module")
def ended(store: TrackingStore) -> Callable[..., str]:
    def make(name: str, *, of: TrackingStore = store, **tags: str) -> str:
        time.sleep(0.01)
        with of.start_run(name, tags={"test_digest": "same", **tags}) as run:
            pass
        return run.run_id

    return make


def test_the_levels_of_all_ranks_sum_to_the_whole() -> None:
    total = sum(Fraction(1, k * (k + 1)) for k in range(1, 5001))
    assert total == 1 - Fraction(1, 5001)
    assert sum(alpha_at(0.05, k) for k in range(1, 5001)) == pytest.approx(0.05 * float(total))
    assert alpha_at(0.05, 1) == 0.025


def test_runs_are_ranked_in_the_order_in_which_they_looked(store: TrackingStore, ended: Callable[..., str]) -> None:
    first = ended("first")
    ended("other images", test_digest="other")
    ended("val only", **{"assay.evidence": "none: measured on val alone"})
    elsewhere = opened(Path(store.uri.removeprefix("sqlite:///")).parent, "another experiment")
    hidden = ended("in another experiment", of=elsewhere)
    gone = ended("deleted")
    store.client.delete_run(gone)
    with pytest.raises(ZeroDivisionError), store.start_run("failed", tags={"test_digest": "same"}):
        _ = 1 / 0
    last = ended("last")
    assert [rank_on_test_set(store, run, "same") for run in (first, hidden, gone, last)] == [1, 2, 3, 4]
    assert rank_on_test_set(store, last, "other") is None


def test_who_ends_the_runs_that_look_bad_has_looked_at_them(store: TrackingStore, ended: Callable[..., str]) -> None:
    bad = store.start_run("bad", tags={"test_digest": "seen"})
    bad.set_tags(looks_now(), once=True)
    with pytest.raises(KeyboardInterrupt), bad:
        raise KeyboardInterrupt
    good = ended("good", test_digest="seen")
    assert rank_on_test_set(store, good, "seen") == 2
    with store.resume_run(bad.run_id) as again:
        again.set_tags(looks_now(), once=True)
    assert [rank_on_test_set(store, run, "seen") for run in (bad.run_id, good)] == [1, 2], (
        "a later end does not move it"
    )
