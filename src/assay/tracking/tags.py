"""Names of the tags that say how a run ended and whose child it is."""

from __future__ import annotations

PARENT = "mlflow.parentRunId"


ERROR = "error"


RESUMED = "assay.resumed"


PRUNED = "assay.pruned"
