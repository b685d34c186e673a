"""Drift of a window: what is planted is found under its name, what is not is not, and "no drift" says what it means."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from tests.monitoring.drift.worlds import a_profile, a_window, alike

from assay.errors import DataError
from assay.monitoring.drift.causes import kinds
from assay.monitoring.drift.measure import measure_drift
from assay.monitoring.drift.report import COLUMNS, DriftReport
from assay.monitoring.drift.settings import DriftSettings

PROFILE = a_profile()


def names(report) -> set[str]:
    return {test.name for test in report.significant}


def test_pictures_of_the_same_kind_show_no_drift_and_say_what_would_have_been_seen() -> None:
    report = measure_drift(PROFILE, a_window())
    assert report.verdict == "no drift"
    assert report.causes == ()
    assert "a fall of the share in-domain from .97 to ." in report.headline
    by_label = {test.label: test for test in report.tests}
    assert all(test.detectable is not None for test in report.tests)
    assert "accuracy" in by_label["confidence"].seen
    assert by_label["brightness"].detectable < 0.25


def test_brighter_pictures_are_drift_of_the_pictures() -> None:
    report = measure_drift(PROFILE, a_window(brighter=1.0))
    assert report.verdict == "drift"
    assert kinds(report.causes)[0] == "pictures"
    assert "drift/ks/brightness" in names(report)
    assert "brightness rose (median" in report.headline


def test_another_mix_of_classes_is_named_as_all_that_changed() -> None:
    report = measure_drift(PROFILE, a_window(600, cracked=0.6))
    assert report.verdict == "drift"
    assert kinds(report.causes) == ("mix of classes",)
    assert report.mix is not None
    assert report.mix.explains
    cracked = report.mix.classes[1]
    assert cracked.low <= 0.6 <= cracked.high
    assert "only the mix of classes changed" in report.headline


def test_another_mix_does_not_explain_brighter_pictures() -> None:
    report = measure_drift(PROFILE, a_window(600, cracked=0.6, brighter=1.5))
    assert report.mix is not None
    assert report.mix.explains is False
    assert kinds(report.causes)[0] == "pictures"


def test_pictures_out_of_domain_are_a_new_kind() -> None:
    report = measure_drift(PROFILE, a_window(strange=0.2))
    assert kinds(report.causes)[0] == "new kind"
    assert "drift/chi2/domain" in names(report)


def test_one_key_that_alone_differs_is_no_drift_but_is_named() -> None:
    block, state = alike(300, 1)
    state[:120, 0] += 4
    report = measure_drift(PROFILE, a_window(block=block, state=state))
    assert report.verdict == "no drift"
    assert any("Client 1 sends 40% of the pictures and counts as 10%" in note for note in report.notes)
    assert any("Client 1 sends pictures unlike the reference" in note for note in report.notes)


def test_of_few_keys_as_sources_nothing_can_be_said_and_bursts_or_stretches_are_the_way_out() -> None:
    block = np.arange(300) // 20 % 3
    report = measure_drift(PROFILE, a_window(block=block, brighter=3), DriftSettings(sources="key"))
    assert report.verdict == "cannot be said"
    assert any("sources=auto" in note for note in report.notes)
    # Five minutes between two pictures: each key's twenty are a burst, and two hours pass before its next.
    again = measure_drift(PROFILE, a_window(block=block, brighter=3), DriftSettings(sources="burst"))
    assert again.verdict == "drift"
    assert again.sources == 15
    usual = measure_drift(PROFILE, a_window(block=block, brighter=3))
    assert usual.verdict == "drift"
    assert (usual.sources, usual.source_word) == (21, "stretches")
    assert any("Pictures come from 3 keys" in note for note in usual.notes)


def test_the_only_key_of_a_service_shows_that_its_pictures_have_changed() -> None:
    report = measure_drift(PROFILE, a_window(500, block=np.zeros(500, dtype=int), brighter=2))
    assert report.verdict == "drift"
    assert "drift/ks/brightness" in names(report)
    assert report.source_word == "stretches"


FEW = np.repeat([0, 1, 2], [90, 60, 150])
"""Three keys, of which the last one sends most, so that it is client 1."""


def test_one_of_few_keys_that_alone_sends_a_long_series_of_other_pictures_is_named() -> None:
    state = np.random.default_rng(5).standard_normal((300, 6))
    state[FEW == 2, 0] += 4
    report = measure_drift(PROFILE, a_window(block=FEW, state=state))
    assert (report.verdict, report.source_word) == ("drift", "stretches")
    assert kinds(report.causes) == ("one source",)
    assert "only client 1 changed" in report.headline


def test_where_the_pictures_of_all_of_few_keys_changed_it_is_not_one_of_them_that_did() -> None:
    block = np.repeat([0, 1], [240, 60])
    report = measure_drift(PROFILE, a_window(block=block, brighter=1))
    assert report.verdict == "drift"
    assert "one source" not in kinds(report.causes)


def test_ids_of_keys_stand_in_no_report(tmp_path) -> None:
    block, state = alike(300, 1)
    state[:120, 0] += 4
    measure_drift(PROFILE, a_window(block=block, state=state)).save(tmp_path / "drift.json")
    measure_drift(PROFILE, a_window(block=FEW, brighter=2)).save(tmp_path / "few.json")
    written = (tmp_path / "drift.json").read_text() + (tmp_path / "few.json").read_text()
    assert "Client 1 sends" in written
    assert not re.search(r"\bk\d", written)


def test_too_few_pictures_say_nothing() -> None:
    report = measure_drift(PROFILE, a_window(40, brighter=5))
    assert report.verdict == "too few"
    assert report.tests == ()
    assert "40 of at least 100" in report.headline


def test_psi_stands_beside_the_tests_for_those_who_ask() -> None:
    assert all(test.psi is None for test in measure_drift(PROFILE, a_window()).tests)
    report = measure_drift(PROFILE, a_window(brighter=1), DriftSettings(psi=True))
    psi = {test.label: test.psi for test in report.tests}
    assert psi["brightness"] > 0.25 > psi["sharpness"]
    assert psi["embedding"] is None


def test_rows_without_statistics_or_embeddings_are_left_out_of_their_tests_alone() -> None:
    window = a_window()
    window.statistics[:100] = np.nan
    window.components[:] = np.nan
    report = measure_drift(PROFILE, window)
    by_label = {test.label: test for test in report.tests}
    assert (by_label["brightness"].n, by_label["confidence"].n, by_label["embedding"].n) == (200, 300, 0)
    assert by_label["embedding"].p is None


def test_what_profile_or_log_has_not_measured_is_named_and_the_rest_is_compared() -> None:
    report = measure_drift(PROFILE, a_window(brighter=1))
    assert "drift/ks/brightness" in names(report)
    assert any(
        note.startswith("The profile is older than aspect, entropy, clipped, colourfulness, warmth, noise, blockiness")
        for note in report.notes
    )
    window = a_window()
    window.statistics[:, 2] = np.nan
    assert any("logged before sharpness were measured" in note for note in measure_drift(PROFILE, window).notes)


def test_a_report_goes_to_disk_and_back(tmp_path) -> None:
    report = measure_drift(PROFILE, a_window(brighter=1), DriftSettings(psi=True))
    report.save(tmp_path / "drift.json")
    assert DriftReport.load(tmp_path / "drift.json") == report
    assert "brightness" in json.loads((tmp_path / "drift.json").read_text())["headline"]
    assert all(len(row) == len(COLUMNS) for row in report.rows())


def test_a_damaged_report_says_which_file(tmp_path) -> None:
    (tmp_path / "drift.json").write_text("{}")
    with pytest.raises(DataError, match=r"drift\.json"):
        DriftReport.load(tmp_path / "drift.json")


def test_the_same_window_gives_the_same_report() -> None:
    assert measure_drift(PROFILE, a_window()) == measure_drift(PROFILE, a_window())
