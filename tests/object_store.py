"""An object store on loopback that speaks S3: moto's, which refuses one request in twenty as a busy one does."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from typing import Any

BUSY_EVERY = 20
ACCESS, SECRET = "a-user", "a-secret-that-nobody-writes-down"


class ObjectStore:
    """Use it as a context manager.

    Attributes:
        refused: requests that were answered with 503.
    """

    def __init__(self) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self.refused = 0
        self._number = count(1)
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if next(self._number) % BUSY_EVERY == 0:
            self.refused += 1
            with suppress(OSError):  # what was sent has to be read, or the connection is reset
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("503 Slow Down", [("Content-Type", "application/xml")])
            return [b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"]
        return self._app(environ, start_response)

    def __enter__(self) -> ObjectStore:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """What MLflow and its client read."""
        return {
            "MLFLOW_S3_ENDPOINT_URL": f"http://127.0.0.1:{self._server.port}",
            "AWS_ACCESS_KEY_ID": ACCESS,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def client(self) -> Any:
        """Of boto3."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.environment["MLFLOW_S3_ENDPOINT_URL"],
            aws_access_key_id=ACCESS,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
