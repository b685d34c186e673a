"""Times of an earlier run are taken over for the same model, machine and hour alone, and the record says so."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.config.compose import compose
from assay.evaluation.cost import Cost
from assay.evaluation.evidence import Evidence
from assay.run import kept_cost as kept_module
from assay.run.kept_cost import FRESH, KeptCost, kept_cost
from assay.run.kept_measurement import KeptMeasurement

RUN = "0123456789abcdef0123456789abcdef"
MEASURED = Cost.from_times(10, 1.5, [float(time) for time in range(1, 401)], device="cpu, 2 threads", load=0.5)


@pytest.fixture
def place(tmp_path: Path) -> KeptCost:
    return KeptCost(tmp_path, "about")


def test_a_fresh_cost_is_taken_over_whole_and_says_whose_times_it_has(place: KeptCost) -> None:
    place.save(MEASURED, RUN)

    loaded = place.load()

    assert loaded is not None
    assert replace(loaded, latency_by="", latency_at="") == MEASURED
    day = time.strftime("%Y-%m-%d", time.gmtime())
    assert (loaded.latency_by, loaded.latency_at[:10], loaded.latency_at[-4:]) == (RUN, day, " UTC")
    assert MEASURED.taken_over == ""
    assert f"run {RUN[:8]} timed these answers on {loaded.latency_at}" in loaded.taken_over


@pytest.mark.parametrize("passed", [-60.0, FRESH, 10 * FRESH])
def test_times_of_more_than_an_hour_ago_or_of_the_future_are_not_taken(
    place: KeptCost, passed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.save(MEASURED, RUN)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + passed)

    assert place.load() is None


@pytest.mark.parametrize(
    "cost",
    [replace(MEASURED, load=1.3), replace(MEASURED, load=None), Cost.from_times(10, 1.5, [])],
    ids=["a busy machine", "nobody looked", "nothing timed"],
)
def test_what_may_have_been_disturbed_is_not_kept(place: KeptCost, cost: Cost) -> None:
    place.save(cost, RUN)

    assert place.load() is None


def test_a_damaged_file_and_a_model_without_a_place_are_timed(place: KeptCost) -> None:
    place.save(MEASURED, RUN)
    (file,) = place.folder.iterdir() if place.folder else ()
    file.write_text("{}")

    assert place.load() is None
    nowhere = KeptCost(None, "about")
    nowhere.save(MEASURED, RUN)
    assert nowhere.load() is None


@pytest.mark.parametrize("other", ["machine", "cores", "threads", "pictures", "code"])
def test_another_machine_other_cores_pictures_or_code_are_timed(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, pictures = KeptMeasurement(tmp_path), [Path("a.png"), Path("b.png")]
    kept_cost(kept, pictures).save(MEASURED, RUN)
    assert kept_cost(kept, pictures).load() is not None
    if other == "machine":
        monkeypatch.setattr(kept_module, "machine", lambda: "another")
    if other == "cores":
        monkeypatch.setattr(kept_module, "usable_cores", lambda: 77)
    if other == "threads":
        monkeypatch.setattr(kept_module.torch, "get_num_threads", lambda: 77)
    if other == "code":
        monkeypatch.setattr(kept_module, "digest_of_sources", lambda _: "another digest")

    assert kept_cost(kept, pictures[:1] if other == "pictures" else pictures).load() is None


@pytest.mark.slow
def test_a_second_training_takes_the_times_of_the_first_and_its_record_and_report_say_so(
    photos: Path, tmp_path: Path, store_in: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assay.run import measure
    from assay.run.train import train

    store = store_in(tmp_path / "store")
    monkeypatch.chdir(store)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    words = ["debug=tiny", "trainer.accelerator=cpu", "data=folder", "data.image_size=32", "model=baseline_cnn"]
    words += ["evaluation.figures=false", "finetune.epochs=2", f"data.root={photos}", f"cache={tmp_path}/cache"]
    words += [f"tracking.uri=sqlite:///{store}/mlflow.db", f"tracking.artifacts={store}/artifacts"]
    first = train(compose(words))
    monkeypatch.setattr(measure, "time_answers", lambda *_, **__: pytest.fail("timed again"))
    second = train(compose(words))

    costs = [Evidence.load(run.folder / "evidence.json").cost for run in (first, second)]
    assert costs[0] is not None
    assert costs[1] is not None
    assert costs[0].latency_by == ""
    assert costs[1].latency_by == first.run_id
    assert replace(costs[1], latency_by="", latency_at="") == costs[0]
    pages = [(run.folder / "report.html").read_text(encoding="utf-8") for run in (first, second)]
    assert ["Not timed by this run" in page for page in pages] == [False, True]
