from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from assay.errors import AssayError, ConfigError, DataError, StudyError
from assay.launchers.portable import portable
from assay.launchers.settings import JoblibSettings, RaySettings, read_settings
from assay.launchers.share import Share
from assay.sweep.jobs.remote_job import RemoteJob


class OfTwoWordsError(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def what_it_sees(config: DictConfig) -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "ASSAY_CORES", "OMP_NUM_THREADS")}


def goes_wrong(config: DictConfig) -> None:
    raise OfTwoWordsError("this", "that")


@pytest.fixture(autouse=True)
def _environment_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    threads = torch.get_num_threads()
    for name in ("CUDA_VISIBLE_DEVICES", "ASSAY_CORES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "7")
    yield
    torch.set_num_threads(threads)


def test_a_job_keeps_to_its_share(tmp_path: Path) -> None:
    import torch

    job = RemoteJob(what_it_sees, Share(3, 1, ("5",)), tmp_path)
    seen = pickle.loads(pickle.dumps(job))(OmegaConf.create())
    assert seen == {"CUDA_VISIBLE_DEVICES": "5", "ASSAY_CORES": "3", "OMP_NUM_THREADS": "1"}
    assert torch.get_num_threads() == 1


def test_a_process_keeps_the_device_of_its_first_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "6")
    assert (
        RemoteJob(what_it_sees, Share(devices=("5", "6")), tmp_path)(OmegaConf.create())["CUDA_VISIBLE_DEVICES"] == "6"
    )


def test_threads_that_the_person_has_set_stand(tmp_path: Path) -> None:
    assert RemoteJob(what_it_sees, Share(3), tmp_path)(OmegaConf.create())["OMP_NUM_THREADS"] == "7"


def test_an_error_that_cannot_be_sent_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="OfTwoWordsError: this and that") as caught:
        RemoteJob(goes_wrong, Share(), tmp_path)(OmegaConf.create())
    assert "goes_wrong" in caught.value.__notes__[0]
    again = pickle.loads(pickle.dumps(portable(DataError("no images"))))
    assert (type(again), str(again)) == (DataError, "no images")


def test_a_folder_that_the_other_machine_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=r"nowhere: not there on .* a folder that all machines see"):
        RemoteJob(what_it_sees, Share(), tmp_path / "nowhere")(OmegaConf.create())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"n_jobs": 0}, "hydra.launcher.n_jobs: must be at least 1, got 0"),
        ({"n_jobs": "many"}, "hydra.launcher.n_jobs: must be int or auto, got 'many'"),
        ({"n_job": 1}, "hydra.launcher.n_job: no such key; did you mean n_jobs?"),
    ],
)
def test_wrong_settings_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        read_settings(JoblibSettings, values, package="joblib", extra="joblib")


def test_what_is_not_installed_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(ConfigError, match=r"pip install .*ray"):
        read_settings(RaySettings, {}, package="no_such_package", extra="ray")
