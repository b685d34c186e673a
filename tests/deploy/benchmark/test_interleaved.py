"""Timing by interleaved."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from assay.data.sample_range import FULL, SampleRange
from assay.deploy.benchmark import interleaved
from assay.deploy.benchmark.benchmarked_format import FLOAT, TORCH, answers, chosen_formats, formats_of, open_format
from assay.deploy.benchmark.interleaved import BURST, STEPS, TimedConfiguration, time_interleaved, timed
from assay.deploy.graph.torch_formats import FILES, PROGRAM, TORCHSCRIPT, write_program, write_torchscript
from assay.errors import ConfigError


@dataclass
class Sleeper:
    """A format that sleeps, and writes down when it was asked."""

    format: str
    seconds: float
    calls: list[tuple[str, int]]
    words: str = "sleeps"
    device: str = "cpu"
    size_mb: float = 1.0
    answered: list[Any] = field(default_factory=list)
    samples: SampleRange = FULL

    def prepare(self, images):
        time.sleep(self.seconds)
        return images

    def run(self, prepared):
        self.calls.append((self.format, len(prepared)))
        time.sleep(3 * self.seconds)
        return prepared

    def to_answers(self, images, output):
        return []


def test_the_formats_of_a_bundle_and_those_beside_it_answer_as_the_bundle(tiny_bundle, pictures, tmp_path):
    bundle = tiny_bundle()
    expected = bundle.predict(pictures)
    beside = {TORCHSCRIPT: tmp_path / FILES[TORCHSCRIPT], PROGRAM: tmp_path / FILES[PROGRAM]}
    for write, path in zip((write_torchscript, write_program), beside.values(), strict=True):
        write(bundle.float_predictor, path)
    assert formats_of(bundle, beside) == (TORCH, TORCHSCRIPT, PROGRAM, FLOAT)
    for name in formats_of(bundle, beside):
        benchmarked = open_format(bundle, name, threads=1, beside=beside)
        for some in (pictures, pictures[:1]):
            found = answers(benchmarked, some)
            assert [one.label for one in found] == [one.label for one in expected][: len(some)]
            np.testing.assert_allclose(
                [one.probabilities for one in found], [one.probabilities for one in expected][: len(some)], atol=5e-3
            )
        if name in beside:  # the weights are inside of it
            rules = (bundle.folder / "predictor" / "predictor.json").stat().st_size
            assert benchmarked.size_mb == pytest.approx((beside[name].stat().st_size + rules) / 1e6)


def test_a_format_that_the_bundle_lacks_is_refused_by_name(tiny_bundle):
    with pytest.raises(ConfigError, match=r"formats=int4: .*\(options: float, torch\)"):
        chosen_formats(tiny_bundle(), ["int4"])


def test_each_step_is_timed_by_itself(pictures):
    steps = dict(zip(STEPS, timed(Sleeper("a", 0.01, []), pictures[:1]), strict=True))
    assert steps["preprocess"] >= 10
    assert steps["network"] >= 30


def test_configurations_take_turns_until_each_has_its_runs(pictures, monkeypatch):
    ticks = itertools.count(
        step=0.001
    )  # a hiccup of the machine would give one configuration its share of time at once
    monkeypatch.setattr(
        interleaved, "time", SimpleNamespace(perf_counter=lambda: next(ticks), monotonic=lambda: next(ticks))
    )
    calls: list[tuple[str, int]] = []
    configurations = [TimedConfiguration(Sleeper(name, 0.0, calls), 1, 1) for name in "ab"]
    before = torch.get_num_threads()
    time_interleaved(configurations, pictures, runs=40, warmup=3, seconds=None)
    assert [len(configuration.steps) for configuration in configurations] == [40, 40]
    assert [configuration.warmed for configuration in configurations] == [3, 3]
    order = [name for name, _ in calls]
    changes = sum(one != other for one, other in itertools.pairwise(order))
    assert changes >= 40 // BURST
    assert torch.get_num_threads() == before


def test_when_the_time_is_over_every_configuration_has_been_timed_once(pictures):
    configurations = [
        TimedConfiguration(Sleeper("slow", 0.02, []), 1, 1),
        TimedConfiguration(Sleeper("slower", 0.05, []), 5, 1),
    ]
    time_interleaved(configurations, pictures, runs=10**6, warmup=1, seconds=0.01)
    assert all(1 <= len(configuration.steps) <= BURST for configuration in configurations)
    calls = configurations[1].benchmarked.calls
    assert ("slower", 5) in calls


def test_the_progress_is_at_its_end_only_when_nothing_is_left_to_time(pictures):
    configurations = [TimedConfiguration(Sleeper(name, 0.02, []), 1, 1) for name in "abcd"]
    plan = interleaved.TimingPlan(runs=10**6, warmup=0, seconds=0.01)
    queues = {id(configuration): itertools.cycle(pictures) for configuration in configurations}
    timed_at = [
        sum(bool(configuration.steps) for configuration in configurations)
        for _ in interleaved._percent(configurations, queues, plan)
    ]
    assert len(timed_at) == 100
    assert timed_at[24] >= 1
    assert timed_at[74] >= 3
    assert timed_at[99] == 4
