"""Names of the tags that say how a run ended, whose child it is, and what became of its files."""

from __future__ import annotations

PARENT = "mlflow.parentRunId"


ERROR = "error"


RESUMED = "assay.resumed"


PRUNED = "assay.pruned"


DELETED = "assay.deleted"
"""When the run was deleted with its files, ISO 8601."""


FILES_REMOVED = "assay.files_removed"
"""When the files of a run went whose record stays, ISO 8601."""
