from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from assay.tracking.environment import environment, git_state, lock_digest


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_commit_and_dirty_flag_are_those_of_git(tmp_path: Path):
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path) == ("none", "none")
    (tmp_path / "a.py").write_text("a")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_state(tmp_path) == (commit, "false")
    (tmp_path / "b.py").write_text("an option that is not committed")
    assert git_state(tmp_path) == (commit, "true")
    (tmp_path / "b.py").unlink()
    (tmp_path / "a.py").write_text("changed")
    assert git_state(tmp_path) == (commit, "true")


def test_without_a_repository_or_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert git_state(tmp_path) == ("none", "none")
    monkeypatch.setenv("PATH", "")
    assert git_state() == ("none", "none")


def test_the_lock_digest_changes_with_any_installed_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    before = lock_digest()
    assert lock_digest() == before
    monkeypatch.syspath_prepend(tmp_path)
    assert lock_digest() == before
    (tmp_path / "somelib-1.0.dist-info").mkdir()
    first = lock_digest()
    (tmp_path / "somelib-1.0.dist-info").rename(tmp_path / "somelib-1.1.dist-info")
    assert len({before, first, lock_digest()}) == 3


def test_every_installed_distribution_is_in_the_lock_digest(monkeypatch: pytest.MonkeyPatch):
    import hashlib
    import re

    named = {f"{re.sub(r'[-_.]+', '-', d.metadata['Name']).lower()}=={d.version}" for d in metadata.distributions()}
    assert lock_digest() == hashlib.sha256("\n".join(sorted(named)).encode()).hexdigest()


def test_the_environment_is_text_and_names_what_results_depend_on():
    tags = environment(config={"b": 1, "a": 2}, device="cpu")
    assert all(isinstance(value, str) for value in tags.values())
    assert tags["version_torch"] == metadata.version("torch")
    assert tags["python"] == ".".join(map(str, sys.version_info[:3]))
    assert tags["config_digest"] == environment(config={"a": 2, "b": 1})["config_digest"]
    assert tags["config_digest"] != environment(config={"a": 3, "b": 1})["config_digest"]
    assert tags["device"] == "cpu"
    assert tags["cpu"]
