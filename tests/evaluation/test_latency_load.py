"""Latency that was measured while others were at work says so."""

from __future__ import annotations

import os

import pytest

from assay.evaluation.cost import Cost
from assay.evaluation.latency import load_per_core


def test_latency_of_a_busy_machine_says_so_and_that_of_one_at_rest_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    loads = {"at rest": 0.2, "our own training": 4.3, "others": 12.0}
    words = {}
    for name, load in loads.items():
        monkeypatch.setattr(os, "getloadavg", lambda load=load: (load, load, load))
        words[name] = Cost.from_times(10, 1.0, [5.0] * 20, load=load_per_core()).busy
    assert (words["at rest"], words["our own training"]) == ("", "")
    assert "3.0 processes wanted each core" in words["others"]


def test_without_timed_answers_no_load_is_recorded() -> None:
    cost = Cost.from_times(10, 1.0, [], load=9.0)
    assert (cost.load, cost.busy) == (None, "")
