"""A database of before is brought up to date with all that is in it."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from assay.store.engine import service_engine
from assay.store.keys import key_families
from assay.store.migrations.migrate import _config
from assay.store.prediction_log import prediction_of
from assay.store.service_store import ServiceStore
from assay.store.subjects import subjects

ROW = (
    "INSERT INTO predictions (id, time, request, subject, key, picture, model, version, bundle, arm, label, "
    "confidence, answer, statistics, domain, for_a_person, total_ms, kept, trail) VALUES ('p', '2026', 'r', 's', 'k', "
    "'h', 'm', '1', 'b', 'champion', 'jade', 0.5, '{}', '{}', 'in-domain', true, 1.0, false, 0)"
)

KEY = (
    "INSERT INTO api_keys (id, subject, name, secret_hash, scopes, created, expires, revoked, last_used) VALUES "
    "('k', 's', 'phone', 'h', 'classify', '2026', '', '', '')"
)


def test_answers_of_the_first_version_belong_to_no_experiment(empty_url):
    engine = service_engine(empty_url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO subjects (id, name, created, hold) VALUES ('s', 'Ada', '2026', '')"))
        connection.execute(text(ROW))
        connection.execute(text(KEY))
    engine.dispose()
    with ServiceStore(empty_url) as store, store.reading() as connection:
        kept = prediction_of(connection, "s", "p")
        assert [each.name for each in subjects(connection)] == ["Ada"]
        assert key_families(connection) == {"k": "k"}
    assert kept is not None
    assert (kept.label, kept.experiment, kept.pair, kept.engine_ms) == ("jade", "", "", 0.0)
    assert (kept.rejected, kept.components) == (None, b"")


def test_migrations_are_one_line_and_its_end_is_the_newest() -> None:
    from alembic.script import ScriptDirectory

    from assay.store.migrations.migrate import NEWEST, _config

    assert ScriptDirectory.from_config(_config()).get_heads() == [NEWEST]
