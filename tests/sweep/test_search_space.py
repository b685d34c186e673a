"""The search space against what Hydra's own sweeper makes of the same words."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from assay.errors import ConfigError
from assay.sweep.dimension import Numbers
from assay.sweep.search_space import read_space

DISCRETE = [
    "seed=0,1,2",
    "seed=choice(3,1,2)",
    "seed=range(5)",
    "seed=range(2,11,3)",
    "seed=range(10,2,-3)",
    "optimizer.lr=range(0.25,1.0,0.25)",
    "seed=int(range(1.0,4.0))",
    "trainer.compile=choice(true,false)",
    "trainer.patience=null,5",
    "name=choice('a b','c,d')",
    "aug=choice([standard,mixup],none)",
    "model=choice(resnet50,mobilenet_v2)",
    "++optimizer.lr=choice(0.1,0.2)",
]


@pytest.mark.parametrize("word", DISCRETE)
def test_a_discrete_dimension_has_the_values_that_hydra_would_run(word: str) -> None:
    parsed = OverridesParser.create().parse_overrides([word])
    theirs = {job[0] for batch in BasicSweeper.split_arguments(parsed, None) for job in batch}
    space = read_space([word])
    ((key, dimension),) = space.dimensions.items()
    assert {space.overrides({key: value})[0] for value in dimension.grid() or ()} == theirs
    assert space.size() == len(theirs)


@pytest.mark.parametrize(
    ("word", "distribution"),
    [
        ("optimizer.lr=interval(1e-5,1e-2)", FloatDistribution(1e-5, 1e-2)),
        ("optimizer.lr=interval(1,5)", FloatDistribution(1.0, 5.0)),
        ("optimizer.lr=tag(log,interval(1e-5,1e-2))", FloatDistribution(1e-5, 1e-2, log=True)),
        ("optimizer.lr=tag(log, interval(1e-5,1e-2))", FloatDistribution(1e-5, 1e-2, log=True)),
        ("seed=int(interval(1,5))", IntDistribution(1, 5)),
        ("seed=tag(log,int(interval(1,500)))", IntDistribution(1, 500, log=True)),
        ("seed=range(2,11,3)", IntDistribution(2, 8, step=3)),
        ("seed=tag(log,range(1,9))", IntDistribution(1, 8, log=True)),
        ("optimizer.lr=range(0.25,1.0,0.25)", FloatDistribution(0.25, 0.75, step=0.25)),
        ("loss=choice(focal,cross_entropy)", CategoricalDistribution(("focal", "cross_entropy"))),
    ],
)
def test_each_word_of_the_grammar_becomes_its_distribution(word: str, distribution: object) -> None:
    (dimension,) = read_space([word]).dimensions.values()
    assert dimension.distribution() == distribution


def test_what_does_not_vary_is_the_same_in_every_trial() -> None:
    space = read_space(["data=folder", "data.root='a, b'", "seed=1", "seed=2", "+x.y=1", "optimizer.lr=interval(0,1)"])
    assert space.fixed == ("data=folder", "data.root='a, b'", "seed=2", "+x.y=1")
    assert space.overrides({"optimizer.lr": 1e-05})[-1] == "optimizer.lr=1e-05"
    assert space.size() is None


def test_a_later_override_replaces_an_earlier_one() -> None:
    space = read_space(["seed=choice(1,2)", "loss=choice(focal,cross_entropy)", "seed=3"])
    assert space.fixed == ("seed=3",)
    assert list(space.dimensions) == ["loss"]


def test_a_step_reaches_the_last_value() -> None:
    assert Numbers(2, 8, step=3).grid() == (2, 5, 8)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("seed=1", "a sweep needs something that varies"),
        ("optimizer.lr=interval(1e-2,1e-5)", "from a smaller number to a larger one"),
        ("optimizer.lr=tag(log,interval(0,1))", "tag log needs numbers above 0, got 0"),
        ("optimizer.lr=tag(lgo,interval(0,1))", "tag lgo: did you mean log?"),
        ("loss=tag(log,choice(focal,cross_entropy))", "words have no orders of magnitude"),
        ("seed=range(5,5)", "this range is empty"),
        ("seed=range(0,5,0)", "the step of a range must not be 0"),
        ("seed=tag(log,range(1,9,2))", "whole numbers with step 1"),
        (
            "model=choice(resnet50,efficientnet_bo)",
            "model=efficientnet_bo: no such option; did you mean efficientnet_b0?",
        ),
        ("optimizer.lr=interval(1e-5", "cannot be understood"),
    ],
)
def test_a_space_that_cannot_be_searched_says_what_is_wrong(word: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_space([word])
    assert said in str(caught.value)


def test_reading_a_space_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom assay.sweep.search_space import read_space\nread_space(['seed=range(3)'])\n"
        "print([m for m in ('torch', 'mlflow', 'optuna', 'pandas', 'numpy', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
