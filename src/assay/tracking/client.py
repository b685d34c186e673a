"""MLflow's client, opened quietly: no telemetry, no log noise, no pickles, errors as TrackingError."""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assay.database.url import without_password
from assay.environ import environment
from assay.errors import TrackingError
from assay.failures import reason_of
from assay.first_import import first_import
from assay.tracking.artifact_store import raised_by_client

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # A uv.lock in the folder of the moment says nothing about what a model needs.
    "MLFLOW_UV_AUTO_DETECT": "false",
}


@functools.cache
def import_quietly() -> None:
    """Import MLflow with telemetry, log noise and pickles off.

    A variable of `DEFAULTS` that the person has set stays as it is; loading pickles is off in any case.
    """
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    imported_before = "mlflow" in sys.modules
    with first_import("mlflow"):
        import mlflow.tracking

    if imported_before:
        mlflow.telemetry.set_telemetry_client()
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It logs a traceback beside the error that it raises, e.g. when a database is locked.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)


def open_client(uri: str) -> MlflowClient:
    """A client of the store at `uri`; a database that is empty gets its tables."""
    import_quietly()
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri)


@contextmanager
def no_patience() -> Iterator[None]:
    """One retry and five seconds per HTTP request inside the block, where MLflow would go on for minutes."""
    hurried = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
    with environment(hurried):
        yield


@contextmanager
def tracking_errors(doing: str, uri: str, remedy: str) -> Iterator[None]:
    """Turn what MLflow, its database, HTTP and artifact stores raise inside the block into a TrackingError."""
    import_quietly()
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except Exception as error:
        if not (
            isinstance(error, (MlflowException, SQLAlchemyError, sqlite3.Error, OSError)) or raised_by_client(error)
        ):
            raise
        known = reason_of(error)
        if known is not None and not known.quoted:
            reason, remedy = known.what, known.remedy[:1].upper() + known.remedy[1:]
        else:
            reason = str(error).strip().partition("\n")[0][:500] or type(error).__name__
        raise TrackingError(f"{without_password(uri)}: {doing} failed: {reason}. {remedy}") from error
