"""What a training prints at its end can be typed: also where the experiment has a name that no model can have."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from assay.commands.show.train import next_steps
from assay.errors import GateError
from assay.registry.model_name import check_model_name, like_model_name


def promote(*places: str) -> list[str]:
    """The words of the printed command that follow the gate."""
    outcome = SimpleNamespace(run_id="0123456789abcdef", folder=Path("work"), page="http://localhost")
    (line,) = [line for line in next_steps(outcome, places) if line.startswith("promote")]
    words = shlex.split(line)
    return words[words.index("gate=default") + 1 :]


@pytest.mark.parametrize("typed", ["team/cats", "'team/cats'", "team:cats", "team/ cats="])
def test_a_model_that_cannot_be_called_as_the_experiment_is_gets_a_name_that_is_taken(typed: str) -> None:
    with pytest.raises(GateError, match=r"set registry\.name"):
        check_model_name(typed.strip("'"))
    assert promote(f"tracking.experiment={typed}") == [f"tracking.experiment={typed}", "registry.name=team-cats"]
    check_model_name("team-cats")


def test_other_experiments_name_their_model() -> None:
    assert promote("tracking.experiment=my cats") == ["tracking.experiment=my cats"]
    assert promote() == []


@pytest.mark.parametrize("name", ["/", "a/" * 150, " x ", "'"])
def test_every_suggestion_is_a_name(name: str) -> None:
    check_model_name(like_model_name(name))
