"""A config is values: whichever door a hostile one comes through, none of its code is run and nothing is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from assay.config.check import check
from assay.config.compose import compose
from assay.config.recipe import read_recipe
from assay.config.recorded import read_recorded
from assay.config.targets import build
from assay.errors import ConfigError
from assay.gate.settings import TARGET as GATE
from assay.studies.study.plan import TARGET as STUDY
from assay.studies.study.request import StudyRequest
from assay.studies.study.study import run_or_plan

MARK = "opened-by-config"

HOSTILE: dict[str, dict[str, Any]] = {
    "a function of Python": {"_target_": "os.system", "command": f"touch {MARK}"},
    "eval": {"_target_": "builtins.eval", "_args_": [f"open({MARK!r}, 'w')"]},
    "partial": {"_target_": "functools.partial", "_args_": [{"_target_": "builtins.open"}, MARK, "w"]},
    "a file by pathlib": {"_target_": "pathlib.Path.touch", "self": MARK},
    "a log file": {"_target_": "logging.FileHandler", "filename": MARK},
    "a log file through what a module imports": {
        "_target_": "torch.optim.optimizer.logging.FileHandler",
        "filename": MARK,
    },
    "a process": {"_target_": "subprocess.Popen", "args": ["touch", MARK]},
    "a process through what a module imports": {
        "_target_": "torch.nn.modules.module.torch.os.system",
        "command": f"touch {MARK}",
    },
    "a pickle by torch": {"_target_": "torch.load", "f": MARK, "weights_only": False},
    "a repository by torch": {"_target_": "torch.hub.load", "repo_or_dir": "evil/evil", "model": "evil"},
    "a pickle by joblib": {"_target_": "joblib.load", "filename": MARK},
    "an archive by numpy": {"_target_": "numpy.lib.npyio.NpzFile", "fid": MARK},
    "a mapped file by numpy": {"_target_": "numpy.memmap", "filename": MARK, "mode": "w+", "shape": [1]},
    "a picture": {"_target_": "PIL.Image.open", "fp": MARK},
    "a data set that downloads": {"_target_": "torchvision.datasets.MNIST", "root": MARK, "download": True},
    "a store": {"_target_": "mlflow.tracking.MlflowClient", "tracking_uri": f"sqlite:///{MARK}"},
    "a store of ours in another place": {
        "_target_": "assay.tracking.store.TrackingStore",
        "uri": f"sqlite:///{MARK}",
        "artifacts": MARK,
        "work": MARK,
        "experiment": "evil",
    },
    "a lock of ours": {"_target_": "assay.database.locks.FileLock", "path": MARK},
    "a shard writer of ours": {"_target_": "assay.embeddings.shard_writer.ShardWriter", "folder": MARK},
    "an archive of ours": {"_target_": "assay.predictions.Predictions.load", "path": MARK},
    "a hook of ours": {"_target_": "assay.config.hook.load_hook", "setting": "x", "name": f"{MARK}.py:x"},
    "a head for a loss": {"_target_": "assay.models.head.LinearHead", "embedding_dim": 3, "classes": 2},
    "a layer for a loss": {"_target_": "torch.nn.modules.linear.Linear", "in_features": 3, "out_features": 2},
    "a schedule for a loss": {"_target_": "torch.optim.lr_scheduler.LinearLR", "optimizer": None},
    "one that is not built yet": {"_target_": "assay.models.losses.cross_entropy.CrossEntropy", "_partial_": True},
    "one by place": {"_target_": "assay.models.losses.focal.Focal", "_args_": [{"_target_": "os.getcwd"}]},
    "one that leaves its parts": {"_target_": "assay.models.losses.focal.Focal", "_recursive_": False},
    "one converted": {"_target_": "assay.models.losses.focal.Focal", "_convert_": "none"},
    "one inside of another": {
        "_target_": "assay.models.losses.focal.Focal",
        "gamma": {"_target_": "assay.tracking.store.TrackingStore", "uri": "sqlite:///x"},
    },
}
"""Each is put where a loss belongs, or a check of a gate."""


def by_command_line(node: dict[str, Any], folder: Path) -> None:
    config = compose()
    OmegaConf.update(config, "loss", node, merge=False, force_add=True)
    check(config)


def by_builder(node: dict[str, Any], folder: Path) -> None:
    config = compose()
    OmegaConf.update(config, "loss", node, merge=False, force_add=True)
    build(config.loss)


def by_recorded_run(node: dict[str, Any], folder: Path) -> None:
    values: Any = OmegaConf.to_container(compose(), resolve=True)
    (folder / "config.yaml").write_text(yaml.safe_dump({**values, "loss": node}))
    read_recorded(folder / "config.yaml")


def by_gate_file(node: dict[str, Any], folder: Path) -> None:
    (folder / "mine.yaml").write_text(yaml.safe_dump({"checks": {"evil": node}}))
    read_recipe("gate", str(folder / "mine.yaml"), [], GATE)


def by_study_file(node: dict[str, Any], folder: Path) -> None:
    words = [f"{'' if key == '_target_' else '++'}loss.{key}={_typed(value)}" for key, value in node.items()]
    study = {"question": "Why?", "baseline": "a", "variants": {"a": words}}
    (folder / "mine.yaml").write_text(yaml.safe_dump(study))
    run_or_plan(StudyRequest(recipe=str(folder / "mine.yaml"), plan=True))


def by_a_key_of_a_study_file(node: dict[str, Any], folder: Path) -> None:
    study = {"question": "Why?", "baseline": "a", "variants": {"a": []}, "seeds": node}
    (folder / "mine.yaml").write_text(yaml.safe_dump(study))
    read_recipe("study", str(folder / "mine.yaml"), [], STUDY)


def _typed(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_typed(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_typed, value)) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else f'"{value}"'


DOORS = (by_command_line, by_builder, by_recorded_run, by_gate_file, by_study_file, by_a_key_of_a_study_file)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_door_lets_a_hostile_node_through(
    name: str, door: Callable[[dict[str, Any], Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "door").mkdir()
    with pytest.raises(ConfigError):
        door(HOSTILE[name], tmp_path / "door")
    assert {path.name for path in tmp_path.iterdir()} == {"door"}, "something was opened or made"
