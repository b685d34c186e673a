"""Commands of MLflow's that a message asks to type: they name their store, and work from any folder."""

from __future__ import annotations

import shlex

from assay.database.url import without_password


def upgrade_command(uri: str) -> str:
    """What migrates a store to the tables of the MLflow that is installed."""
    return f"mlflow db upgrade {_typed(uri)}"


def restore_experiment_command(uri: str, experiment_id: str) -> str:
    """What brings a deleted experiment back."""
    return f"MLFLOW_TRACKING_URI={_typed(uri)} mlflow experiments restore -x {experiment_id}"


def restore_run_command(uri: str, run_id: str) -> str:
    """What brings a deleted run back."""
    return f"MLFLOW_TRACKING_URI={_typed(uri)} mlflow runs restore --run-id {run_id}"


def _typed(uri: str) -> str:
    return shlex.quote(without_password(uri))
