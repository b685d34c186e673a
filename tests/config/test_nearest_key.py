"""Who types settings as flags is told the key of the config that he means."""

from __future__ import annotations

import pytest

from assay.config.hydra_flags import parse_flags
from assay.errors import ConfigError


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["--lr", "0.1"], "--lr 0.1: no such flag, and settings have no dashes; did you mean optimizer.lr=0.1?"),
        (["-lr", "0.1"], "did you mean optimizer.lr=0.1?"),
        (["--lr=0.1"], "did you mean optimizer.lr=0.1?"),
        (["--learning-rate", "1e-3"], "did you mean optimizer.lr=1e-3?"),
        (["--epochs", "5"], "did you mean finetune.epochs=5?"),
        (["--batch-size=32"], "trainer.batch_size=32"),
        (["--weight_decay", "0.1", "seed=1"], "did you mean optimizer.weight_decay=0.1?"),
        (["--wd", "0"], "did you mean optimizer.weight_decay=0?"),
        (["--optimizer.lr", "0.1"], "did you mean optimizer.lr=0.1?"),
        (["--seed", "3"], "did you mean seed=3?"),
        (["-model", "resnet50"], "did you mean model=resnet50?"),
        (["--model=resnet50"], "did you mean model=resnet50?"),
        (["data=folder", "--root", "photos"], "did you mean data.root=photos?"),
        (["--seed", "seed=1"], "did you mean seed=VALUE?"),
        (["--num-workers", "-1"], "did you mean trainer.workers=-1?"),
    ],
)
def test_a_setting_typed_as_a_flag_is_answered_with_its_key(words: list[str], meant: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_flags(words)
    assert meant in str(refused.value)


@pytest.mark.parametrize("words", [["-m"], ["--multirun", "seed=0,1"], ["--cfg", "job"], ["-cd", "conf"], ["--help"]])
def test_flags_are_flags(words: list[str]) -> None:
    assert parse_flags(words)
