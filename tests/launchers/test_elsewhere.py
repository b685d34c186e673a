"""A launcher by its name: what it needs and what it may be told, before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.errors import ConfigError
from assay.launchers import settings
from assay.launchers.elsewhere import elsewhere


@pytest.mark.parametrize(
    ("launcher", "workers", "values", "said"),
    [
        ("local", None, {"n_jobs": 2}, r"launcher\.n_jobs: the launcher local has no settings; leave it out"),
        ("joblib", None, {"n_job": 2}, r"launcher\.n_job: no such key; did you mean n_jobs\?"),
        ("submitit_slurm", None, {}, r"workers: a value is needed; say how many jobs Slurm is to have at once"),
        ("submitit_slurm", 4, {}, r"launcher=submitit_slurm: there is no sbatch here"),
        ("ray", None, {"cpus_per_job": 0}, r"launcher\.cpus_per_job: must be at least 1, got 0"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_sent(
    launcher: str, workers: int | None, values: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "require", lambda *asked: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match=said):
        elsewhere(launcher, workers, values, Path("logs"))


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local", "ray"])
def test_a_launcher_that_is_not_installed_is_named_with_what_installs_it(
    launcher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.config.extras.find_spec", lambda package: None)
    with pytest.raises(ConfigError, match=r"launcher: \w+ is not installed; pip install"):
        elsewhere(launcher, None, {}, Path("logs"))


def test_workers_share_the_cores_and_there_are_never_more_than_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.launchers.share.usable_cores", lambda: 8)
    monkeypatch.setattr("assay.launchers.share.installed_gpus", lambda: 0)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    asked = elsewhere("local", 4, {}, Path("logs"))
    count, share = asked.at_once(100)
    assert (count, share.cores, share.threads) == (4, 2, 2)
    assert asked.at_once(3)[0] == 3
    assert elsewhere("local", None, {}, Path("logs")).at_once(100)[0] == 8
