"""Every command, by its declaration: help, wrong words, formats, completion, reference, and one that a package adds."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay.commands.candidates import candidates
from assay.commands.catalogue import NAMES, find_command
from assay.commands.completion import SCRIPTS
from assay.commands.document import csv_text, json_text
from assay.commands.help import key_lines
from assay.commands.reference import reference
from assay.measurement import Measurement

HEAVY = ("torch", "mlflow", "numpy", "pandas", "timm", "PIL", "lightning", "sklearn", "rich")
LIGHT = f"""
import sys
from assay.cli import main
for name in {NAMES!r}:
    for words in ([name, "--help"], [name, "nonsense=1"], [name, "--no-such-word"]):
        try:
            main(words)
        except SystemExit as left:
            print(f"EXIT {{name}} {{words[1]}} {{left.code}}")
        early = [part for part in {HEAVY!r} if part in sys.modules]
        assert not early, (words, early)
"""


def test_help_and_wrong_words_of_every_command_import_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    for name in NAMES:
        for word in ("nonsense=1", "--no-such-word"):
            assert f"EXIT {name} {word} 2" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_every_key_has_a_sentence_and_stands_in_the_help(name: str) -> None:
    command = find_command(name)
    assert command.name == name
    assert command.purpose.endswith(".")
    for key, what in key_lines(command).items():
        assert len(what) > 5, key
    for words in command.examples:
        if command.takes_over or "$" in words or ">>" in words or ">" in words:
            continue
        typed = [word for word in words.replace('"', "").split() if "=" in word or word.startswith("--")]
        own = {key.key for key in command.keys} | {short.key for short in command.shorthands}
        for word in typed:
            key = word.removeprefix("--").partition("=")[0]
            assert key in own or key.startswith((*command.groups, *command.passed)), word


def test_an_unknown_format_is_answered_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    from assay.cli import main

    for words in (["history", "format=jsno"], ["train", "format=jsno"]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 2
        assert "format=jsno: no such format; did you mean json?" in capsys.readouterr().err


def test_a_document_has_its_schema_and_no_number_that_json_does_not_know() -> None:
    measured = Measurement(0.5, 0.25, 0.75, 8, "bootstrap")
    content = json.loads(
        json_text("compare", {"a": measured, "b": float("nan"), "c": Path("x"), "d": {("f1", "k"): 1}})
    )
    assert content == {
        "schema": "assay.compare",
        "version": 1,
        "a": {"value": 0.5, "low": 0.25, "high": 0.75, "n": 8, "method": "bootstrap"},
        "b": None,
        "c": "x",
        "d": {"f1/k": 1},
    }


def test_a_table_has_the_columns_of_every_row() -> None:
    assert csv_text([{"a": 1, "b": "x,y"}, {"c": True}]) == 'a,b,c\n1,"x,y",\n,,true\n'
    assert csv_text([]) == ""


def test_a_dataset_is_described_on_stdout_alone(photos: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from assay.cli import main

    words = ["audit", "data=folder", f"data.root={photos}"]
    main([*words, "format=json"])
    content = json.loads(capfd.readouterr().out)
    assert content["schema"] == "assay.audit"
    pictures = len([path for path in photos.rglob("*") if path.is_file()])
    assert content["tables"]["images per class and split"][-1]["all"] == pictures
    main([*words, "--format", "csv"])
    assert capfd.readouterr().out.startswith("table,row,column,value\nimages per class and split,0,class,")


@pytest.mark.parametrize(
    ("before", "word", "wanted"),
    [
        ([], "pro", ["promote"]),
        (["promote"], "gate=", ["gate=amulet"]),
        (["promote", "--gate"], "am", ["amulet"]),
        (["promote"], "serve=i", ["serve=int8"]),
        (["promote"], "--ga", ["--gate="]),
        (["explain"], "explain=gradcam_", ["explain=gradcam_pp"]),
        (["explain"], "explain.la", ["explain.layer="]),
        (["explain"], "mod", []),
        (["embed"], "mod", ["model="]),
        (["embed"], "--val", ["--validate"]),
        (["history"], "verify=", ["verify=false", "verify=true"]),
        (["compare"], "format=j", ["format=json"]),
        (["completion"], "z", ["zsh"]),
        (["runs"], "del", ["delete"]),
    ],
)
def test_what_may_come_next_is_known(before: list[str], word: str, wanted: list[str]) -> None:
    known = candidates(before, word)
    assert set(wanted) <= set(known)
    assert all(entry.startswith(word) for entry in known)
    if not wanted or word not in ("gate=",):
        assert known == wanted


@pytest.mark.parametrize(("shell", "flag"), [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_the_script_of_a_shell_can_be_read_by_it(shell: str, flag: str, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(SCRIPTS[shell])
    assert "assay completion --line" in SCRIPTS[shell]
    if shutil.which(shell) is not None:
        subprocess.run([shell, flag, str(tmp_path / "script")], check=True)


@pytest.fixture
def assay_on_path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `assay` is this one."""
    program = tmp_path / "bin" / "assay"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom assay.cli import main\nmain()\n")
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("assay prom", "promote"), ("assay promote gate=am", "amulet"), ("assay embed data=el", "elpv")],
)
def test_bash_completes_what_is_typed(assay_on_path: dict[str, str], line: str, wanted: str) -> None:
    script = (
        f'eval "$(assay completion bash)"; COMP_LINE="{line}"; COMP_POINT=${{#COMP_LINE}}; _assay; echo "$COMPREPLY"'
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=assay_on_path, check=True)
    assert done.stdout.strip() == wanted


