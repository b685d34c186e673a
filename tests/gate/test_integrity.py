"""Integrity belongs to every gate, however it is composed."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.commands.promote import COMMAND as PROMOTE
from assay.errors import ConfigError
from assay.gate.gate import Gate

CHECKS = {"sealed", "finite", "as_measured", "classes", "alone", "exports", "test_set", "leak", "commit", "synthetic"}
BOUND = "checks:\n  small:\n    _target_: assay.gate.checks.ceiling.Ceiling\n    metric: ece\n    at_most: 1\n"


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
    gate = asked(tmp_path, BOUND, "gate.checks.test_set.at_least=30")
    assert (gate.checks["test_set"].at_least, gate.title) == (30, "mine (changed)")
    with pytest.raises(ConfigError, match="did you mean test_set"):
        asked(tmp_path, BOUND, "gate.checks.testset.at_least=30")


@pytest.mark.parametrize("word", ["gate.checks.commit=null", "~gate.checks.commit"])
def test_an_integrity_check_is_left_out_only_by_its_name_which_the_verdict_says(tmp_path: Path, word: str) -> None:
    from assay.gate.gate import _changed

    gate = asked(tmp_path, BOUND, word)
    assert set(gate.checks) == {*CHECKS, "small"} - {"commit"}
    assert gate.title == "mine (changed)"
    assert "left out by name: commit" in _changed(gate)[1]
