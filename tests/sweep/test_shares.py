"""What each of several workers may use, on given machines."""

from __future__ import annotations

import pytest

from assay.sweep.shares import share


def test_each_worker_sees_one_device_in_turn() -> None:
    given = [share(worker, 3, {"CUDA_VISIBLE_DEVICES": "5,2"}, cores=8, gpus=8) for worker in range(3)]
    assert [each["CUDA_VISIBLE_DEVICES"] for each in given] == ["5", "2", "5"]


@pytest.mark.parametrize(("environment", "gpus"), [({}, 0), ({}, 1), ({"CUDA_VISIBLE_DEVICES": "2"}, 4)])
def test_one_device_or_none_is_left_as_it_is(environment: dict[str, str], gpus: int) -> None:
    assert "CUDA_VISIBLE_DEVICES" not in share(1, 2, environment, cores=8, gpus=gpus)


@pytest.mark.parametrize(("cores", "workers", "threads"), [(8, 2, "4"), (7, 3, "2"), (2, 4, "1")])
def test_cores_are_divided_unless_a_person_has_said_how_many(cores: int, workers: int, threads: str) -> None:
    divided = share(1, workers, {}, cores=cores, gpus=0)
    assert set(divided.values()) == {threads}
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ASSAY_CORES"} <= set(divided)
    assert share(1, workers, {"OMP_NUM_THREADS": "3"}, cores=cores, gpus=0) == {"ASSAY_CORES": threads}


def test_a_single_worker_has_everything() -> None:
    assert share(0, 1, {}, cores=8, gpus=4) == {}
