"""What timed calls establish, and how it is said, kept and shown."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from assay.deploy.benchmark.benchmark import Benchmark, FormatCost, Settings
from assay.deploy.benchmark.benchmarked_format import GraphFormat
from assay.deploy.benchmark.cold import ColdStart
from assay.deploy.benchmark.figures import write_png
from assay.deploy.benchmark.interleaved import TimedConfiguration
from assay.deploy.benchmark.machine import Machine
from assay.deploy.benchmark.page import write_page
from assay.deploy.benchmark.sentences import bottleneck, notes
from assay.deploy.benchmark.targets import judged_latency, judged_size
from assay.deploy.benchmark.timing import Timing, percentiles
from assay.deploy.benchmark.verdict import answer
from assay.errors import DataError

MACHINE = Machine("A <CPU>", ("avx2",), 2, "", "Linux", {"torch": "2"}, {"OMP_WAIT_POLICY": "passive"}, 0.0)


def timing(name="onnx", *, batch=1, threads=2, runs=400, network=20.0, decode=2.0, device="cpu") -> Timing:
    """A timing with some spread around these milliseconds."""
    rng = np.random.default_rng(0)
    steps = np.column_stack([rng.gamma(400, ms / 400, runs) for ms in (decode, 1.0, network, 0.5)])
    benchmarked = GraphFormat(name, name, device, 1.0, None, None)
    return Timing.of(TimedConfiguration(benchmarked, batch, threads, [tuple(row) for row in steps.tolist()], 50))


def benchmark(timings: tuple[Timing, ...], serves="onnx") -> Benchmark:
    """A record of these timings."""
    names = dict.fromkeys(one.format for one in timings)
    cold = ColdStart(3.0, 2.0, 0.5, 500.0, 700.0)
    formats = tuple(FormatCost(name, "words", 20.0, cold, bottleneck(timings[0])) for name in names)
    return Benchmark(
        name="a <b> run",
        run_id="f" * 32,
        bundle_digest="d" * 64,
        serves=serves,
        made="2026-01-01T00:00:00+00:00",
        pictures="5 pictures",
        bundle_mb=20.0,
        settings=Settings(),
        machine=MACHINE,
        formats=formats,
        timings=timings,
        judged=(*judged_latency(timings), *(judged_size(one.format, one.size_mb) for one in formats)),
        notes=notes(timings, MACHINE, 1000),
    )


def test_percentiles_are_those_of_numpy_within_an_interval_that_holds_the_truth():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        times = rng.exponential(10, 400)
        found = percentiles(times)
        assert found["p95"].value == pytest.approx(np.quantile(times, 0.95))
        held += found["p95"].low <= 10 * np.log(20) <= found["p95"].high
    assert held >= 180


@pytest.mark.parametrize(
    ("runs", "there"),
    [(1, {"p50"}), (71, {"p50"}), (72, {"p50", "p95"}), (367, {"p50", "p95"}), (368, {"p50", "p95", "p99"})],
)
def test_a_percentile_that_so_few_runs_cannot_tell_is_left_out_and_said(runs, there):
    one = timing(runs=runs)
    assert set(one.latency) == set(one.network) == there
    said = " ".join(notes([one], MACHINE, 1000))
    assert ("p95 of single pictures needs 72 runs" in said) == ("p95" not in there)
    assert ("p99 of single pictures needs 368 runs" in said) == ("p99" not in there)


def test_what_a_single_run_cannot_tell_is_said_in_a_sentence():
    made = benchmark((timing(runs=1), timing(runs=1, batch=8)))
    assert "p95 of one picture on a CPU unknown, too few runs with 2 threads: 1 (inconclusive)" in answer(made)[1]
    assert any(note.startswith("larger batches were timed once;") for note in made.notes)


def test_throughput_is_pictures_over_the_median_call():
    one = timing(batch=8)
    assert one.throughput.value == pytest.approx(8000 / one.latency["p50"].value)
    assert one.throughput.low < one.throughput.value < one.throughput.high


def test_the_bottleneck_is_named():
    assert bottleneck(timing()).startswith("the network takes 8")
    said = bottleneck(timing(network=2.0, decode=20.0))
    assert said.startswith("decoding the picture takes 8")
    assert "a faster network alone gains 8% at most" in said or "gains 9% at most" in said


@pytest.mark.parametrize(
    ("made", "state"),
    [
        ({"network": 20.0}, "met"),
        ({"network": 4000.0}, "missed"),
        ({"network": 1840.0}, "open"),
        ({"network": 20.0, "runs": 71}, "open"),
        ({"network": 700.0, "device": "A GPU"}, "missed"),
        ({"network": 700.0}, "met"),
    ],
)
def test_a_latency_is_judged_by_its_interval_and_by_the_device(made, state):
    assert [one.state for one in judged_latency([timing(**made)])] == [state]


def test_the_slowest_number_of_threads_is_judged():
    (judged,) = judged_latency([timing(threads=1, network=50.0), timing(threads=2, network=20.0)])
    assert "1 thread" in judged.why


def test_the_verdict_is_about_the_format_that_serves():
    timings = (timing("torch", network=4000.0), timing("onnx"))
    assert answer(benchmark(timings))[0] == "met"
    state, said = answer(benchmark(timings, serves="torch"))
    assert state == "missed"
    assert said.startswith("torch misses a target")


def test_a_busy_machine_is_said():
    busy = Machine("cpu", (), 2, "", "Linux", {}, {}, 3.2)
    assert "not at rest: 3.2 processes" in notes([timing()], busy, 10)[0]
    assert "not at rest" not in " ".join(notes([timing()], MACHINE, 10))


def test_a_record_is_read_back_as_it_was(tmp_path: Path):
    made = benchmark((timing(), timing(batch=8, runs=3)))
    made.save_json(tmp_path / "bench.json")
    assert Benchmark.load(tmp_path / "bench.json") == made
    (tmp_path / "bench.json").write_text("{}")
    with pytest.raises(DataError, match="not a benchmark"):
        Benchmark.load(tmp_path / "bench.json")


def test_the_table_has_a_row_for_each_timing_and_blanks_for_what_is_not_known(tmp_path: Path):
    made = benchmark((timing(), timing(batch=8, runs=3)))
    made.save_csv(tmp_path / "bench.csv")
    rows = list(csv.DictReader((tmp_path / "bench.csv").open()))
    assert [row["batch"] for row in rows] == ["1", "8"]
    assert float(rows[0]["p95_ms"]) == made.timings[0].latency["p95"].value
    assert rows[1]["p95_ms"] == ""


def test_metrics_are_those_of_single_pictures_with_the_most_threads():
    fast = timing(threads=2, network=10.0)
    made = benchmark((timing(threads=1), fast, timing(batch=8)))
    flat = made.flat()
    assert flat["bench/onnx/latency_p95_ms"] == fast.latency["p95"].value
    assert flat["bench/onnx/cold_start_s"] == 3.0
    assert set(benchmark((timing(runs=3),)).flat()) >= {"bench/onnx/latency_p50_ms", "bench/onnx/peak_memory_mb"}
    assert "bench/onnx/latency_p95_ms" not in benchmark((timing(runs=3),)).flat()


def test_the_page_needs_nothing_else_and_shows_names_as_text(tmp_path: Path):
    write_page(tmp_path / "bench.html", benchmark((timing("torch"), timing(), timing(batch=8, runs=2))))
    text = (tmp_path / "bench.html").read_text()
    assert "a &lt;b&gt; run" in text
    assert "A &lt;CPU&gt;" in text
    assert "onnx keeps to the targets" in text
    assert "<script" not in text
    assert "src=" not in text
    assert "href=" not in text


def test_the_picture_is_written(tmp_path: Path):
    write_png(tmp_path / "bench.png", benchmark((timing("torch", runs=2), timing())))
    assert (tmp_path / "bench.png").read_bytes().startswith(b"\x89PNG")
