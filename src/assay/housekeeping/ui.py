"""`assay ui`: the MLflow UI on the store of this project."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from omegaconf import DictConfig

from assay.housekeeping.request import UiRequest
from assay.run.workspace import open_store

QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@dataclass(frozen=True)
class Ui:
    """Where the UI is, and what serves it.

    Attributes:
        page: address of the list of runs.
        command: that serves it; () where a server does already.
    """

    page: str
    command: tuple[str, ...]

    def serve(self) -> None:
        """Become the server, which ends on Ctrl-C; does not come back."""
        os.execve(self.command[0], self.command, {**os.environ, **QUIET})


def ui(request: UiRequest, config: DictConfig) -> Ui:
    """What is served where; nothing is started yet.

    Raises:
        TrackingError: nothing was recorded here yet, or the store does not answer.
    """
    store = open_store(config)
    if store.has_server:
        return Ui(store.page_of(), ())
    words = ("-m", "mlflow", "ui", "--workers", "1", "--host", request.host, "--port", str(request.port))
    return Ui(
        store.page_of(at=f"http://{request.host}:{request.port}"),
        (sys.executable, *words, "--backend-store-uri", store.uri),
    )
