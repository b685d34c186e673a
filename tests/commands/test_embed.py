"""What may be typed behind `assay embed` about workers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assay.commands.embed import COMMAND
from assay.errors import ConfigError, StoreError
from assay.run.embed import EmbedRequest, embed

DATA = ("data=folder", "data.root=photos")


def test_settings_of_the_launcher_are_typed_as_in_a_multirun_and_are_no_part_of_the_config() -> None:
    words = ("launcher=ray", "workers=2", "--shards=8", "launcher.address=auto", "launcher.cpus_per_job=4")
    request, config = COMMAND.parse([*DATA, *words])
    assert request == EmbedRequest(launcher="ray", workers=2, shards=8, settings={"address": "auto", "cpus_per_job": 4})
    assert config == COMMAND.parse(DATA)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("shards=4",), r"shards=4: without a launcher this process embeds alone; add launcher=local"),
        (("launcher.n_jobs=2",), r"launcher\.n_jobs=2: without a launcher"),
        (("launcher=local", "--validate"), r"launcher=local: --validate checks in this process"),
        (("launcher=slurm",), r"launcher: must be .*, got 'slurm'; \(options: .*submitit_slurm\)"),
        (("launcher=local", "workers=0"), r"workers: must be a whole number of 1 or more, got '0'"),
        (("launcher=joblib", "launcher.n_jobs=many"), r"launcher\.n_jobs: must be int or auto, got 'many'"),
    ],
)
def test_what_cannot_work_is_refused_before_the_dataset_is_looked_at(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=said):
        embed(*COMMAND.parse([*DATA, *words]))


@pytest.mark.slow
def test_what_was_named_as_a_way_out_is_one(photos: Path, tmp_path: Path) -> None:
    words = ["data=folder", f"data.root={photos}", "data.image_size=48", "model=baseline_cnn"]
    with pytest.raises(ConfigError, match="add launcher=local"):
        embed(*COMMAND.parse([*words, "workers=1"]))
    done = embed(*COMMAND.parse([*words, f"cache={tmp_path / 'first'}", "workers=1", "launcher=local"]))
    assert done.images == done.computed
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    (claims,) = (tmp_path / "second" / "embeddings").glob("*/claims")
    claims.rmdir()
    claims.touch()
    for shard in claims.parent.glob("*.safetensors"):
        shard.unlink()
    with pytest.raises(StoreError, match="Give a folder that may be written, cache=DIR"):
        embed(*COMMAND.parse([*words, f"cache={tmp_path / 'second'}", "workers=1", "launcher=local"]))
    assert embed(*COMMAND.parse([*words, f"cache={tmp_path / 'first'}", "launcher=local"])).computed == 0
