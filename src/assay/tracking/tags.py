"""Names of the tags that say how a run ended, whose child it is, and what became of its files."""

from __future__ import annotations

import os

PARENT = "mlflow.parentRunId"


ERROR = "error"


RESUMED = "assay.resumed"


PRUNED = "assay.pruned"


DELETED = "assay.deleted"
"""When the run was deleted with its files, ISO 8601."""


FILES_REMOVED = "assay.files_removed"
"""When the files of a run went whose record stays, ISO 8601."""


JOB = "assay.job"
"""Number of the job in its multirun, from 1."""


JOB_VARIABLE = "ASSAY_JOB"
"""Environment variable with the job that runs, as `[2/4] loss=focal seed=1`."""


def job_tag() -> dict[str, str]:
    """The number of the job that this process is at, as a tag; nothing outside of a multirun."""
    number = os.environ.get(JOB_VARIABLE, "").removeprefix("[").partition("/")[0]
    return {JOB: number} if number.isdigit() else {}
