"""Integrity belongs to every gate, however it is composed."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from assay.commands.promote import COMMAND as PROMOTE
from assay.errors import ConfigError
from assay.gate.gate import Gate, _changed
from assay.gate.integrity import integrity_checks
from assay.gate.settings import GateSettings
from assay.gate.verdict import Override

CHECKS = {"sealed", "finite", "as_measured", "classes", "alone", "exports", "test_set", "leak", "commit", "synthetic"}
BOUND = "checks:\n  small:\n    _target_: assay.gate.checks.ceiling.Ceiling\n    metric: ece\n    at_most: 1\n"


PERSON = ["gate.loosened.by=Ada", "gate.loosened.reason=the camera is new"]
OVERRIDE = ["gate.override.by=Ada", "gate.override.reason=the camera is new"]


def asked(folder: Path, text: str, *words: str) -> Gate:
    own = folder / "mine.yaml"
    own.write_text(text)
    gate = PROMOTE.parse(["run=ab", f"gate={own}", *words])[1]
    assert isinstance(gate, Gate)
    return gate


@pytest.mark.parametrize("defaults", ["", "defaults: [_integrity, _self_]\n", "defaults: [/gate/_integrity@_here_]\n"])
def test_an_own_gate_with_one_bound_judges_with_every_integrity_check(tmp_path: Path, defaults: str) -> None:
    assert set(asked(tmp_path, defaults + BOUND).checks) == {*CHECKS, "small"}


def test_a_file_that_is_called_like_ours_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "_integrity.yaml").write_text(BOUND.replace("small", "own"))
    assert set(asked(tmp_path, "defaults: [_integrity, _self_]\n" + BOUND).checks) == {*CHECKS, "own", "small"}


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_file_cannot_leave_an_integrity_check_out_nor_put_another_in_its_place(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"gate.checks.{name}: this check belongs to every gate"):
        asked(tmp_path, BOUND + f"  {name}: null\n")
    with pytest.raises(ConfigError, match=rf"gate.checks.{name}: this is the name of a check that belongs to every"):
        asked(tmp_path, BOUND.replace("small", name))


def test_a_bound_of_an_integrity_check_can_be_typed_for_an_own_gate_and_is_said(tmp_path: Path) -> None:
    gate = asked(tmp_path, BOUND, "gate.checks.test_set.at_least=30", *PERSON)
    assert (gate.checks["test_set"].at_least, gate.title) == (30, "mine (changed)")
    with pytest.raises(ConfigError, match="did you mean test_set"):
        asked(tmp_path, BOUND, "gate.checks.testset.at_least=30")


@pytest.mark.parametrize("word", ["gate.checks.commit=null", "~gate.checks.commit"])
def test_an_integrity_check_is_left_out_only_by_its_name_which_the_verdict_says(tmp_path: Path, word: str) -> None:
    with pytest.raises(ConfigError, match=r"\(commit left out\), which takes a person and a reason: gate.loosened.by"):
        asked(tmp_path, BOUND, word)
    gate = asked(tmp_path, BOUND, word, *PERSON)
    assert set(gate.checks) == {*CHECKS, "small"} - {"commit"}
    assert gate.title == "mine (changed)"
    assert "(commit left out), by Ada: the camera is new" in _changed(gate)[1]


WEAKER = [
    "leak.at_most=3",
    "test_set.at_least=30",
    "test_set.each_class=0",
    "as_measured.tolerance=0.1",
    "as_measured.metric_tolerance=0.1",
    "exports.agreement=0.6",
    "exports.difference=0.9",
    "alone.images=1",
    "alone.tolerance=0.01",
]
STRICTER = ["test_set.at_least=500", "test_set.digest=ab", "alone.images=20"]


def with_bound(bound: str, loosened_by: Override | None = None) -> Gate:
    name, _, rest = bound.partition(".")
    key, _, value = rest.partition("=")
    node = {**integrity_checks()[name], key: value if key == "digest" else float(value) if "." in value else int(value)}
    return Gate.of("mine", "", GateSettings({name: node}), loosened_by=loosened_by)


@pytest.mark.parametrize("bound", WEAKER)
def test_a_weaker_bound_of_an_integrity_check_in_a_file_takes_a_person_and_a_reason(bound: str) -> None:
    with pytest.raises(ConfigError, match=r"asks less of integrity than every gate does \(.*gate.loosened.by=NAME"):
        with_bound(bound)
    gate = with_bound(bound, Override("Ada", "the camera is new"))
    assert gate.title == "mine (changed)"
    assert f"({bound} instead of " in _changed(gate)[-1]
    assert _changed(gate)[-1].endswith(", by Ada: the camera is new")


def test_a_weaker_bound_that_is_typed_takes_them_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"leak.at_most=3 instead of 0\), which takes a person and a reason"):
        asked(tmp_path, BOUND, "gate.checks.leak.at_most=3")
    gate = asked(tmp_path, BOUND, "gate.checks.leak.at_most=3", *PERSON)
    assert _changed(gate)[-1].endswith("(leak.at_most=3 instead of 0), by Ada: the camera is new")


@pytest.mark.parametrize("bound", STRICTER)
def test_who_asks_for_more_gives_no_reason(bound: str) -> None:
    assert with_bound(bound).loosened == ()


def test_a_reason_for_nothing_is_not_recorded(tmp_path: Path) -> None:
    gate = asked(tmp_path, BOUND, *PERSON)
    assert (gate.loosened_by, gate.title) == (None, "mine")
    with pytest.raises(ConfigError, match=r"gate.loosened.reason: a value is needed"):
        asked(tmp_path, BOUND, "gate.checks.commit=null", "gate.loosened.by=Ada")
    assert asked(tmp_path, BOUND, "gate.checks.commit=null", *OVERRIDE).loosened_by is not None


def test_every_number_of_an_integrity_check_says_on_which_side_more_is_asked() -> None:
    gate = Gate.of("x", "", GateSettings({"a": {"_target_": "assay.gate.checks.sealed.Sealed"}}))
    for name, check in gate.checks.items():
        values = {entry.name: getattr(check, entry.name) for entry in fields(check)}  # type: ignore[arg-type]
        assert {key for key, value in values.items() if isinstance(value, (int, float))} <= set(check.stricter), name
