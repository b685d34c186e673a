"""Runs, registered versions and their history, moved from SQLite to PostgreSQL, and worked with there."""

from __future__ import annotations

import json
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assay.cli import main
from assay.database.url import with_driver
from assay.registry.registry import Registry
from assay.store.ids import new_id
from assay.tracking.client import open_client
from assay.tracking.store import TrackingStore
from moved_rows import in_postgresql, in_sqlite
from older_store import older_store
from registry.conftest import NAME, World
from service_database import new_database

pytestmark = pytest.mark.slow
OWN = {"alembic_version", "assay_moved", "sqlite_sequence"}


def typed(capfd: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """What a command says: a document, or with another code than 0 its error."""
    capfd.readouterr()
    ended: object = 0
    try:
        main([*words, "format=json"])
    except SystemExit as stopped:
        ended = stopped.code or 0
    printed = capfd.readouterr()
    assert ended == code, printed.err
    assert "hush" not in printed.out + printed.err
    return printed.err if code else json.loads(printed.out)


def keep_what_assay_does_not(world: World) -> None:
    """Rows that MLflow alone writes: JSON as it was spelled, bytes, days, a column that is calculated."""
    world.sql(
        "INSERT INTO jobs (id, creation_time, job_name, params, timeout, status, retry_count, last_update_time, "
        "status_details, progress, scoped_permissions) VALUES ('j', 9000000000000, 'n', '{}', 0.1, 1, 0, 1, ?, ?, ?)",
        '{"b":  1.0,"a": [true, null, "ü\\u00fc"], "a": 1e400}',
        "5",
        "null",
    )
    world.sql(
        "INSERT INTO secrets (secret_id, secret_name, encrypted_value, wrapped_dek, kek_version, masked_value, "
        "created_at, last_updated_at) VALUES ('s', 'n', ?, x'', 1, '', 1, 1)",
        bytes(range(256)),
    )
    world.sql(
        "INSERT INTO sql_trace_metric_daily_rollups (id, experiment_id, rollup_day, metric_name, grouping_set, "
        "sample_count, sum_value) VALUES (41, 0, '2026-02-28', 'm', 'g', 3, -0.0)"
    )
    world.sql("INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES ('t', 0, 1, 'OK')")
    world.sql(
        "INSERT INTO spans (trace_id, experiment_id, span_id, status, start_time_unix_nano, end_time_unix_nano, "
        "content) VALUES ('t', 0, 'p', 'OK', 1, 1700000000000000001, '')"
    )


def as_typed(part: dict[str, Any]) -> list[str]:
    """The words that are to be typed from then on, with the password where they have stars."""
    return [shlex.split(word.replace("***", "hush"))[0] for word in part["settings"]]


def test_runs_versions_and_history_are_the_same_in_postgresql_and_go_on_there(
    two: World, postgresql: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with two.store.start_run("ünï 日本", params={"a": "x" * 5000}, tags={"t": '{"j": 1}'}) as run:
        run.log_metrics({"third": 1 / 3, "none": float("nan"), "all": float("inf"), "tiny": 5e-324})
    keep_what_assay_does_not(two)
    url = new_database(postgresql, f"moved_{new_id().replace('-', '')}").replace("assay@", "assay:hush@")
    there = [f"tracking.uri=sqlite:///{two.database}", f"tracking.work={two.store.work}"]
    before = two.database.read_bytes()
    moved = typed(capfd, "migrate", f"to={url}", *there)
    assert two.database.read_bytes() == before
    (part,) = moved["parts"]
    assert part["tables"]["assay_history"] == {"sqlite": 4, "postgresql": 4}
    assert [(seal["what"], seal["lines"], seal["findings"]) for seal in part["sealed"]] == [
        (f"history of {NAME}", 4, [])
    ]
    in_file, in_server = in_sqlite(two.database), in_postgresql(url)
    assert set(in_file) - OWN == set(in_server) - OWN
    for name in set(in_file) - OWN:
        assert in_server[name] == in_file[name], name
    assert in_file["assay_history"].total() == 4

    here = [*as_typed(part), f"tracking.work={two.store.work}"]
    assert here[0].startswith("tracking.uri=")
    for words in (["history", f"name={NAME}", "--verify"], ["models"], ["runs"]):
        seen, before_it = typed(capfd, *words, *here), typed(capfd, *words, *there)
        assert {**seen, "store": ""} == {**before_it, "store": ""}, words
    assert typed(capfd, "migrate", f"to={url}", *there)["parts"][0]["moved_before"]

    store = TrackingStore(with_driver(url), str(two.store.artifacts), experiment="another", work=str(two.store.work))
    with store.start_run("after") as after:
        after.log_metrics({"m": 0.5})
    assert {run.name for run in store.runs()} == {"after"}
    registry = Registry(store, NAME)
    assert registry.promote(two.judged(2, registry), two.bundles[2], seen=registry.state()) == "3"
    assert registry.verify() == []
    assert [entry.number for entry in registry.entries()] == [1, 2, 3, 4, 5, 6]
    assert typed(capfd, "migrate", f"to={url}", *there)["parts"][0]["tables"]["runs"]["sqlite"] == 4

    with two.store.start_run("later"):
        pass
    said = typed(capfd, "migrate", f"to={url}", *there, code=1)
    assert "has changed since" in said


def test_what_stands_in_the_way_of_the_runs_is_named(
    two: World, postgresql: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = new_database(postgresql, f"moved_{new_id().replace('-', '')}")
    there = [f"tracking.uri=sqlite:///{two.database}", f"tracking.work={two.store.work}"]
    with two.store.start_run("at work"):
        said = typed(capfd, "migrate", f"to={url}", *there, code=1)
        assert "is at work in them; wait until that has ended" in said
    two.sql("UPDATE assay_history SET author = 'nobody' WHERE number = 2")
    said = typed(capfd, "migrate", f"to={url}", *there, code=1)
    assert f"the history of {NAME} does not hold (entry 2 was changed after it was written" in said
    assert "see assay history --verify" in said
    assert "entry 2 was changed" in typed(capfd, "history", f"name={NAME}", "--verify", *there, code=1)
    two.sql("UPDATE alembic_version SET version_num = 'a0a0'")
    said = typed(capfd, "migrate", f"to={url}", *there, code=1)
    assert "of a newer version of MLflow (a0a0) than the one that is installed" in said
    assert in_postgresql(url) == {}


def test_a_history_that_lies_apart_goes_to_the_same_database(
    two: World, postgresql: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    apart = tmp_path / "history.db"
    with closing(sqlite3.connect(apart)) as connection:
        connection.execute("ATTACH ? AS runs", [str(two.database)])
        for name in ("assay_history", "assay_begun"):
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM runs.{name}")
        connection.commit()
    for name in ("assay_history", "assay_begun"):
        two.sql(f"DROP TABLE {name}")
    url = new_database(postgresql, f"moved_{new_id().replace('-', '')}")
    there = [f"tracking.uri=sqlite:///{two.database}", f"tracking.work={two.store.work}"]
    moved = typed(capfd, "migrate", f"to={url}", *there, f"registry.history={apart}")
    assert [part["part"] for part in moved["parts"]] == ["tracking", "history"]
    assert moved["parts"][1]["sealed"][0]["lines"] == 4
    here = [*as_typed(moved["parts"][0]), *as_typed(moved["parts"][1]), f"tracking.work={two.store.work}"]
    words = ["history", f"name={NAME}", "--verify"]
    shown = typed(capfd, *words, *here)
    assert shown == typed(capfd, *words, *there, f"registry.history={apart}")

    alone = new_database(postgresql, f"moved_{new_id().replace('-', '')}")  # the runs are in PostgreSQL already
    moved = typed(capfd, "migrate", f"to={alone}", here[0], f"registry.history={apart}")
    (part,) = moved["parts"]
    assert shown == typed(capfd, *words, here[0], *as_typed(part))
    assert in_postgresql(alone)["assay_history"] == in_sqlite(apart)["assay_history"]


def test_a_store_of_an_earlier_mlflow_is_brought_up_to_date_by_the_command_that_is_named(
    postgresql: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = older_store(tmp_path / "mlflow.db")
    url = new_database(postgresql, f"moved_{new_id().replace('-', '')}")
    words = ["migrate", f"to={url}", f"tracking.uri=sqlite:///{file}", f"tracking.work={tmp_path}/work"]
    open_client(with_driver(url)).search_experiments()  # as a server of MLflow's that was started there already
    said = typed(capfd, *words, code=1)
    assert "its tables are of an earlier version of MLflow" in said
    typed(capfd, *shlex.split(said[said.index("assay runs") :].splitlines()[0])[1:], f"tracking.work={tmp_path}/work")
    assert typed(capfd, *words)["parts"][0]["tables"]["runs"] == {"sqlite": 1, "postgresql": 1}
