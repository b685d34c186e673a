"""Forms are data: four of Assay's, and those of packages, one file each."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from assay import entry_points
from assay.errors import ConfigError, ServiceError
from assay.review import forms
from assay.review.forms import FORMS, GROUP, all_forms, form_of
from assay.review.item import ReviewItem
from assay.web.languages import phrases

FIFTH = '''"""Is it ripe?"""

from assay.review.forms.form import Choice, Form

FORM = Form({name!r}, "Ripeness", "Is it ripe?", (Choice("ripe", "Ripe"), Choice("green", "Green")), good=("ripe",))
'''


def item(form: str) -> ReviewItem:
    return ReviewItem(form, "random", prediction="p", classes=("jade", "(bad picture)"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Makes a package with a form of its own, as if it were installed."""

    def make(name: str, text: str) -> None:
        (tmp_path / "orchard_forms.py").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "orchard_forms", raising=False)
        entry = EntryPoint(name, "orchard_forms:FORM", GROUP)
        monkeypatch.setattr(entry_points, "entry_points", lambda group: [entry] if group == GROUP else [])

    forms.installed.cache_clear()
    yield make
    forms.installed.cache_clear()


def test_there_are_four_forms_whose_choices_and_details_have_names_of_their_own():
    assert list(all_forms()) == ["label", "plausibility", "heat_map", "audit"]
    for form in FORMS:
        for choices in ([each.value for each in form.choices], [each.name for each in form.details]):
            assert len(set(choices)) == len(choices)
        assert {*form.good, *form.bad} <= {each.value for each in form.choices}
        assert {value for each in form.details for value in each.for_choices} <= {each.value for each in form.choices}


def test_classes_come_first_and_one_that_is_called_as_a_choice_stands_alone():
    choices = form_of("label").choices_of(item("label"))
    assert [each.value for each in choices] == ["jade", "(bad picture)", "(cannot tell)", "(not of this kind)"]
    assert [each.own for each in choices] == [False, False, True, True]
    with pytest.raises(ServiceError, match="none of the choices"):
        form_of("label").choice(item("label"), "plausible")


def test_only_details_of_the_form_beside_their_choice_are_kept_in_its_order():
    form = form_of("plausibility")
    ticked = [("defects", "texture"), ("defects", "shape"), ("defects", "smell"), ("colour", "red")]
    assert form.checked(item("plausibility"), "not", ticked) == {"defects": ("shape", "texture")}
    assert form.checked(item("plausibility"), "plausible", ticked) == {}


def test_relabel_needs_one_class_of_the_model():
    form = form_of("audit")
    with pytest.raises(ServiceError, match="Its class"):
        form.checked(item("audit"), "relabel", [("label", "ruby")])
    both = [("label", "(bad picture)"), ("label", "jade")]
    assert form.checked(item("audit"), "relabel", both) == {"label": ("jade",)}


def test_a_fifth_form_comes_with_a_package_and_nothing_else_is_touched(package):
    package("ripeness", FIFTH.format(name="ripeness"))
    assert list(all_forms())[-1] == "ripeness"
    assert [each.value for each in form_of("ripeness").choices_of(item("ripeness"))] == ["ripe", "green"]


@pytest.mark.parametrize("text", ["FORM = 5\n", FIFTH.format(name="label")])
def test_what_is_no_form_or_takes_the_name_of_another_is_refused(package, text):
    package("wrong", text)
    with pytest.raises(ConfigError, match="orchard_forms:FORM"):
        all_forms()


def test_a_form_that_there_is_not_is_refused_with_the_nearest():
    with pytest.raises(ServiceError, match="label"):
        form_of("lable")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_everything_that_a_form_of_ours_says_is_said_in_thai_too(form):
    thai = phrases("th", "assay.review.desk")
    own = [f"form.{form.name}.{part}" for part in ("title", "question", *(["answer"] if form.shows_answer else []))]
    own += [f"choice.{form.name}.{choice.value.strip('()')}" for choice in form.choices]
    own += [f"detail.{form.name}.{detail.name}_title" for detail in form.details]
    own += [f"detail.{form.name}.{value}" for detail in form.details for value, _ in detail.options]
    assert [key for key in own if not thai.has(key)] == []
