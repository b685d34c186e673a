"""What experiment and registered model are called where nobody names them: as the dataset is, by one rule for all."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.config.quoting import typed
from assay.errors import TrackingError
from assay.output import say
from assay.version import __version__

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

OF_BEFORE = "assay"
"""What older versions called every experiment and registered model, whatever the data."""
MARK = {"assay.version": __version__}
"""Tag of the experiments and registered models that are called by this rule, or as somebody has said."""
LONGEST = 120
ANY_TABLE = {"metadata", "manifest", "labels", "annotations", "index", "images", "kept"}
"""Names of tables that say nothing of what they list; their folder does."""
OF_MLFLOW = "Default"
TARGET = "_target_"


def dataset_name(data: Mapping[str, Any]) -> str:
    """The name of a dataset, as experiments and registered models may have it.

    It is that of torchvision, else of the table, else of the folder; where there is none of these, of the source.

    Args:
        data: the config's node `data`.
    """
    source = _option_of(str(data.get(TARGET, ""))) or "images"
    given = data.get("name") or _of_table(data.get("path")) or _of_folder(data.get("root"))
    name = unicodedata.normalize("NFC", str(given or source))
    name = re.sub(r"[^\w.\- ]", "_", name)[:LONGEST].strip(" .-_") or source
    return f"{name} images" if name == OF_MLFLOW else name


def dataset_of_run(params: Mapping[str, str]) -> str:
    """The name of the dataset that a run was trained on; "" where its params do not say.

    Args:
        params: the flattened config, as it was recorded.
    """
    recorded = {key.removeprefix("data."): value for key, value in params.items() if key.startswith("data.")}
    given = {key: value for key, value in recorded.items() if value != "null"}
    return dataset_name({TARGET: source, **given}) if (source := source_of_run(params)) else ""


def source_of_run(params: Mapping[str, str]) -> str:
    """The option of `data` that a run was trained with; "" where its params do not say.

    Older versions recorded the name of the class instead.
    """
    return params.get("data", "") or _option_of(params.get(f"data.{TARGET}", ""))


def _option_of(target: str) -> str:
    return target.rpartition(".")[2].removesuffix("Source").lower()


def default_experiment(client: MlflowClient, dataset: str) -> str:
    """The experiment of a dataset's runs: the one that an older version has made, else the dataset's own.

    Args:
        client: of an open store.
        dataset: its name.
    """
    experiment = client.get_experiment_by_name(OF_BEFORE)
    if experiment is None or experiment.lifecycle_stage != "active" or set(MARK) & set(experiment.tags):
        return dataset
    if dataset != OF_BEFORE:
        say(_goes_on("experiment", typed("tracking.experiment", dataset)), to_stderr=True)
    return OF_BEFORE


def default_model(dataset: str, models: Sequence[str], *, of_before: bool, choice: Callable[[str], str]) -> str:
    """The registered model that a command means: the one that an older version has made, the dataset's, the only one.

    Args:
        dataset: name of the run's; "" where the command is about no run.
        models: names of all that are registered or have a history.
        of_before: whether an older version has made one of them.
        choice: gives what is typed to name one.

    Raises:
        TrackingError: the command is about no run, and there are several, or none.
    """
    if of_before:
        others = [dataset] if dataset else [name for name in models if name != OF_BEFORE]
        if others and others != [OF_BEFORE]:
            say(_goes_on("model", choice(others[0])), to_stderr=True)
        return OF_BEFORE
    if dataset:
        return dataset
    if not models:
        raise TrackingError("no model is registered yet; assay promote run=… gate=… begins")
    if len(models) > 1:
        choices = ", ".join(map(choice, models))
        raise TrackingError(f"{len(models)} models are registered, so one has to be named: {choices}")
    return models[0]


def is_of_before(name: str, tags: Mapping[str, str]) -> bool:
    """Whether an older version has made a registered model, or experiment, with these tags."""
    return name == OF_BEFORE and not set(MARK) & set(tags)


def _goes_on(what: str, other: str) -> str:
    return f"{what} {OF_BEFORE} goes on, as an older version called it whatever the data; {other} is for another one"


def _of_table(path: Any) -> str:
    if not path:
        return ""
    file = Path(_absolute(path))
    return file.parent.name if file.stem.lower() in ANY_TABLE and file.parent.name else file.stem


def _of_folder(root: Any) -> str:
    return Path(_absolute(root)).name if root else ""


def _absolute(path: Any) -> str:
    return os.path.abspath(Path(str(path)).expanduser())  # noqa: PTH100, a link keeps its own name
