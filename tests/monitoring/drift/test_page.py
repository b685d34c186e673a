"""The page of a drift report: one file that says the verdict, draws each measure and what could have been seen."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.monitoring.drift.worlds import a_profile, a_window

from assay.monitoring.drift.figures import distribution_figure, effects_figure, mix_figure
from assay.monitoring.drift.measure import measure_drift
from assay.monitoring.drift.page import facts, write_page
from assay.monitoring.drift.settings import DriftSettings
from assay.pages.marks import Area, Dot, Text

PROFILE = a_profile()


@pytest.fixture(scope="module")
def drifted():
    return measure_drift(PROFILE, a_window(brighter=1.0), DriftSettings(psi=True))


@pytest.fixture(scope="module")
def quiet():
    return measure_drift(PROFILE, a_window())


def page_of(report, tmp_path) -> str:
    write_page(tmp_path / "index.html", report)
    return (tmp_path / "index.html").read_text("utf-8")


def test_it_says_the_headline_and_draws_every_measure(drifted, tmp_path) -> None:
    page = page_of(drifted, tmp_path)
    assert "brightness rose (median" in page
    assert page.count("<svg") == len(drifted.tests) + 2, "each distribution, the mix of classes, the power"
    assert "PSI" in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="https?:', page)


def test_without_drift_it_says_what_would_have_been_seen(quiet, tmp_path) -> None:
    page = page_of(quiet, tmp_path)
    assert "No drift seen" in page
    assert "a fall of the share in-domain from .97" in page
    assert "PSI" not in page


def test_what_is_significant_comes_first_and_is_marked(drifted, tmp_path) -> None:
    page = page_of(drifted, tmp_path)
    first = re.search(r'<figure( class="sure")?><h3>([a-z ]+) <b>', page)
    assert first.groups() == (' class="sure"', "brightness")


def test_too_few_pictures_give_a_page_without_figures(tmp_path) -> None:
    page = page_of(measure_drift(PROFILE, a_window(30)), tmp_path)
    assert "Too few pictures to say anything: 30 of at least 100" in page
    assert "<svg" not in page


def test_names_of_classes_are_text_and_no_markup(quiet, tmp_path) -> None:
    profile = replace(PROFILE, about=replace(PROFILE.about, class_names=("<b>sound</b>", "cracked")))
    page = page_of(measure_drift(profile, a_window()), tmp_path)
    assert "<b>sound" not in page
    assert "&lt;b&gt;sound" in page


def test_a_distribution_is_drawn_over_its_reference(drifted) -> None:
    brightness = next(test for test in drifted.tests if test.label == "brightness")
    areas = [mark for mark in distribution_figure(brightness).marks if isinstance(mark, Area)]
    assert [area.color for area in areas] == ["muted", "orange"]
    centers = [sum(x * (300 - y) for x, y in area.points) / sum(300 - y for _, y in area.points) for area in areas]
    assert centers[1] > centers[0], "brighter pictures lie to the right"


def test_the_ruler_has_a_dot_for_each_test_and_what_could_be_seen_for_each_that_showed_nothing(drifted) -> None:
    marks = effects_figure(drifted.tests).marks
    assert sum(isinstance(mark, Dot) for mark in marks) == len(drifted.tests)
    assert sum(isinstance(mark, Area) for mark in marks) == len(drifted.tests) - len(drifted.significant)


def test_each_class_has_a_row_with_its_interval(quiet) -> None:
    marks = mix_figure(quiet.mix).marks
    assert {mark.text for mark in marks if isinstance(mark, Text)} >= {"sound", "cracked"}
    assert sum(isinstance(mark, Dot) for mark in marks) == 2


def test_facts_count_pictures_sources_and_tests(quiet) -> None:
    named = facts(quiet)
    assert named["pictures"] == "300"
    assert named["keys"].startswith("300, as 300")
    assert named["tests"] == f"{len(quiet.tests)}, together at level 0.05"
