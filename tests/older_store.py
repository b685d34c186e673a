"""A store as an MLflow of before has left it."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def older_store(file: Path) -> Path:
    """Make a store three revisions back, with an experiment and a run."""
    from alembic import command
    from alembic.script import ScriptDirectory
    from mlflow.store.db import utils

    engine = utils.create_sqlalchemy_engine_with_retry(f"sqlite:///{file}")
    config = utils._get_alembic_config(f"sqlite:///{file}")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    utils.InitialBase.metadata.create_all(engine)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revisions[3])
    engine.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, workspace) "
            "VALUES (7, 'mine', '/srv/artifacts', 'active', 'default')"
        )
        connection.execute(
            "INSERT INTO runs (run_uuid, name, status, lifecycle_stage, experiment_id, start_time, user_id, "
            "artifact_uri) "
            f"VALUES ('{'a' * 32}', 'old', 'FINISHED', 'active', 7, 1, 'ada', '/srv/artifacts/a')"
        )
    return file