GREETING = '''"""A command of a package: request, pipeline, show, declaration."""

from dataclasses import dataclass
from typing import Annotated

from assay.commands.command import Command
from assay.config.bounds import Between
from assay.config.request import Help


@dataclass(frozen=True)
class GreetingRequest:
    name: Annotated[str, Help("who is greeted", shown="NAME", hint="give name=NAME")]
    times: Annotated[int, Between(1, 3), Help("how often")] = 1


def greet(request, config):
    return [f"Hello {request.name}, seed {config.seed}"] * request.times


def text(result, request):
    print("\\n".join(result))


def document(result, request):
    return {"greetings": result}


def rows(result, request):
    return [{"greeting": line} for line in result]


COMMAND = Command(
    name="greet",
    purpose="Greet somebody.",
    pipeline="greeting.greet",
    show="greeting",
    request=GreetingRequest,
    groups=("seed",),
    because="nothing is trained here",
)
'''


def test_a_package_adds_a_command_without_touching_anything_here(tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text(GREETING)
    about = tmp_path / "greeting-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[assay.commands]\ngreet = greeting:COMMAND\n")
    path = os.pathsep.join([str(tmp_path), *sys.path])

    def called(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from assay.cli import main; main()", *words]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})

    assert re.search(r"^  greet +Greet somebody\.$", called().stdout, re.MULTILINE)
    assert called("greet", "--name", "Ada", "times=2", "seed=7").stdout == "Hello Ada, seed 7\n" * 2
    document = json.loads(called("greet", "name=Ada", "format=json").stdout)
    assert document == {"schema": "assay.greet", "version": 1, "greetings": ["Hello Ada, seed 0"]}
    assert "how often; 1 by default" in called("greet", "--help").stdout
    assert "times: must be a whole number from 1 to 3, got '4'" in called("greet", "name=Ada", "times=4").stderr
    assert "name: a value is needed; give name=NAME" in called("greet").stderr
    assert "did you mean times?" in called("greet", "name=Ada", "tims=2").stderr
    assert "times=" in called("completion", "line=assay greet t").stdout


def test_the_reference_is_that_of_the_declarations() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
    assert page.read_text(encoding="utf-8") == reference(), "make reference writes it anew"


def test_every_command_takes_options_of_ones_own(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from assay.cli import main

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pebbles.yaml").write_text(f"# Pebbles.\ndefaults: [folder]\nroot: {photos}\n")
    main(["audit", "--config-dir", str(tmp_path), "data=pebbles", "format=csv"])
    assert ",class,amber" in capsys.readouterr().out
    for words, answer in (
        (["audit", "data=pebbles"], "data=pebbles: no such option"),
        (["audit", "data=pebbles", "--config-dir=nowhere"], "--config-dir nowhere: there is no such folder"),
        (["audit", "data=pebles", f"config-dir={tmp_path}"], "did you mean pebbles?"),
    ):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 2
        assert answer in capsys.readouterr().err


def test_what_ends_a_training_is_said_in_one_line(tmp_path: Path) -> None:
    code = "from assay.cli import main; main(['train', 'data=folder', 'data.root=nowhere'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    loading, *ending = done.stderr.splitlines()
    assert loading == "loading torch and timm …"
    assert (done.returncode, ending) == (1, ["DataError: data.root=nowhere: no such folder"])
