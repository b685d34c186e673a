"""The systemd unit and the Dockerfile: what they promise, and that what they name is there."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli import main
from assay.serving.notify import notify
from assay.serving.unit import quoted
from started_service import Started

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@pytest.fixture
def unit(tmp_path, monkeypatch, capsys):
    """Prints the unit of a service that is started by these words; gives its lines by name."""
    monkeypatch.chdir(tmp_path)

    def make(*words: str) -> tuple[str, dict[str, str]]:
        monkeypatch.setattr("sys.argv", ["assay", "serve", *words, "unit=systemd"])
        main()
        text = capsys.readouterr().out
        return text, dict(line.split("=", 1) for line in text.splitlines() if re.match(r"\w+=", line))

    return make


def test_the_unit_starts_what_was_typed_from_where_it_was_typed(unit, tmp_path):
    _, lines = unit("port=8080", "drain_seconds=60", "model=my runs/100%$HOME")
    assert lines["ExecStart"].endswith(' serve port=8080 drain_seconds=60 "model=my runs/100%%$$HOME"')
    assert Path(lines["ExecStart"].split()[0]).is_absolute()
    assert lines["WorkingDirectory"] == str(tmp_path)
    assert lines["TimeoutStopSec"] == "75"
    assert f"-{tmp_path}/mlruns" in lines["ReadWritePaths"].split()


def test_the_unit_gives_no_more_rights_than_are_needed(unit, tmp_path):
    _, lines = unit()
    assert lines["NoNewPrivileges"] == "yes"
    assert lines["ProtectSystem"] == "strict"
    assert lines["KillMode"] == "mixed", "or the decoders end before what was let in is answered"
    assert lines["CapabilityBoundingSet"] == lines["AmbientCapabilities"] == ""
    assert {"MemoryMax", "Restart", "ProtectHome", "PrivateTmp", "SystemCallFilter"} <= set(lines)
    assert "OMP_WAIT_POLICY=passive" in lines["Environment"]
    _, lines = unit("port=443", "host=0.0.0.0", "proxy=10.0.0.2", f"store={tmp_path}/elsewhere/service.db")
    assert lines["CapabilityBoundingSet"] == lines["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
    assert f"-{tmp_path}/elsewhere" in lines["ReadWritePaths"].split()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_unit_and_finds_it_well_protected(unit, tmp_path):
    file = tmp_path / "assay.service"
    file.write_text(unit("port=443", 'model=a "b" c')[0])
    verified = subprocess.run(["systemd-analyze", "verify", str(file)], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(file)], capture_output=True, text=True
    )
    assert rated.returncode == 0, rated.stdout[-300:]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("port=1", "port=1"),
        ("scopes=[a,b]", "scopes=[a,b]"),
        ("a b", '"a b"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("-x", '"-x"'),
        ("a;b", '"a;b"'),
        ("100%", "100%%"),
        ("$HOME", "$$HOME"),
        ("ü", '"ü"'),
    ],
)
def test_a_word_is_one_word_for_systemd(word, written):
    assert quoted(word) == written


def test_nobody_is_told_where_nobody_listens(tmp_path, monkeypatch):
    for place in ("", "relative", str(tmp_path / "gone")):
        monkeypatch.setenv("NOTIFY_SOCKET", place)
        notify("READY=1")


@pytest.mark.slow
def test_the_system_is_told_when_it_listens_and_when_it_ends_and_the_check_of_the_image_finds_it(bundle, tmp_path):
    place = str(tmp_path / "notify")
    check = _commands()["HEALTHCHECK"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system:
        system.bind(place)
        system.settimeout(60)
        said_to_systemd = {"NOTIFY_SOCKET": place, "JOURNAL_STREAM": "8:1"}
        with Started(tmp_path, f"model={bundle.folder}", "poll_seconds=0", **said_to_systemd) as service:
            assert "no key opens anything yet" in service.said
            assert service.key == "", "what is in the journal is no secret"
            heard = [system.recv(64)]
            while heard[-1] != b"READY=1":
                heard.append(system.recv(64))
            words = json.loads(check[check.index("[") :])
            words = [sys.executable, *(word.replace(":8000/", f":{service.port}/") for word in words[1:])]
            assert subprocess.run(words, capture_output=True).returncode == 0
        while heard[-1] != b"STOPPING=1":
            heard.append(system.recv(64))
        assert subprocess.run(words, capture_output=True).returncode != 0


def _commands() -> dict[str, str]:
    """The last of each instruction of the last stage of the Dockerfile, with lines put together."""
    text = re.sub(r"\\\n\s*", "", "\n".join(_lines()))
    stage = text[text.rindex("\nFROM ") :].splitlines()
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in stage if line}


def _lines() -> list[str]:
    return [line for line in DOCKERFILE.read_text("utf-8").splitlines() if not line.startswith("#")]


def test_the_image_has_no_rights_no_build_tools_and_says_how_it_is():
    last = _commands()
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last["USER"])
    assert (last["WORKDIR"], last["VOLUME"], last["STOPSIGNAL"]) == ("/data", "/data", "SIGTERM")
    assert "/v1/health/live" in last["HEALTHCHECK"]
    assert "HOME=/data" in last["ENV"]
    assert "OMP_WAIT_POLICY=passive" in last["ENV"]
    assert json.loads(last["ENTRYPOINT"]) == ["assay"]
    text = "\n".join(_lines())
    final = text[text.rindex("\nFROM ") :]
    assert not re.search(r"apt-get|gcc|build-essential|pip install", final)
    assert "uninstall --yes pip" in final
    assert "--constraint constraints.txt" in text


def test_the_image_is_built_from_files_that_there_are_and_that_are_not_ignored():
    ignored = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    sources = [
        source
        for line in _lines()
        if line.startswith("COPY ") and "--from=" not in line
        for source in line.split()[1:-1]
    ]
    assert {"pyproject.toml", "constraints.txt", "src", "conf"} <= set(sources)
    assert set(sources) == allowed
    assert all((ROOT / source).exists() for source in sources)


def test_what_the_image_starts_without_words_refuses_to_listen_in_the_clear(tmp_path):
    words = json.loads(_commands()["CMD"])
    program = [sys.executable, "-c", "from assay.cli import main; main()", *words]
    ended = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, env={**os.environ})
    assert ended.returncode == 2
    assert "in the clear" in ended.stderr
