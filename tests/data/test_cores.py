from __future__ import annotations

import os
from pathlib import Path

import pytest

from assay.data import cores
from assay.data.cores import usable_cores


@pytest.mark.parametrize(("quota", "expected"), [("max 100000", None), ("150000 100000", 1), ("50000 100000", 1)])
def test_the_quota_of_a_container_counts(
    quota: str, expected: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.max").write_text(quota + "\n")
    monkeypatch.setattr(cores, "CGROUP_QUOTA", tmp_path / "cpu.max")
    assert usable_cores() == (expected or len(os.sched_getaffinity(0)))


def test_a_share_among_several_jobs_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CORES", "1")
    assert usable_cores() == 1
    monkeypatch.setenv("ASSAY_CORES", "100000")
    assert usable_cores() <= len(os.sched_getaffinity(0))
