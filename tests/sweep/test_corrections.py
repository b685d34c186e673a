"""The conditional functions that come with Assay, against what `config/imbalance.py` allows."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from omegaconf import OmegaConf

from assay.config.compose import compose, groups
from assay.config.imbalance import check_imbalance, corrections
from assay.sweep.conditional import parsed
from assay.sweep.corrections import CORRECTING, Draw, one_correction, sampler_for_loss
from assay.sweep.dimension import CategoricalDimension, read_dimension


def every_way(function: Any, loss: str) -> list[list[str]]:
    """The overrides of each combination of words that the function can draw; of numbers the smallest."""
    done: list[list[str]] = []
    todo: list[dict[str, str]] = [{}]
    while todo:
        chosen = todo.pop()
        open_keys: dict[str, tuple[str, ...]] = {}
        words = [f"loss={loss}"]

        def draw(
            word: str,
            chosen: dict[str, str] = chosen,
            open_keys: dict[str, tuple[str, ...]] = open_keys,
            words: list[str] = words,
        ) -> str:
            key, dimension = word.partition("=")[0], read_dimension(parsed(word))
            options = dimension.values if isinstance(dimension, CategoricalDimension) else (str(dimension.low),)
            if key not in chosen:
                open_keys[key] = options
            words.append(f"{key}={chosen.get(key, options[0])}")
            return chosen.get(key, options[0])

        ask: Draw = draw
        function({"loss": loss}, ask)
        if open_keys:
            key, options = next(iter(open_keys.items()))
            todo += [{**chosen, key: option} for option in options]
        else:
            done.append(words)
    return done


@cache
def composed(word: str) -> dict[str, Any]:
    values = OmegaConf.to_container(compose([word]), resolve=True)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def values_of(words: list[str]) -> dict[str, Any]:
    values = deepcopy(composed(words[0]))
    for word in words[1:]:
        key, _, value = word.partition("=")
        if key == "sampler":
            values["sampler"] = deepcopy(composed(word)["sampler"])
        else:
            group, _, key = key.partition(".")
            assert key in values[group]
            values[group][key] = value if key == "class_weights" else float(value)
    return values


@pytest.mark.parametrize("loss", groups()["loss"])
def test_whatever_is_drawn_is_allowed(loss: str) -> None:
    ways = every_way(one_correction, loss) + every_way(sampler_for_loss, loss)
    for words in ways:
        values = values_of(words)
        check_imbalance(values)
        assert len(corrections(values)) <= 1
    assert (len(ways) > 2) == (loss not in CORRECTING)


def test_the_losses_that_correct_are_those_of_the_check() -> None:
    for loss in groups()["loss"]:
        assert bool(corrections(values_of([f"loss={loss}"]))) == (loss in CORRECTING)
