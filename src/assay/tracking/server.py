"""What may be a tracking store besides a database: a server of MLflow's; and whether the store answers."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from assay.database.reachable import ANSWER_WITHIN, ensure_reachable, no_answer, reason_within
from assay.database.url import LOCAL_STORE, absolute_url, with_driver
from assay.errors import TrackingError

KEY = "tracking.uri"
OTHERWISE = ", or use tracking=local"
WEB = ("http", "https")
DATABRICKS = ("databricks", "databricks-uc", "uc")
"""What MLflow calls the stores of a Databricks workspace, alone or with `:` or `://PROFILE` behind it."""


def absolute_store_uri(uri: str) -> str:
    """The address of a store, with a relative SQLite path made absolute.

    Raises:
        TrackingError: it is no SQLite file, server or database; e.g. MLflow's closed file store.
    """
    scheme, separator, _ = uri.partition(":")
    if scheme in DATABRICKS:
        raise TrackingError(f"{KEY}={uri}: no runs are recorded in Databricks; use {LOCAL_STORE} or http://HOST:PORT")
    if not separator or scheme == "file":
        raise TrackingError(
            f"{KEY}={uri}: MLflow closed its file store to new runs in 3.13; name a database file, e.g. {LOCAL_STORE}"
        )
    if scheme not in WEB:
        return absolute_url(with_driver(uri), key=KEY)
    if not urlsplit(uri).hostname:
        raise TrackingError(f"{KEY}={uri}: the host is missing; write {scheme}://HOST:PORT")
    return uri.rstrip("/")


def ensure_store_answers(uri: str, *, writable: bool = True) -> None:
    """Return when the store answers.

    Args:
        uri: of the store.
        writable: whether a SQLite file has to take what is written.

    Raises:
        TrackingError: no answer within a few seconds, a read-only or corrupt file; with what to do.
    """
    if uri.partition(":")[0] not in WEB:
        ensure_reachable(uri, called="tracking", key=KEY, otherwise=OTHERWISE, writable=writable)
        return
    reason = reason_within(ANSWER_WITHIN, lambda: _no_health(uri))
    if reason:
        raise no_answer(uri, reason, called="tracking", key=KEY, otherwise=OTHERWISE)


def _no_health(uri: str) -> str:
    import requests

    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"true", "1"}
    certificate = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
    response = requests.get(f"{uri}/health", timeout=ANSWER_WITHIN, verify=certificate or not insecure)
    return f"it returned {response.status_code} {response.reason}" if response.status_code >= 500 else ""
