"""The config of a trial is the one that Hydra itself would compose, whatever was composed before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_automatic_config_search_path
from hydra.core.utils import setup_globals
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import OmegaConf

from assay.config.compose import CONFIG_NAME, conf_dir, register
from hydra_plugins.assay_sweeper.remembering_loader import RememberingLoader

JOBS = [
    ["hydra.sweep.dir=x", "head=linear", "optimizer.lr=0.1"],
    ["hydra.sweep.dir=y", "optimizer.lr=0.3", "head=linear", "+aug.steps.more=null", "data.split={train: 1, val: 0}"],
    ["hydra.sweep.dir=x", "loss=ldam_drw", "name='a b'", "optimizer.lr=0.1"],
    ["hydra.sweep.dir=x", "loss=ldam_drw", "name='a b'", "~optimizer.weight_decay"],
]


@pytest.fixture
def loader() -> Iterator[ConfigLoaderImpl]:
    register()
    setup_globals()
    return ConfigLoaderImpl(create_automatic_config_search_path(None, None, str(conf_dir())))


def test_a_config_from_memory_is_the_one_that_hydra_composes(loader: ConfigLoaderImpl) -> None:
    master = loader.load_configuration(CONFIG_NAME, ["hydra.job.name=train"], RunMode.MULTIRUN)
    remembering = RememberingLoader(loader)
    for job in JOBS:
        expected, made = loader.load_sweep_config(master, job), remembering.load_sweep_config(master, job)
        assert OmegaConf.to_container(made, resolve=False) == OmegaConf.to_container(expected, resolve=False)
        assert OmegaConf.is_struct(made)
        made.optimizer.lr = 100.0  # is not seen by the next
    assert len(remembering._composed) == 2, "jobs with the same options are composed once"


def test_a_job_that_cannot_be_composed_fails_as_it_does_without_memory(loader: ConfigLoaderImpl) -> None:
    master = loader.load_configuration(CONFIG_NAME, ["hydra.job.name=train"], RunMode.MULTIRUN)
    remembering = RememberingLoader(loader)
    for job in (["optimizer.learning_rate=1"], ["head=nosuch"]):
        with pytest.raises(HydraException) as expected:
            loader.load_sweep_config(master, job)
        with pytest.raises(HydraException) as raised:
            remembering.load_sweep_config(master, job)
        assert str(raised.value) == str(expected.value)
