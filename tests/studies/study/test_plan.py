"""A plan says which trainings a study needs, and refuses one that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.commands.study import COMMAND as STUDY
from assay.config.compose import compose
from assay.errors import ConfigError
from assay.studies.study.plan import read_plan

GOOD = "question: Which?\nbaseline: plain\nvariants:\n  better: [aug=mixup]\n  plain: []\n"


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, *words: str, common=()):
        (tmp_path / "s.yaml").write_text(text)
        return read_plan(str(tmp_path / "s.yaml"), list(words), list(common))

    return write


def test_the_baseline_comes_first_and_every_variant_has_every_seed(written) -> None:
    plan = written(GOOD, "seeds=[3,1]", common=["data=folder"])
    assert [one.name for one in plan.variants] == ["plain", "better"]
    assert plan.places == [(3, None), (1, None)]
    assert plan.training(plan.variants[1], 3, None).overrides == ("data=folder", "aug=mixup", "seed=3")


def test_a_seed_of_a_cross_validation_divides_the_images_anew(written) -> None:
    plan = written(GOOD, "seeds=[0,7]", "folds=2")
    assert plan.places == [(0, 0), (0, 1), (7, 0), (7, 1)]
    words = plan.training(plan.variants[0], 7, 1).overrides
    assert words == ("seed=7", "data.fold=1", "data.folds=2", "data.split_seed=7")


def test_common_overrides_of_the_command_line_come_after_those_of_the_file(written) -> None:
    plan = written(GOOD + "common: [aug=none, trainer=default]\n", common=["aug=strong"])
    assert plan.common == ("aug=none", "trainer=default", "aug=strong")


def test_what_the_best_lends_comes_before_the_variants_own(written) -> None:
    plan = written(GOOD + "  opened: {best_of: [plain, better], overrides: [finetune=full]}\n")
    (opened,) = [one for one in plan.variants if one.best_of]
    words = plan.training(opened, 0, None, lent=("aug=mixup",)).overrides
    assert words == ("aug=mixup", "finetune=full", "seed=0")


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (GOOD, ["baseline=pain"], "study.baseline=pain: did you mean plain?"),
        (GOOD, ["seeds=[1,1]"], "must be different"),
        (GOOD, ["seeds=[]"], "at least one"),
        (GOOD + "  x: aug=mixup\n", [], "study.variants.x: must be a list of overrides"),
        (GOOD + "  x: {best_off: [plain]}\n", [], "study.variants.x.best_off: did you mean best_of?"),
        (GOOD + "  x: {best_of: [plian]}\n", [], "best_of: plian: did you mean plain?"),
        (GOOD + "  x: {best_of: [plain]}\n  y: {best_of: [x]}\n", [], "x itself waits for others"),
        (GOOD + "  x: {best_of: [plain]}\n", ["baseline=x"], "a baseline cannot wait"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(written, text: str, words: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        written(text, *words)
    assert said in str(caught.value)


def test_words_are_told_apart() -> None:
    asked = STUDY.parse(["study=cross_validation", "study.folds=3", "data=folder", "tracking=server", "plan=true"])[0]
    assert asked.study == ("folds=3",)
    assert asked.common == ("data=folder", "tracking=server")
    assert asked.plan


def test_a_study_keeps_its_name_with_more_seeds_and_gets_another_with_other_images() -> None:
    plain = STUDY.parse(["study=cross_validation"])[0].name
    assert plain == "cross_validation"
    assert STUDY.parse(["study=cross_validation", "study.seeds=[0,1]"])[0].name == plain
    other = STUDY.parse(["study=cross_validation", "data=folder"])[0].name
    assert other.startswith("cross_validation-")
    assert other != STUDY.parse(["study=cross_validation", "data=table"])[0].name
    assert STUDY.parse(["study=cross_validation", "data=folder", "name=mine"])[0].name == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "study: a value is needed; give study=NAME (options: "),
        (["study=cross_validation", "seed=3"], "use study.seeds="),
        (["study=cross_validation", "abcd"], "abcd: cannot be understood"),
        (["study=cross_validation", "plan=maybe"], "plan: must be true or false"),
    ],
)
def test_words_that_cannot_be_are_refused(words: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        STUDY.parse(words)
    assert said in str(caught.value)


def test_a_variant_stands_for_one_of_each_generator(written) -> None:
    plan = written(GOOD + "  made: {each_generator: true, overrides: [data.synthetic_ratio=2]}\n")
    found = plan.per_generator(["gan", "a'b"]).variants
    assert [one.name for one in found] == ["plain", "better", "made_gan", "made_a'b"]
    assert found[2].overrides == ("data.synthetic_ratio=2", "data.synthetic_generators=[gan]")
    assert list(compose(found[3].overrides).data.synthetic_generators) == ["a'b"]
    with pytest.raises(ConfigError, match="two are called made_gan"):
        plan.per_generator(["gan", "gan"])


def test_a_baseline_is_not_one_of_each_generator(written) -> None:
    with pytest.raises(ConfigError, match=r"plain\.each_generator: not for a baseline"):
        written(GOOD.replace("plain: []", "plain: {each_generator: true}"))
