"""`--help GROUP` describes every key that a person can set."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assay.config.compose import groups
from assay.config.key_help import group_help
from assay.errors import ConfigError

RECIPES = ("debug", "experiment", "sweep")


@pytest.mark.parametrize(
    ("word", "lines"),
    [
        (
            "trainer",
            [
                "trainer.patience=10  int or null, at least 1",
                "epochs without an improvement after which training stops",
            ],
        ),
        ("loss=focal", ["loss.gamma=2.0  float, at least 0", "loss.class_weights=none  none or balanced or eff"]),
        (
            "data=folder",
            ["data.on_error=raise  raise or skip", "data.split_seed=0  int", "of the division."],
        ),
        ("registry", ["registry.history=null  str or null", "URL of a database"]),
        ("aug=robust", ["aug.steps.robust.max_quality=95  int, from 1 to 100"]),
        ("ood/detector", ["ood.detector.k="]),
    ],
)
def test_a_key_has_its_type_bounds_default_and_sentence(word: str, lines: list[str]) -> None:
    page = group_help(word)
    for line in lines:
        assert line in page


@pytest.mark.parametrize("group", [name for name in groups() if name not in RECIPES and not name.startswith("hydra")])
def test_no_key_of_a_group_is_without_a_sentence(group: str) -> None:
    lines = group_help(group).splitlines()
    start = group.replace("/", ".") + "."
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith(start):
            assert following.startswith("      "), line


def test_an_unknown_group_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"--help trianer: no such group; did you mean trainer\?"):
        group_help("trianer")


def test_it_is_shown_without_importing_anything_heavy() -> None:
    code = (
        "import sys; from assay.cli import main; main(['train', '--help', 'loss']); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "loss.gamma=2.0" in done.stdout
