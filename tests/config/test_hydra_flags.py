from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli import main
from assay.config.hydra_flags import flag_parser, parse_flags

MODES = {"--run": [], "--multirun": [], "--cfg": ["hydra"], "--info": ["plugins"], "--shell-completion": []}
PAIRS = [
    ([first, *MODES[first], second, *MODES[second]], f"{first} and {second} do not go together; ")
    for place, first in enumerate(MODES)
    for second in list(MODES)[place + 1 :]
]
WRONG = [
    *PAIRS,
    (["-m", "--cfg", "hydra"], "leave out --multirun and give one value where there are several: --cfg hydra"),
    (["-m", "-c", "job", "seed=1,2"], "--multirun and --cfg do not go together"),
    (["-r", "-m", "-i"], "--run and --multirun and --info do not go together; leave out all but one of them"),
    (["--cfg"], "--cfg: a value is needed; give one of job, hydra, all"),
    (["--cfg", "--resolve"], "--cfg: a value is needed"),
    (["--cfg", "jobb"], "--cfg jobb: did you mean job?"),
    (["--cfg", "seed=1"], "--cfg seed=1: give one of job, hydra, all first, as in --cfg job seed=1"),
    (["--info", "plugin"], "--info plugin: did you mean plugins?"),
    (["--info", "seed=1"], "--info seed=1: give one of all, config,"),
    (["--resolve"], "--resolve: means nothing without --cfg; add --cfg job"),
    (["--resolve", "-m"], "--resolve: means nothing without --cfg"),
    (["--package", "optimizer"], "--package: means nothing without --cfg"),
    (["--package"], "--package: a value is needed"),
    (["--cfg", "job", "--package"], "--package: a value is needed"),
    (["--cfg", "job", "-p", "optimiser"], "--package optimiser: --cfg job has no such part; did you mean optimizer?"),
    (["--cfg", "job", "-p", "hydra.run"], "--package hydra.run: --cfg job has no such part"),
    (["--cfg", "hydra", "-p", "optimizer"], "--package optimizer: --cfg hydra has no such part"),
    (["--cfg", "job", "-p", "a..["], "--package a..[: --cfg job has no such part"),
    (["--cfg", "job", "-p", "seed.x"], "--package seed.x: --cfg job has no such part"),
    (["--cfg", "job", "seed=1,2"], "seed"),
    (["--shell-completion"], "--shell-completion: give install=SHELL or uninstall=SHELL alone"),
    (["-sc", "install=tcsh"], "--shell-completion install=tcsh: give install=SHELL"),
    (["-sc", "install=bash", "uninstall=bash"], "give install=SHELL or uninstall=SHELL alone"),
    (["-sc", "query=bash"], "only a shell asks this; give install=bash"),
    (["--experimental-rerun"], "--experimental-rerun: a pickle is not opened"),
    (["--experimental-rerun", "nowhere.pickle"], "--experimental-rerun: a pickle is not opened"),
    (["--config-path"], "--config-path: the config that Assay checks is its own"),
    (["--config-path", "nowhere"], "add --config-dir DIR"),
    (["--config-name"], "--config-name: the config that Assay checks is always train"),
    (["--config-name", "other"], "add --config-dir DIR experiment=NAME"),
    (["--config-dir"], "--config-dir: a value is needed"),
    (["--config-dir="], "--config-dir: a value is needed"),
    (["--config-dir", "nowhere"], "--config-dir nowhere: there is no such folder"),
    (["--config-dir", "nowhere", "--cfg", "job"], "--config-dir nowhere: there is no such folder"),
    (["--config", "x"], "ambiguous option: --config could match --config-path"),
    (["--multirum"], "--multirum: no such flag; did you mean --multirun?"),
    (["--seed=3"], "--seed=3: no such flag, and settings have no dashes; did you mean seed=3?"),
    (["--optimizer.lr=3"], "--optimizer.lr=3: no such flag, and settings have no dashes; did you mean optimizer.lr=3?"),
    (["-x"], "-x: no such flag"),
    (["--run=fast"], "ignored explicit argument 'fast'"),
]


@pytest.mark.parametrize(("words", "message"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_wrong_flag_of_hydra_or_a_wrong_pair_is_one_line_with_a_remedy(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMP_LINE", raising=False)
    with pytest.raises(SystemExit) as left:
        main(["train", *words])
    shown = capsys.readouterr()
    assert (left.value.code, shown.out) == (2, "")
    assert shown.err.startswith("ConfigError: ")
    assert message in shown.err
    assert len(shown.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_our_parser_knows_every_flag_of_hydras_under_the_same_names() -> None:
    if sys.version_info >= (3, 14):
        pytest.skip("Hydra 1.3's own parser cannot be made by this Python")
    from hydra._internal.utils import get_args_parser

    assert {action.dest: set(action.option_strings) for action in flag_parser()._actions} == {
        action.dest: set(action.option_strings) for action in get_args_parser()._actions
    }


def test_flags_and_overrides_come_in_any_order() -> None:
    flags = parse_flags(["seed=1", "--cfg", "job", "aug=mixup", "--resolve", "-p", "aug"])
    assert (flags.overrides, flags.cfg, flags.resolve, flags.package) == (["seed=1", "aug=mixup"], "job", True, "aug")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--cfg", "job", "--package", "optimizer", "optimizer.lr=0.5"], "lr: 0.5"),
        (["--cfg", "hydra", "-p", "hydra.job"], "name: train"),
        (["--cfg", "all", "--resolve", "-p", "seed"], "0"),
        (["--info", "searchpath"], "Config search path"),
        (["--hydra-help"], "--multirun,-m : Run every combination, or a search"),
        (["--version"], "Hydra 1."),
        (["-sc", "install=bash"], "hydra_bash_completion"),
    ],
)
def test_flags_that_show_something_show_it(words: list[str], shown: str, tmp_path: Path) -> None:
    train = Path(__file__).parents[2] / "train.py"
    done = subprocess.run(
        [sys.executable, str(train), *words], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in done.stdout
