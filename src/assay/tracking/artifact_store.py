"""Where artifacts lie beside the database: seen to be there before a training, and what its client raises."""

from __future__ import annotations

from assay.config.extras import require
from assay.database.url import without_password
from assay.errors import TrackingError
from assay.failures import words_of
from assay.tracking.artifact_uri import local_path

THROUGH_SERVER = "mlflow-artifacts:"
RAISING = ("botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError", "boto3.exceptions.Boto3Error")
"""Bases of what clients of artifact stores raise where a store is not reached, or refuses."""


def raised_by_client(error: Exception) -> bool:
    """Whether an error is one of a client of an artifact store; none of them is imported for that."""
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return not names.isdisjoint(RAISING)


def ensure_artifacts_kept(uri: str, tracking_uri: str) -> None:
    """See that a store of artifacts can be read, so that a training does not end with files that it cannot keep.

    Args:
        uri: of an experiment's artifacts; a folder of this machine, and what a server keeps, need no look.
        tracking_uri: of the database that names them.

    Raises:
        ConfigError: the package that speaks with it is not installed.
        TrackingError: it is not there, does not answer, or refuses.
    """
    if local_path(uri) is not None or uri.startswith(THROUGH_SERVER):
        return
    if uri.startswith("s3:"):
        require(f"tracking.artifacts={uri}", "boto3", "s3")
    from mlflow.exceptions import MlflowException
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    try:
        get_artifact_repository(uri, tracking_uri=tracking_uri).list_artifacts()
    except Exception as error:
        if not (isinstance(error, (MlflowException, ImportError, OSError)) or raised_by_client(error)):
            raise
        hint = " (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, MLFLOW_S3_ENDPOINT_URL)" if uri.startswith("s3:") else ""
        raise TrackingError(
            f"{without_password(uri)}: artifacts cannot be kept there: {words_of(error)}. See whether it is there and "
            f"who asks may write into it{hint}, or set tracking.artifacts to another place"
        ) from error
