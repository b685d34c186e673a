"""Runs by what the model registry calls their models: `NAME@ALIAS`, `models:/NAME@ALIAS`, `models:/NAME/VERSION`.

`@ALIAS` alone is of the only registered model.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from assay.errors import TrackingError, did_you_mean
from assay.tracking.client import tracking_errors
from assay.tracking.names import MARK, OF_BEFORE, default_model, is_of_before

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

MODEL = re.compile(r"(?:models:/)?(?P<name>[^/:@=]*)@(?P<alias>[\w-]+)|models:/(?P<named>[^/:@=]+)/(?P<version>\d+)")
"""What stands for a version of a registered model. The registry knows names with = in them; a command line does not."""


def run_of_model(store: TrackingStore, words: str) -> str:
    """Run id of the version that these words stand for; nothing is changed.

    Args:
        store: whose registry is asked.
        words: as `MODEL` has them.

    Raises:
        TrackingError: there is no such model, alias or version, which lists what there is, or the version has no run.
    """
    version = version_of_model(store, words)
    if not version.run_id:
        raise TrackingError(
            f"{words}: version {version.version} of {version.name} was registered without its run, so nothing is known "
            "of what it answered about the test images; register it from a run, or name another version"
        )
    return str(version.run_id)


def version_of_model(store: TrackingStore, words: str) -> Any:
    """MLflow's entry of the version that these words stand for; nothing is changed.

    Args:
        store: whose registry is asked.
        words: as `MODEL` has them.

    Raises:
        TrackingError: there is no such model, alias or version, which lists what there is.
    """
    parts = MODEL.fullmatch(words)
    assert parts is not None
    name, alias, number = parts["name"] or parts["named"], parts["alias"], parts["version"]
    with tracking_errors("asking the model registry", store.uri, "See whether the store still answers"):
        name = name or _unnamed(store, f"@{alias}")
        model = _found(lambda: store.client.get_registered_model(name))
        if model is None:
            names = sorted(_tags_by_name(store))
            hint = did_you_mean(name, names) if names else "the registry is empty"
            raise TrackingError(f"{words}: no registered model {name}; {hint}")
        if alias is not None and alias not in model.aliases:
            hint = did_you_mean(alias, model.aliases) if model.aliases else "it has no aliases"
            raise TrackingError(f"{words}: the model {name} has no alias {alias}; {hint}")
        number = model.aliases[alias] if alias is not None else number
        version = _found(lambda: store.client.get_model_version(name, number))
        if version is None:
            known = sorted(int(version.version) for version in store.client.search_model_versions(f"name='{name}'"))
            hint = f"its versions are {', '.join(map(str, known))}" if known else "it has none"
            raise TrackingError(f"{words}: the model {name} has no version {number}; {hint}")
    return version


def _unnamed(store: TrackingStore, words: str) -> str:
    tags = _tags_by_name(store)
    of_before = is_of_before(OF_BEFORE, tags.get(OF_BEFORE, MARK))
    return default_model("", sorted(tags), of_before=of_before, choice=lambda name: shlex.quote(f"{name}{words}"))


def _tags_by_name(store: TrackingStore) -> dict[str, Mapping[str, str]]:
    tags: dict[str, Mapping[str, str]] = {}
    token = None
    while True:
        page = store.client.search_registered_models(page_token=token)
        tags |= {str(model.name): model.tags for model in page}
        token = page.token
        if not token:
            return tags


def _found(ask: Any) -> Any:
    """What the registry answers; None when it knows no such thing."""
    from mlflow.exceptions import MlflowException

    try:
        return ask()
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
