"""Aliases: the one place that writes `champion` and `previous`, and what the registry keeps about the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.registry.state import State
from assay.tracking.client import tracking_errors
from assay.tracking.names import MARK

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

    from assay.tracking.store import TrackingStore

CHAMPION, PREVIOUS = "champion", "previous"
HEAD, APPLIED = "assay.history", "assay.history.applied"
"""Tags of a registered model: the last entry of its history, and the last one whose aliases have been written."""
REMEDY = "See whether the store still answers; the next command of Assay finishes what was begun"


@dataclass(frozen=True)
class RegisteredAliases:
    """What the registry keeps of a model.

    Attributes:
        champion: version behind this alias, "" for none.
        previous: likewise.
        head: `number:hash` of the last entry that the registry has seen, "" for none.
        applied: number of the last entry whose aliases have been written, 0 for none.
        aliases: all of them, those of others too: name -> version.
        exists: whether there is such a model.
    """

    champion: str = ""
    previous: str = ""
    head: str = ""
    applied: int = 0
    aliases: Mapping[str, str] = field(default_factory=dict)
    exists: bool = False


def registered(store: TrackingStore, model: str) -> RegisteredAliases:
    """What the registry says of a model now."""
    from mlflow.exceptions import MlflowException

    with tracking_errors("asking the model registry", store.uri, REMEDY):
        try:
            registered_model = store.client.get_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return RegisteredAliases()
    applied = str(registered_model.tags.get(APPLIED, "0"))
    aliases = {str(name): str(version) for name, version in registered_model.aliases.items()}
    return RegisteredAliases(
        aliases.get(CHAMPION, ""),
        aliases.get(PREVIOUS, ""),
        str(registered_model.tags.get(HEAD, "")),
        int(applied) if applied.isdecimal() else 0,
        aliases,
        True,
    )


def registered_names(store: TrackingStore) -> list[str]:
    """Names of all registered models, sorted."""
    names: list[str] = []
    token = None
    with tracking_errors("asking the model registry", store.uri, REMEDY):
        while True:
            page = store.client.search_registered_models(page_token=token)
            names += [str(model.name) for model in page]
            token = page.token
            if not token:
                return sorted(names)


def ensure_registered(store: TrackingStore, model: str) -> None:
    """Make the registered model when there is none."""
    from mlflow.exceptions import MlflowException

    with tracking_errors("making the registered model", store.uri, REMEDY):
        try:
            store.client.create_registered_model(
                model,
                tags=MARK,
                description="Judged and promoted by Assay; see assay models and assay history.",
            )
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise


def write_aliases(store: TrackingStore, model: str, state: State) -> None:
    """Make the aliases say what the history says; again changes nothing.

    Args:
        store: whose registry is written.
        model: name of the registered model.
        state: as the history has it; its mark is noted as written.
    """
    client = store.client
    with tracking_errors("writing the aliases", store.uri, REMEDY):
        # The former champion is never without an alias.
        for alias, version in ((PREVIOUS, state.previous), (CHAMPION, state.champion and state.champion.version)):
            if not (version and _set(client, model, alias, version)):
                client.delete_registered_model_alias(model, alias)
        client.set_registered_model_tag(model, APPLIED, str(state.mark))


def write_head(store: TrackingStore, model: str, head: str) -> None:
    """Note the last entry of the history."""
    with tracking_errors("noting the head of the history", store.uri, REMEDY):
        store.client.set_registered_model_tag(model, HEAD, head)


def _set(client: MlflowClient, model: str, alias: str, version: str) -> bool:
    """Whether the alias could be set; not when somebody has deleted the version, which the audit says."""
    from mlflow.exceptions import MlflowException

    try:
        client.set_registered_model_alias(model, alias, version)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return False
    return True
