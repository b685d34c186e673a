from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from assay.launchers.devices import one_of, visible_devices


@pytest.mark.parametrize(
    ("found", "environment", "expected"),
    [
        (0, {}, ()),
        (3, {}, ("0", "1", "2")),
        (2, {"CUDA_VISIBLE_DEVICES": "3,1"}, ("3", "1")),
        (2, {"CUDA_VISIBLE_DEVICES": "GPU-a1, GPU-b2"}, ("GPU-a1", "GPU-b2")),
        (0, {"CUDA_VISIBLE_DEVICES": ""}, ()),
        (0, {"CUDA_VISIBLE_DEVICES": "-1"}, ()),
        (4, {"CUDA_VISIBLE_DEVICES": "2,-1,0"}, ("2",)),
        (0, {"CUDA_VISIBLE_DEVICES": "GPU-8932f937,MIG-2ac4f1"}, ("GPU-8932f937", "MIG-2ac4f1")),
    ],
)
def test_what_the_person_has_made_visible_is_what_there_is(
    found: int, environment: dict[str, str], expected: tuple[str, ...]
) -> None:
    assert visible_devices(environment, found) == expected


def test_each_job_has_a_device_of_its_own_until_there_are_more_jobs(tmp_path: Path) -> None:
    devices = ("0", "MIG-GPU-7/1/0")
    with ExitStack() as jobs:
        taken = [jobs.enter_context(one_of(devices, tmp_path)) for _ in range(5)]
    assert taken == ["0", "MIG-GPU-7/1/0", "0", "MIG-GPU-7/1/0", "0"]


def test_the_device_of_a_job_that_ended_is_the_next_ones(tmp_path: Path) -> None:
    with one_of(("0", "1"), tmp_path) as first:
        with one_of(("0", "1"), tmp_path) as second:
            assert (first, second) == ("0", "1")
        with one_of(("0", "1"), tmp_path) as third:
            assert third == "1"


def test_without_a_device_there_is_none(tmp_path: Path) -> None:
    with one_of((), tmp_path) as device:
        assert device is None
