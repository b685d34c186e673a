"""What is typed behind `assay bench`."""

from __future__ import annotations

import pytest

from assay.cli import main
from assay.commands.bench import COMMAND as BENCH
from assay.deploy.benchmark.request import BenchmarkRequest
from assay.errors import ConfigError


def test_the_words_are_understood():
    asked, _ = BENCH.parse(
        ["digits@champion", "formats=[onnx,int8]", "batch_sizes=[8,1]", "threads=4", "runs=10", "seconds=null"]
    )
    assert asked == BenchmarkRequest(
        model="digits@champion", formats=("onnx", "int8"), batch_sizes=(1, 8), threads=(4,), runs=10, seconds=None
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "one bundle is needed, got 0"),
        (["run=3f2a", "bundle=x"], "got 2: bundle=FOLDER"),
        (["run=3f2a", "batch_sizes=[0]"], "batch_sizes: must be a whole number from 1 to 4096, got '0'"),
        (["run=3f2a", "threads=[]"], "a list of whole numbers"),
        (["run=3f2a", "runs=many"], "runs: must be a whole number from 1"),
        (["run=3f2a", "seconds=-1"], "seconds: must be a number from 0.01"),
        (["run=3f2a", "seconds=nan"], "got 'nan'"),
        (["run=3f2a", "model=resnet50"], "measured as it is"),
        (["run=3f2a", "thread"], "did you mean threads="),
        (["bundle=nowhere"], "no such folder"),
    ],
)
def test_a_word_that_cannot_be_is_refused(words, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", *words])
    assert ended.value.code == ConfigError.exit_code
    assert said in capsys.readouterr().err


def test_help_says_how_long_it_takes(capsys):
    main(["bench", "--help"])
    assert "one to two minutes" in capsys.readouterr().out
