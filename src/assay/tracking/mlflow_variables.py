"""MLflow's own variables for where runs go: Assay records where its config says, and says so where they differ."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.config.quoting import typed
from assay.database.url import without_password
from assay.errors import TrackingError
from assay.tracking.server import WEB, absolute_store_uri

if TYPE_CHECKING:
    from assay.tracking.connection import Connection

URI = "MLFLOW_TRACKING_URI"
EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"


def not_followed(store: Connection, variables: Mapping[str, str] = os.environ) -> str:
    """Which of MLflow's variables say something else than the store, and what to type to go by them; "" for none.

    Args:
        store: where runs are recorded.
        variables: of the environment.
    """
    uri, experiment = variables.get(URI, ""), variables.get(EXPERIMENT, "")
    place = _place(uri)
    names, words = [], []
    if uri and place != store.uri:
        names.append(URI)
        if place:
            words += ["tracking=server"] if uri.partition(":")[0] in WEB else []
            words.append(typed("tracking.uri", without_password(uri)))
    named = store.experiment or (store.experiment_name if store.dataset else "")
    if experiment and experiment != named:
        names.append(EXPERIMENT)
        words.append(typed("tracking.experiment", experiment))
    if not names:
        return ""
    return (
        f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not followed: runs are recorded in "
        f"{without_password(store.uri)}, "
        + (f"experiment {named}" if named else "in an experiment for each dataset")
        + (f". To record where MLflow is told, type {' '.join(words)}" if words else "")
    )


def _place(uri: str) -> str:
    """The store behind an address; "" for one in which Assay records nothing, e.g. MLflow's file store."""
    try:
        return absolute_store_uri(uri)
    except TrackingError:
        return ""
