"""`assay migrate`: from SQLite files to PostgreSQL."""

from __future__ import annotations

from assay.commands.command import Command
from assay.migration.request import MigrateRequest

COMMAND = Command(
    name="migrate",
    purpose="Move runs, models with their history, sweeps and the service's rows from SQLite files to PostgreSQL.",
    pipeline="assay.migration.migrate.migrate",
    show="assay.commands.show.migrate",
    request=MigrateRequest,
    groups=("tracking", "registry"),
    because="nothing is trained here",
    examples={
        "to=postgresql://assay@db/lab": "runs, models, history, and the service; each table is held against its file",
        "to=postgresql://assay@db/lab studies=sweeps.db": "the studies of that file, too",
        "to=postgresql://assay@db/service only=service": "the service alone, into a database of its own",
    },
    notes=(
        "The files stay as they are; the last lines say what is typed from then on. Artifacts and pictures stay, too.",
        "Beside the runs, sweeps lie in the schema assay_studies and the service in assay_service.",
        "A password that PGPASSWORD or ~/.pgpass holds is in no list of processes; one in the URL is in no message.",
    ),
)
