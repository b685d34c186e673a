"""Words with nothing behind them, and values that a library would refuse when the work is done."""

import pytest

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError


@pytest.mark.parametrize("word", ["resume=", "data.root=", "data.root=''", 'name=""', "cache= ", "data.holdout_class="])
def test_a_variable_that_a_shell_did_not_know_is_no_value(word: str) -> None:
    with pytest.raises(ConfigError, match=r"a value is needed; give one, or leave [a-z._]+ out"):
        compose(["data=folder", word])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("aug=null", "no such option; take aug=none"),
        ("loss=null", r"no such option; \(options: balanced_softmax"),
        ("seed=null", "seed: a value is needed, as in seed=0, got null"),
        ("data.split=random", r"data.split: must be given by its entries, as in data.split.train="),
        ("data.split=[0.6,0.4]", r"data.split: must be given by its entries, as in data.split.train="),
        ("data.split.test=null", r"data.split.test: a value is needed, as in data.split.test=0.2"),
        ("seed=-1", "seed: must be from 0 to 4294967295, got -1"),
        ("seed=99999999999999999999", "seed: must be from 0 to 4294967295"),
        ("optimizer.lr=-1", "optimizer.lr: must be above 0, got -1"),
        ("optimizer.lr=0", "optimizer.lr: must be above 0, got 0"),
        ("optimizer.weight_decay=-0.1", "optimizer.weight_decay: must be at least 0"),
        ("trainer.workers=-1", "trainer.workers: must be from 0 to 1024, got -1"),
        ("data.classes=[]", "a classifier needs two; got 0"),
        ("data.classes=[cat]", "a classifier needs two; got 1"),
        ("data.classes=[dog,cat,cat]", "data.classes: cat is there twice"),
        ("optimizer.LR=1", r"did you mean lr\?"),
        ("epochs=3", r"did you mean finetune.epochs\?"),
        ("learning_rate=3", r"did you mean optimizer.lr\?"),
    ],
)
def test_what_no_training_could_use_is_refused_with_its_key_before_the_work(word: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(compose(["data=folder", "data.root=photos", word]))


def test_workers_may_be_none_or_automatic() -> None:
    for word in ("trainer.workers=0", "trainer.workers=auto", "trainer.workers=4"):
        check(compose(["data=folder", "data.root=photos", word]))
